# SPDX-License-Identifier: Apache-2.0
"""The tests of test_weaknesses.py about accounts, sessions, roles, and who may ask at all."""

import subprocess
import threading
import time

from harness import PASSWORD, wait_for
from shared_server import SharedServer, at_once


class Accounts(SharedServer):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # For the test of W21: a token that was replaced more than ten seconds ago.
        answer = cls.server.request("POST", "/api/v1/auth/login", {"username": "admin@localhost", "password": PASSWORD})
        cls.replaced = answer.body["data"]["refreshToken"]
        answer = cls.server.request("POST", "/api/v1/auth/refresh", {"refreshToken": cls.replaced})
        cls.newer = answer.body["data"]["refreshToken"]
        cls.replaced_at = time.monotonic()

    def test_nobody_gives_himself_what_he_does_not_hold(self):
        """W7: neither with a policy for himself on permissions, nor by a key more in his own role."""
        role = self.role("climber", "user.permission.update", "role.update", bounds={"self": True})
        user = self.user("carla", ["climber"])
        token, _ = self.pair("carla")
        text = self.ask("PUT", "users/permissions", {"userID": user, "roles": ["climber", "admin"]}, 403, token)
        self.assertTrue(text.startswith("you cannot grant "), text)
        self.ask("PUT", "roles", {"id": role, "rolePolicy": [{"permissionKey": "user.create"}]}, 403, token)
        whole = self.role("role-writer", "role.update")
        self.ask("PUT", "users/permissions", {"userID": user, "roles": ["role-writer"]})
        wanted = [{"permissionKey": "role.update"}, {"permissionKey": "user.create"}]
        text = self.ask("PUT", "roles", {"id": whole, "rolePolicy": wanted}, 403, token)
        self.assertTrue(text.startswith("you cannot grant user.create"), text)
        self.assertEqual(self.account(user)["roles"], ["role-writer"])

    def test_a_half_bad_permission_update_changes_nothing(self):
        """W9: a good and a bad field are one 400 with one JSON object, and nothing is granted."""
        user = self.user("harry")
        answer = self.server.request("PUT", "/api/v1/users/permissions",
                                     {"userID": user, "roles": ["admin"], "status": "active"})
        self.assertEqual((answer.status, answer.body["field"]), (400, "status"))
        self.assertEqual((self.account(user)["roles"], self.account(user)["status"]), (None, 1))

    def test_what_changes_an_account_ends_its_tokens_at_once(self):
        """W12: deactivation, a reset and a change of the password end access tokens and refresh tokens."""
        user = self.user("ines")
        reset = {"userID": user, "newPassword": "another " + PASSWORD}
        own = {"oldPassword": PASSWORD, "newPassword": "another " + PASSWORD}
        changes = [lambda _: self.ask("PUT", "users/permissions", {"userID": user, "status": 2}),
                   lambda _: self.ask("PUT", "users/password", reset),
                   lambda token: self.ask("PUT", "users/self/password", own, token=token)]
        for number, change in enumerate(changes):
            with self.subTest(number=number):
                self.ask("PUT", "users/password", {"userID": user, "newPassword": PASSWORD})
                self.ask("PUT", "users/permissions", {"userID": user, "status": 1})
                token, refresh = self.pair("ines")
                self.ask("GET", "users/self", token=token)
                change(token)
                self.assertEqual(self.ask("GET", "users/self", status=401, token=token), "token revoked")
                self.assertEqual(self.refresh(refresh, 401), "refresh token revoked")

    def test_a_password_that_looks_like_a_hash_is_hashed_like_any_other(self):
        """W13: its cost parameters are never looked at, neither zero passes nor 4 GiB of memory."""
        user = self.user("hash")
        for cost in ("m=16384,t=0,p=1", "m=4194304,t=1,p=1"):
            text = f"$argon2id$v=19${cost}$c29tZXNhbHRzb21lc2FsdA$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ"
            self.ask("PUT", "users/password", {"userID": user, "newPassword": text})
            begin = time.monotonic()
            self.pair("hash", text)
            self.ask("POST", "auth/login", {"username": "hash", "password": "something else"}, 401)
            self.assertLess(time.monotonic() - begin, 5)

    def test_guessing_tells_nothing_and_is_slowed_down(self):
        """W14: one text for unknown users and wrong passwords, and a 429 after ten of them for one account."""
        self.user("guessed")
        for name in ("guessed", "unknown"):
            texts = {self.ask("POST", "auth/login", {"username": name, "password": "wrong"}, 401) for _ in range(10)}
            self.assertEqual(texts, {"invalid username or password"})
            answer = self.server.request("POST", "/api/v1/auth/login", {"username": name, "password": PASSWORD})
            self.assertEqual((answer.status, answer.body["code"]), (429, "too_many"))
            self.assertGreaterEqual(int(answer.headers["Retry-After"]), 1)

    def test_who_must_change_his_password_may_do_nothing_else(self):
        """W15: also when his role lets him change permissions."""
        user = self.user("newcomer", ["admin"])
        self.ask("PUT", "users/password", {"userID": user, "newPassword": PASSWORD})
        token, _ = self.pair("newcomer")
        for method, path, body in (("PUT", "users/permissions", {"userID": user, "roles": []}), ("GET", "users", None),
                                   ("GET", "users/self", None), ("GET", "strategies/self", None)):
            self.assertEqual(self.ask(method, path, body, 403, token), "password change required")
        self.assertEqual(self.account(user)["roles"], ["admin"])

    def test_a_refresh_token_that_comes_back_ends_its_family_and_sessions_are_bounded(self):
        """W21: a copied token ends what came of it, and of many logins of one user the oldest end."""
        self.user("often")
        refreshes = [self.pair("often")[1] for _ in range(33)]
        self.assertEqual(self.refresh(refreshes[0], 401), "refresh token revoked")
        self.refresh(refreshes[1])
        time.sleep(max(0, 10.2 - (time.monotonic() - self.replaced_at)))
        self.assertEqual(self.refresh(self.replaced, 401), "refresh token revoked")
        self.assertEqual(self.refresh(self.newer, 401), "refresh token revoked")

        def ended():
            return [entry["user"] for entry in self.ask("GET", "audit?action=session.family-ended")["items"]]
        wait_for(lambda: ended() == ["admin@localhost"], 5, "an entry in the audit log")

    def test_the_last_role_can_be_taken_away_and_a_repeated_one_counts_once(self):
        """W42: an empty list means no roles, and a name twice is that role."""
        self.role("once", "role.read")
        user = self.user("rolf")
        for roles, left in ((["once", "once"], ["once"]), ([], None)):
            self.ask("PUT", "users/permissions", {"userID": user, "roles": roles})
            self.assertEqual(self.account(user)["roles"], left)

    def test_a_role_can_be_deleted_once_nobody_has_it_and_renamed_by_whoever_has_it(self):
        """W43: a role in use is a 409 that names its users, and a new name goes with them."""
        role = self.role("old-name", "role.read")
        user = self.user("rita", ["old-name"])
        token, _ = self.pair("rita")
        self.ask("PUT", "roles", {"id": role, "name": "new-name"})
        self.assertEqual(self.account(user)["roles"], ["new-name"])
        self.ask("GET", "roles", token=token)
        self.assertIn("rita", self.ask("DELETE", "roles", {"id": role}, 409))
        self.ask("PUT", "users/permissions", {"userID": user, "roles": []})
        self.ask("DELETE", "roles", {"id": role})
        self.assertNotIn(role, [one["id"] for one in self.ask("GET", "roles")["roles"]])

    def test_a_name_that_is_taken_and_a_status_that_there_is_not_are_the_clients_mistakes(self):
        """W44: 409 and 400, never a 500, and nothing is stored."""
        role, user = self.role("taken"), self.user("taken")
        self.ask("POST", "users", {"username": "taken", "password": PASSWORD}, 409)
        self.ask("POST", "roles", {"name": "taken"}, 409)
        for body in ({"username": "", "password": PASSWORD}, {"username": "empty", "password": ""}):
            self.ask("POST", "users", body, 400)
        self.ask("POST", "roles", {"name": ""}, 400)
        for status in (0, 4, 77, -1, 1e3):
            self.ask("PUT", "users/permissions", {"userID": user, "status": status}, 400)
        self.assertEqual(self.account(user)["status"], 1)
        self.assertIn(role, [one["id"] for one in self.ask("GET", "roles")["roles"]])

    def test_refreshes_never_undo_a_change_of_the_user_nor_each_other(self):
        """W63: four sessions refresh all the time while the administrator changes the user's roles."""
        names = ["first", "second"]
        for name in names:
            self.role(name, "role.read")
        user = self.user("busy")
        working = threading.Event()
        working.set()

        def session():
            refresh = self.pair("busy")[1]
            while working.is_set():
                refresh = self.refresh(refresh)
            return refresh

        def change():
            try:
                for number in range(20):
                    self.ask("PUT", "users/permissions", {"userID": user, "roles": [names[number % 2]]})
                    self.assertEqual(self.account(user)["roles"], [names[number % 2]])
            finally:
                working.clear()
        sessions = at_once(change, session, session, session, session)[1:]
        self.assertEqual(self.account(user)["roles"], ["second"])
        for refresh in sessions:
            self.refresh(refresh)
        self.ask("PUT", "users/permissions", {"userID": user, "status": 2})
        for refresh in sessions:
            self.refresh(refresh, 401)

    def test_parallel_refreshes_with_one_token_are_one_session(self):
        """W64: a lost answer is no theft, so all get a pair; they stay one family, which one logout ends."""
        refresh = self.pair("admin@localhost")[1]
        pairs = at_once(*[lambda: self.refresh(refresh)] * 6)
        self.assertEqual(len(set(pairs)), 6)
        self.ask("POST", "auth/logout", {"refreshToken": pairs[0]})
        for one in (refresh, *pairs):
            self.assertEqual(self.refresh(one, 401), "refresh token revoked")


class HttpApi(SharedServer):
    def test_the_public_key_of_a_decision_maker_is_no_password(self):
        """W1: who presents it gets no token."""
        key = subprocess.run(["openssl", "rsa", "-in", self.server.data_dir + "/state/decisionmaker.key", "-pubout"],
                             capture_output=True, text=True, check=True).stdout
        text = self.ask("POST", "auth/token", {"public_key": key, "client_id": "x"}, 403, server="decisionmaker")
        self.assertIn("token.allow_public_key_exchange", text)

    def test_tokens_of_the_managers_users_open_no_decision_maker(self):
        """W2: neither the access token nor the refresh token of an administrator."""
        for token in self.pair("admin@localhost"):
            for path in ("pods/pids", "scheduling/strategies", "status"):
                self.ask("GET", path, None, 401, token, server="decisionmaker")
            self.ask("POST", "intents", {"intents": []}, 401, token, server="decisionmaker")

    def test_what_is_open_tells_of_no_account_and_no_workload(self):
        """W5: metrics need no token, and know neither accounts nor labels; there is no profile to fetch."""
        strategy = self.server.create(name="unheard", labelSelectors=[{"key": "unheard", "value": "of"}])
        self.ask("GET", f"strategies/{strategy}")
        for server in ("manager", "decisionmaker"):
            metrics = self.ask_without_token("GET", "/metrics", server=server)
            self.assertEqual(metrics.status, 200)
            for unwanted in (strategy, "unheard", "admin@localhost", "node-1", self.server.data_dir):
                self.assertNotIn(unwanted, metrics.text)
            self.assertEqual(self.ask_without_token("GET", "/debug/pprof/", server=server).status, 404)

    def test_a_token_in_the_address_logs_nobody_in(self):
        """W18: only the header does, and no cookie is set."""
        for name in ("token", "access_token", "accessToken"):
            answer = self.ask_without_token("GET", f"/api/v1/users/self?{name}={self.server.token}")
            self.assertEqual((answer.status, answer.body["error"]), (401, "Missing Authorization header"))
            self.assertIsNone(answer.headers["Set-Cookie"])

    def test_bodies_end_where_they_end_and_are_bounded(self):
        """W20: more than 1 MiB is a 413, bytes after the document a 400. Deadlines: test_http_server.py."""
        for raw, status in (('{"username":"' + "a" * (1 << 20) + '"}', 413),
                            ('{"username":"garbage","password":"long enough"} {"username":"other"}', 400),
                            ('{"username":"garbage","password":"long enough"}]', 400)):
            self.ask("POST", "users", status=status, raw=raw)
        self.assertNotIn("garbage", [user["username"] for user in self.ask("GET", "users")["users"]])
