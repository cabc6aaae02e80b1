# SPDX-License-Identifier: Apache-2.0
"""The API of the shipped binary, as a client sees it."""

import json
import os
import subprocess
import tempfile
import unittest

from harness import BINARY, PASSWORD, Standalone


class Api(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Standalone().start().login()

    @classmethod
    def tearDownClass(cls):
        code = cls.server.stop()
        assert code == 0, f"exit code {code}:\n" + "".join(cls.server.log)

    def error(self, method, path, status, **arguments):
        answer = self.server.request(method, path, **arguments)
        self.assertEqual(answer.status, status, answer.text)
        body = answer.body
        self.assertIs(body["success"], False)
        self.assertEqual(list(body)[:3], ["success", "error", "code"])
        self.assertTrue(body["requestId"], body)
        return body["error"]

    def test_health_and_version_need_no_token(self):
        for server in ("manager", "decisionmaker"):
            answer = self.server.request("GET", "/health", server=server)
            self.assertEqual(answer.status, 200)
            self.assertEqual(list(answer.body)[:3], ["status", "timestamp", "service"])
            self.assertEqual(answer.body["status"], "healthy")
            self.assertEqual(self.server.request("GET", "/version", server=server).body["version"], "1.0.0")

    def test_every_answer_tells_browsers_what_they_may_not_do_with_it(self):
        for path in ("/health", "/nowhere", "/api/v1/users/self", "/api/v1/nowhere"):
            for server in ("manager", "decisionmaker"):
                headers = self.server.request("GET", path, server=server, token=None).headers
                with self.subTest(path=path, server=server):
                    self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
                    self.assertEqual(headers["Referrer-Policy"], "no-referrer")
                    self.assertEqual(headers["X-Frame-Options"], "DENY")
                    self.assertEqual(headers["Cross-Origin-Opener-Policy"], "same-origin")
                    self.assertEqual(headers["Cross-Origin-Resource-Policy"], "same-origin")
                    self.assertEqual(headers["Content-Security-Policy"],
                                     "default-src 'none'; frame-ancestors 'none'")
                    self.assertEqual(headers["Cache-Control"], "no-store")
                    self.assertTrue(headers["X-Request-ID"])

    def test_bad_input_is_a_400_that_names_the_field_and_changes_nothing(self):
        before = self.server.strategies()
        cases = [
            ({"commandRegex": "("}, "commandRegex"),
            ({"priority": 21}, "priority"),
            ({"executionTime": 99_999}, "executionTime"),
            ({"priority": "10"}, "priority"),
            ({"labelSelectors": [{"key": "a b", "value": "c"}]}, "labelSelectors[0].key"),
            ({"k8sNamespace": "default"}, "k8sNamespace"),
        ]
        for body, field in cases:
            with self.subTest(body=body):
                text = self.error("POST", "/api/v1/strategies", 400, body=body)
                self.assertTrue(text.startswith("Invalid request body: " + field), text)
                answer = self.server.request("POST", "/api/v1/strategies", body=body)
                self.assertEqual(answer.body["field"], field)
        self.assertEqual(self.server.strategies(), before)

    def test_what_is_not_json_is_a_400_with_the_position(self):
        text = self.error("POST", "/api/v1/strategies", 400, raw='{"priority": 1,}')
        self.assertTrue(text.startswith("Invalid request body: not JSON at byte 15"), text)

    def test_a_body_of_10_megabytes_is_a_413(self):
        before = self.server.strategies()
        self.error("POST", "/api/v1/strategies", 413, raw='{"commandRegex":"' + "a" * 10_000_000 + '"}')
        self.assertEqual(self.server.strategies(), before)

    def test_without_a_good_token_there_is_nothing_to_see(self):
        for token, text in (("x.y.z", "invalid or expired token"), (self.server.token[:-6] + "AAAAAA", "invalid or expired token")):
            self.assertEqual(self.error("GET", "/api/v1/strategies/self", 401, token=token), text)

    def test_an_unknown_user_and_a_wrong_password_look_the_same(self):
        texts = {self.error("POST", "/api/v1/auth/login", 401, body={"username": name, "password": "wrong"})
                 for name in ("admin@localhost", "nobody")}
        self.assertEqual(texts, {"invalid username or password"})

    def test_a_manager_token_opens_no_decision_maker(self):
        text = self.error("GET", "/api/v1/scheduling/strategies", 401, server="decisionmaker")
        self.assertTrue(text.startswith("Invalid or expired token: "), text)

    def test_a_public_key_is_no_password_unless_the_switch_says_so(self):
        text = self.error("POST", "/api/v1/auth/token", 403, server="decisionmaker", body={"public_key": "x"})
        self.assertIn("token.allow_public_key_exchange", text)

    def test_a_strategy_may_come_before_its_pods(self):
        answer = self.server.request("POST", "/api/v1/strategies",
                                     {"labelSelectors": [{"key": "app", "value": "not-there"}], "priority": 3})
        self.assertEqual(answer.status, 200, answer.text)
        self.assertEqual(answer.body["data"]["matchedPods"], 0)
        made = [s for s in self.server.strategies() if s["ID"] == answer.body["data"]["strategyId"]]
        self.assertEqual(made[0]["LabelSelectors"], [{"key": "app", "value": "not-there"}])
        self.server.delete(made[0]["ID"])
        self.assertEqual(self.error("DELETE", "/api/v1/strategies", 404, body={"strategyId": made[0]["ID"]}),
                         "strategy not found or you don't have permission to delete it")

    def test_unknown_paths_and_methods_are_refused(self):
        answer = self.server.request("GET", "/api/v1/nothing")
        self.assertEqual((answer.status, answer.body["message"]), (404, "Not Found"))
        for method, path in (("PATCH", "/api/v1/users/self"), ("POST", "/health")):
            answer = self.server.request(method, path)
            self.assertEqual((answer.status, answer.body["message"]), (405, "Method Not Allowed"))

    def test_the_own_account_is_shown_without_its_secrets(self):
        data = self.server.request("GET", "/api/v1/users/self").body["data"]
        self.assertEqual(list(data), ["id", "username", "roles", "status"])
        self.assertEqual((data["username"], data["roles"], data["status"]), ("admin@localhost", ["admin"], 1))

    def test_the_status_says_which_enforcer_and_why(self):
        data = self.server.request("GET", "/api/v1/status").body["data"]
        node = data["nodes"][0]
        self.assertIn(node["enforcer"]["kind"], ("cfs", "observe"))
        self.assertIn("sched_ext", node["enforcer"]["reason"])
        self.assertEqual(data["workloads"]["source"], "local")


class FirstStart(unittest.TestCase):
    def test_a_made_up_password_is_shown_once_and_must_be_changed(self):
        with tempfile.TemporaryDirectory() as folder:
            server = Standalone(folder)
            arguments = [BINARY, "standalone", "--data-dir", folder + "/state", "--manager-listen", "127.0.0.1:0",
                         "--decisionmaker-listen", "127.0.0.1:0"]
            first = self.run_until_listening(server, arguments)
            password = first.split("password: ")[1].split()[0]
            server.login(password=password)
            answer = server.request("GET", "/api/v1/users/self")
            self.assertEqual((answer.status, answer.body["error"]), (403, "password change required"))
            old_token = server.token
            changed = server.request("PUT", "/api/v1/users/self/password",
                                     {"oldPassword": password, "newPassword": PASSWORD})
            self.assertEqual(changed.status, 200, changed.text)
            revoked = server.request("GET", "/api/v1/users/self", token=old_token)
            self.assertEqual((revoked.status, revoked.body["error"]), (401, "token revoked"))
            server.login(password=PASSWORD)
            server.stop()
            self.assertNotIn("password: ", self.run_until_listening(server, arguments))
            server.stop()

    @staticmethod
    def run_until_listening(server, arguments):
        import threading
        from harness import wait_for
        server.log, server.ports = [], {}
        server.process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                          stderr=subprocess.STDOUT, text=True)
        server.reader = threading.Thread(target=server._read_log, args=(server.process,), daemon=True)
        server.reader.start()
        wait_for(lambda: len(server.ports) == 2, 20, lambda: "the servers to listen:\n" + "".join(server.log))
        return "".join(server.log)


class ClientCommands(unittest.TestCase):
    def test_the_commands_of_a_first_session_work(self):
        with Standalone() as server:
            environment = {**os.environ, "GTHULHU_SESSION": server.data_dir + "/session.json"}

            def run(*arguments, code=0):
                done = subprocess.run([BINARY, *arguments], env=environment, capture_output=True, text=True, timeout=30)
                self.assertEqual(done.returncode, code, done.stdout + done.stderr)
                return done.stdout + done.stderr

            self.assertIn("gthulhu login", run("strategy", "list", code=3))
            run("login", "--server", f"http://127.0.0.1:{server.ports['manager']}",
                "--password-file", server.data_dir + "/password")
            self.assertEqual(os.stat(environment["GTHULHU_SESSION"]).st_mode & 0o777, 0o600)
            made = json.loads(run("strategy", "create", "--label", "app=none", "--priority", "4", "--slice", "2ms", "-o", "json"))
            listed = run("strategy", "list")
            self.assertIn(made["strategyId"], listed)
            self.assertIn("app=none", listed)
            self.assertIn("2000000", listed)
            self.assertIn("priority must be between", run("strategy", "create", "--priority", "21", code=2))
            self.assertIn("STATE", run("intent", "list"))
            self.assertIn("enforcer", run("status"))
            run("strategy", "delete", made["strategyId"])
            self.assertIn("not found", run("strategy", "delete", made["strategyId"], code=5))


if __name__ == "__main__":
    unittest.main()
