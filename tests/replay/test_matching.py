# SPDX-License-Identifier: Apache-2.0
"""What the comparison must refuse, and what a case file must not look like."""

import http.client
import io
import unittest

import expected_json
from case_file import BadCaseFile, Case, parse
from replayer import Answer, Replayer


def wrong(expected, got):
    return expected_json.problems(expected_json.parse(expected), expected_json.parse(got), {})


class Matching(unittest.TestCase):
    def accepted(self, expected, got):
        self.assertEqual(wrong(expected, got), [])

    def refused(self, expected, got, text):
        found = wrong(expected, got)
        self.assertTrue(any(text in problem for problem in found), found)

    def test_keys_that_are_added_come_after_those_that_are_expected(self):
        self.accepted('{"a":1,"b":2}', '{"a":1,"b":2,"ours":3}')
        self.refused('{"a":1,"b":2}', '{"ours":3,"a":1,"b":2}', "begins with the keys ['ours', 'a']")
        self.refused('{"a":1,"b":2}', '{"a":1,"ours":3,"b":2}', "begins with the keys ['a', 'ours']")

    def test_a_wrong_order_is_refused(self):
        self.refused('{"a":1,"b":2}', '{"b":2,"a":1}', "begins with the keys")

    def test_a_missing_key_is_refused(self):
        self.refused('{"a":1,"b":2}', '{"a":1}', "lacks the key 'b'")
        self.refused('[{"a":{"b":2}}]', '[{"a":{"c":2}}]', "body[0].a lacks the key 'b'")

    def test_a_changed_text_is_refused(self):
        self.refused('{"error":"user not found"}', '{"error":"User not found"}', "body.error is")
        self.refused('{"error":"<starts with>Invalid"}', '{"error":"invalid"}', "does not begin with")
        self.accepted('{"error":"<starts with>Invalid"}', '{"error":"Invalid request body"}')

    def test_a_key_that_is_there_twice_is_refused(self):
        self.refused('{"a":1}', '{"a":1,"a":1}', "twice")
        self.refused('{"a":1}', '{"a":1,"b":2,"b":2}', "twice")

    def test_types_are_compared(self):
        self.refused('{"a":1}', '{"a":true}', "body.a is true")
        self.refused('{"a":1}', '{"a":1.0}', "body.a is 1.0")
        self.refused('{"a":1}', '{"a":"1"}', "body.a is")
        self.refused('{"a":null}', '{"a":[]}', "body.a is []")
        self.refused('{"a":[]}', '{"a":null}', "not a list")
        self.refused('{"a":{}}', '{"a":[]}', "not an object")
        self.refused('{"a":[]}', '{"a":{}}', "not a list")
        self.refused('{"a":false}', '{"a":0}', "body.a is 0")
        self.refused('{"a":"1.5"}', '{"a":1.5}', "body.a is 1.5")

    def test_lists_have_the_same_elements_in_the_same_order(self):
        self.accepted('[1,2]', '[1,2]')
        self.refused('[1,2]', '[2,1]', "body[0] is 2")
        self.refused('[1,2]', '[1,2,3]', "has 3 elements, not 2")
        self.refused('[1,2]', '[1]', "has 1 elements, not 2")

    def test_a_gap_is_any_elements(self):
        self.accepted('["<...>",2,"<...>"]', '[1,2,3]')
        self.accepted('["<...>",2,"<...>"]', '[2]')
        self.refused('["<...>",2]', '[1,2,3]', "has not [2]")
        self.refused('["<...>",2,"<...>"]', '[1,3]', "has not [2]")
        self.refused('["<...>",3,2,"<...>"]', '[2,3]', "has not [3,2]")

    def test_what_a_gap_leaves_is_captured_from_the_element_that_fits(self):
        captured = {}
        found = expected_json.problems(expected_json.parse('["<...>",{"id":"<id:one>","name":"b"},"<...>"]'), expected_json.parse(
            '[{"id":"0123456789abcdef01234567","name":"a"},{"id":"1123456789abcdef01234567","name":"b"}]'), captured)
        self.assertEqual((found, captured), ([], {"one": "1123456789abcdef01234567"}))

    def test_placeholders_have_a_form(self):
        for kind, good, bad in (("id", '"0123456789abcdef01234567"', '"0123456789ABCDEF01234567"'),
                                ("time", '"2026-01-31T10:00:00Z"', '"2026-01-31T10:00:00.5Z"'),
                                ("ms", "1764000000000", "1764000000"), ("seconds", "1764000000", "1764000000000"),
                                ("token", '"a.b.c"', '"a.b"'), ("int", "7", "true"), ("bool", "true", "1"),
                                ("text", '""', "null"), ("hex64", '"' + "0" * 64 + '"', '"' + "g" * 64 + '"')):
            with self.subTest(kind):
                self.accepted(f'"<{kind}>"', good)
                self.refused(f'"<{kind}>"', bad, f"is no <{kind}>")

    def test_what_is_not_json_is_refused(self):
        for text in ("{", "NaN", '{"a":1}{}'):
            with self.assertRaises(ValueError):
                expected_json.parse(text)


class Socket:
    def __init__(self, content):
        self.content = content

    def makefile(self, *_):
        return io.BytesIO(self.content)


def answer_of(status, content, content_type="application/json"):
    head = f"HTTP/1.1 {status} X\r\nContent-Type: {content_type}\r\nContent-Length: {len(content)}\r\n\r\n"
    response = http.client.HTTPResponse(Socket(head.encode() + content))
    response.begin()
    return Answer(response)


class Answers(unittest.TestCase):
    """The rules for every answer, without a server."""

    def found(self, answer, status, *lines):
        replayer = Replayer.__new__(Replayer)
        replayer.captured = {}
        case = Case("a case", "x.replay:1", 1, "GET", "/", status, [], list(lines))
        return "\n".join(replayer.check_expected(case, answer, replayer.captured))

    def test_another_status_is_refused(self):
        good = answer_of(401, b'{"success":false,"error":"no"}\n')
        self.assertEqual(self.found(good, 401, ("error", "no")), "")
        self.assertIn("the status is 401, not 403", self.found(good, 403, ("error", "no")))

    def test_an_error_is_compared_with_its_text_and_has_no_timestamp(self):
        self.assertIn("body.error is", self.found(answer_of(400, b'{"success":false,"error":"nO"}\n'), 400, ("error", "no")))
        self.assertIn("no timestamp", self.found(
            answer_of(400, b'{"success":false,"error":"no","timestamp":"2026-01-31T10:00:00Z"}\n'), 400, ("error", "no")))

    def test_data_that_is_not_expected_is_refused(self):
        self.assertIn("begins with the keys", self.found(
            answer_of(200, b'{"success":true,"data":{},"timestamp":"2026-01-31T10:00:00Z"}\n'), 200, ("ok", "")))

    def test_the_content_type_and_the_line_feed_are_looked_at(self):
        content = b'{"success":false,"error":"no"}'
        self.assertIn("line feed", self.found(answer_of(400, content), 400, ("error", "no")))
        self.assertIn("Content-Type", self.found(
            answer_of(400, content + b"\n", "application/json; charset=utf-8"), 400, ("error", "no")))

    def test_angle_brackets_must_be_escaped(self):
        self.assertIn("unescaped", self.found(answer_of(400, b'{"success":false,"error":"a<b"}\n'), 400, ("error", "a<b")))

    def test_headers_and_texts_are_looked_at(self):
        answer = answer_of(200, b"page", "text/html")
        self.assertIn("the header Allow is None", self.found(answer, 200, ("header", "Allow: GET")))
        self.assertIn("there is a header Content-Type", self.found(answer, 200, ("no-header", "Content-Type")))
        self.assertIn("does not contain x", self.found(answer, 200, ("contains", "x")))
        self.assertIn("contains page", self.found(answer, 200, ("lacks", "page")))
        self.assertIn("the body is 'page'", self.found(answer, 200, ("text", '"Page"')))


class CaseFiles(unittest.TestCase):
    def refused(self, text, message):
        with self.assertRaisesRegex(BadCaseFile, message):
            parse("x.replay", text)

    def test_a_case_has_all_its_parts(self):
        parsed = parse("x.replay", "environment A=b\nworkload w a=b\n# a note\n== one\nrow a-row\ngo 500\nPOST /x\nbody {\n  }\n"
                                   "-> 200\nok {}\n")
        self.assertEqual((parsed.environment, parsed.workloads), ({"A": "b"}, [("w", ["a=b"])]))
        case = parsed.cases[0]
        self.assertEqual((case.name, case.rows, case.method, case.path, case.status, case.request_value("body"), case.answer),
                         ("one", ["a-row"], "POST", "/x", 200, "{}", [("ok", "{}")]))

    def test_a_case_without_answer_or_body_is_refused(self):
        self.refused("== one\nGET /x\n", "needs a request line")
        self.refused("== one\nGET /x\n-> 200\n", "says what the body is")
        self.refused("== one\n-> 200\nany\n", "needs a request line")

    def test_a_deviation_names_row_and_the_other_answer(self):
        self.refused("== one\nrow a\nGET /x\n-> 200\nany\n", "belong together")
        self.refused("== one\ngo 500\nGET /x\n-> 200\nany\n", "belong together")

    def test_misspelt_lines_are_refused(self):
        self.refused("== one\nGETT /x\n-> 200\nany\n", "says nothing about a request")
        self.refused("== one\nGET /x\n-> 200\nanny\n", "says nothing about an answer")
        self.refused("== one\nGET /x\n-> OK\nany\n", "needs a status")
        self.refused("colour red\n", "unknown before the first case")


if __name__ == "__main__":
    unittest.main()
