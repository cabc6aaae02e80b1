# SPDX-License-Identifier: Apache-2.0
"""A test case whose tests share one server, and what they ask of it."""

import contextlib
import http.client
import shutil
import threading
import unittest

from harness import PASSWORD, Answer, Standalone


class SharedServer(unittest.TestCase):
    """One server for all tests of a class."""

    arguments = ()

    @classmethod
    def setUpClass(cls):
        cls.server = Standalone(arguments=cls.arguments, environment={"NODE_NAME": "node-1"}).start()
        cls.addClassCleanup(cls.stop_server)
        cls.server.login()

    @classmethod
    def stop_server(cls):
        code = cls.server.stop()
        shutil.rmtree(cls.server.data_dir, ignore_errors=True)
        assert code == 0, f"exit code {code}:\n" + "".join(cls.server.log)

    def ask(self, method, path, body=None, status=200, token=None, **more):
        """The data of a success, the text of an error."""
        answer = self.server.request(method, "/api/v1/" + path, body, token=token, **more)
        self.assertEqual(answer.status, status, f"{method} {path}: {answer.text}")
        return answer.body.get("data") if status == 200 else answer.body["error"]

    def ask_without_token(self, method, path, raw=None, server="manager"):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.ports[server], timeout=30)
        with contextlib.closing(connection):
            connection.request(method, path, raw)
            answer = connection.getresponse()
            return Answer(answer.status, answer.read().decode(), answer.headers)

    def role(self, name, *keys, bounds=None):
        policies = [{"permissionKey": key, **(bounds or {})} for key in keys]
        return self.ask("POST", "roles", {"name": name, "rolePolicies": policies})["id"]

    def user(self, name, roles=(), password=PASSWORD):
        """The id of a new user who need not change his password."""
        made = self.ask("POST", "users", {"username": name, "password": password})["id"]
        self.ask("PUT", "users/permissions", {"userID": made, "roles": list(roles), "status": 1})
        return made

    def pair(self, name, password=PASSWORD):
        """The access token and the refresh token of a login."""
        data = self.ask("POST", "auth/login", {"username": name, "password": password})
        return data["token"], data["refreshToken"]

    def refresh(self, token, status=200):
        data = self.ask("POST", "auth/refresh", {"refreshToken": token}, status)
        return data["refreshToken"] if status == 200 else data

    def account(self, user):
        return next(one for one in self.ask("GET", "users")["users"] if one["id"] == user)


def at_once(*calls):
    """Runs them in threads of their own that begin together; what they returned, or the first error."""
    begin = threading.Barrier(len(calls))
    results = [None] * len(calls)

    def run(index):
        begin.wait(10)
        try:
            results[index] = calls[index]()
        except BaseException as error:  # told to the caller below
            results[index] = error
    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results
