# SPDX-License-Identifier: Apache-2.0
"""The check of answers against docs/api refuses what it must refuse."""

import json
import unittest

from api_document import ApiDocument

HEADERS = [("Content-Type", "application/json"), ("X-Request-ID", "r")]
USER = {"id": "0" * 24, "username": "u", "roles": None, "status": 1}


def envelope(data):
    return {"success": True, "data": data, "timestamp": "2026-01-01T00:00:00Z"}


class Answers(unittest.TestCase):
    def problems(self, method, path, status, body, headers=None):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return ApiDocument.of("manager").problems(method, path, status, HEADERS if headers is None else headers, content)

    def test_a_described_answer_has_no_problem(self):
        self.assertEqual(self.problems("GET", "/api/v1/users/self", 200, envelope(USER)), [])
        self.assertEqual(self.problems("GET", "/nowhere", 404,
                                       {"message": "Not Found", "code": "not_found", "requestId": "r"}), [])
        self.assertEqual(self.problems("DELETE", "/health", 405,
                                       {"message": "Method Not Allowed", "code": "unsupported", "requestId": "r"},
                                       [*HEADERS, ("Allow", "OPTIONS, GET")]), [])

    def test_what_the_document_does_not_describe_is_refused(self):
        error = {"success": False, "error": "e", "code": "not_found", "requestId": "r"}
        bare = {"message": "Not Found", "code": "not_found", "requestId": "r"}
        for name, arguments in {
                "an undocumented status": ("GET", "/api/v1/users/self", 404, error),
                "a member too many": ("GET", "/api/v1/users/self", 200, envelope({**USER, "age": 3})),
                "a member missing": ("GET", "/api/v1/users/self", 200, envelope({"id": "0" * 24})),
                "a member of another type": ("GET", "/api/v1/users/self", 200, envelope({**USER, "status": "1"})),
                "an error with a code of its own": ("GET", "/api/v1/users/self", 401, {**error, "code": "odd"}),
                "no JSON": ("GET", "/api/v1/users/self", 200, b"{"),
                "no request id": ("GET", "/api/v1/users/self", 200, envelope(USER), HEADERS[:1]),
                "another content type": ("GET", "/api/v1/users/self", 200, envelope(USER),
                                         [("Content-Type", "text/plain"), HEADERS[1]]),
                "an answer where there is no path": ("GET", "/api/v1/nothing", 200, envelope(USER)),
                "another body where there is no path": ("GET", "/api/v1/nothing", 404, error),
                "a wrong method without Allow": ("DELETE", "/health", 405, {**bare, "message": "Method Not Allowed"}),
                "a redirection to elsewhere": ("GET", "/swagger", 301, b"", [*HEADERS, ("Location", "/")]),
                "a body that is not described": ("GET", "/swagger", 301, b"x",
                                                 [*HEADERS, ("Location", "/swagger/index.html")])}.items():
            with self.subTest(name):
                self.assertNotEqual(self.problems(*arguments), [])

    def test_a_literal_path_comes_before_one_with_a_parameter(self):
        document = ApiDocument.of("manager")
        self.assertEqual(document.find("/api/v1/strategies/self"), "/api/v1/strategies/self")
        self.assertEqual(document.find("/api/v1/strategies/preview"), "/api/v1/strategies/preview")
        self.assertEqual(document.find("/api/v1/strategies/12"), "/api/v1/strategies/{id}")
        self.assertIsNone(document.find("/api/v1/strategies/"))


if __name__ == "__main__":
    unittest.main()
