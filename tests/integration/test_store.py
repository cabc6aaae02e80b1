# SPDX-License-Identifier: Apache-2.0
"""The store of the shipped program when its disk, its file or its version is not what it should be."""

import contextlib
import hashlib
import json
import os
import sqlite3
import subprocess
import tempfile
import threading
import unittest

from harness import PASSWORD, Standalone, wait_for
from signing_key import part_of

CHECK_SECONDS = 15  # the manager looks at its store every five seconds

CLEAN_OR_CRASHED = (0, -6, -11)  # exit codes that no refusal has


def selecting(name):
    return {"labelSelectors": [{"key": "store", "value": name}]}


def kid_of(token):
    return json.loads(part_of(token, 0))["kid"]


class StoreTest(unittest.TestCase):
    def health(self, server):
        answer = server.request("GET", "/health")
        return answer.status, answer.body.get("reasons")

    def wait_for_health(self, server, expected):
        wait_for(lambda: self.health(server) == expected, CHECK_SECONDS,
                 lambda: f"/health to be {expected}; it is {self.health(server)}")

    def assert_reads_work(self, server, strategies):
        for path in ("users/self", "users", "roles", "strategies", "intents", "status"):
            self.assertEqual(server.request("GET", "/api/v1/" + path).status, 200, path)
        self.assertEqual(sorted(strategy["ID"] for strategy in server.strategies()), sorted(strategies))

    def assert_refused(self, answer):
        self.assertEqual(answer.status, 503, answer.text)
        self.assertIs(answer.body["success"], False)
        self.assertEqual(answer.body["code"], "unavailable")
        self.assertTrue(answer.body["error"] and answer.body["requestId"], answer.text)

    def assert_writes_are_refused(self, server, strategy):
        for method, path, body in (("POST", "strategies", selecting("refused")),
                                   ("PUT", "strategies", {"strategyId": strategy, **selecting("refused")}),
                                   ("DELETE", "strategies", {"strategyId": strategy}),
                                   ("POST", "users", {"username": "refused", "password": "long enough"}),
                                   ("POST", "roles", {"name": "refused"})):
            with self.subTest(method=method, path=path):
                self.assert_refused(server.request(method, "/api/v1/" + path, body))


class FileOfTheStore(StoreTest):
    def setUp(self):
        self.server = Standalone()
        self.addCleanup(self.server.__exit__)
        self.server.start().login()
        self.state = self.server.data_dir + "/state"
        self.elsewhere = self.server.data_dir + "/elsewhere"
        self.kept = self.server.create(**selecting("kept"))
        self.assertEqual(self.health(self.server), (200, None))

    def move(self, source, target):
        """The database with what SQLite keeps beside it."""
        os.makedirs(target, exist_ok=True)
        for name in os.listdir(source):
            if name.startswith("gthulhu.db"):
                os.rename(os.path.join(source, name), os.path.join(target, name))

    def test_a_file_that_was_moved_away_is_said_until_it_is_back(self):
        self.move(self.state, self.elsewhere)
        self.wait_for_health(self.server, (503, ["the store's file was removed or replaced"]))
        self.assert_reads_work(self.server, [self.kept])
        self.move(self.elsewhere, self.state)
        self.wait_for_health(self.server, (200, None))
        later = self.server.create(**selecting("later"))
        self.assertEqual(self.server.stop(), 0, "".join(self.server.log))
        self.server.start().login()
        self.assert_reads_work(self.server, [self.kept, later])

    def test_a_file_that_was_replaced_is_said_and_the_program_goes_on(self):
        self.move(self.state, self.elsewhere)
        with open(self.state + "/gthulhu.db", "wb") as file:
            file.write(b"not a database")
        self.wait_for_health(self.server, (503, ["the store's file was removed or replaced"]))
        self.assert_reads_work(self.server, [self.kept])
        self.assertEqual(self.server.stop(), 0, "".join(self.server.log))

    def test_nothing_is_acknowledged_that_goes_into_a_file_that_is_not_the_stores(self):
        self.move(self.state, self.elsewhere)
        self.wait_for_health(self.server, (503, ["the store's file was removed or replaced"]))
        self.assert_writes_are_refused(self.server, self.kept)
        self.assert_reads_work(self.server, [self.kept])


class FullDisk(StoreTest):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="gthulhu-test-")
        self.addCleanup(os.rmdir, self.folder)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m,mode=700", "gthulhu-test", self.folder], check=True)
        self.addCleanup(subprocess.run, ["umount", self.folder], check=True)
        self.server = Standalone(self.folder)
        self.addCleanup(self.server.__exit__)
        self.server.start().login()

    def fill(self):
        with open(self.folder + "/filler", "ab", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(bytes(4096)):
                pass

    def test_a_full_disk_refuses_writes_and_nothing_else_and_passes(self):
        kept = [self.server.create(**selecting("kept"))]
        self.fill()
        self.wait_for_health(self.server, (503, ["the store's disk is full"]))
        self.assert_writes_are_refused(self.server, kept[0])
        self.assert_reads_work(self.server, kept)
        os.unlink(self.folder + "/filler")
        self.wait_for_health(self.server, (200, None))
        kept.append(self.server.create(**selecting("later")))
        self.assertEqual(self.server.stop(), 0, "".join(self.server.log))
        self.server.start().login()
        self.assert_reads_work(self.server, kept)

    def test_a_disk_that_fills_under_writes_loses_nothing_that_was_acknowledged(self):
        self.fill()
        os.truncate(self.folder + "/filler", os.path.getsize(self.folder + "/filler") - 256 * 1024)
        kept, refused = [], 0
        while refused < 3:
            self.assertLess(len(kept), 1000, "the disk does not get full")
            body = {**selecting("some"), "description": "x" * 4000}
            answer = self.server.request("POST", "/api/v1/strategies", body)
            if answer.status == 200:
                kept.append(answer.body["data"]["strategyId"])
            else:
                self.assert_refused(answer)
                refused += 1
        self.assertGreater(len(kept), 0)
        self.assert_reads_work(self.server, kept)
        self.server.kill()
        os.unlink(self.folder + "/filler")
        self.server.start().login()
        self.assert_reads_work(self.server, kept)

    def test_a_start_on_a_full_disk_says_what_is_wrong_and_changes_nothing(self):
        kept = self.server.create(**selecting("kept"))
        self.assertEqual(self.server.stop(), 0)
        self.fill()
        self.server.start(wait=False)
        self.assertNotIn(self.server.process.wait(20), CLEAN_OR_CRASHED)
        self.server.reader.join(5)
        self.assertRegex("".join(self.server.log), r"gthulhu: the store.*/state/gthulhu\.db")
        os.unlink(self.folder + "/filler")
        self.server.start().login()
        self.assert_reads_work(self.server, [kept])


class Starts(StoreTest):
    def database(self, server):
        return server.data_dir + "/state/gthulhu.db"

    def test_a_store_of_a_newer_program_is_refused_and_left_as_it_is(self):
        with Standalone() as server:
            kept = server.create(**selecting("kept"))
            self.assertEqual(server.stop(), 0)
            with contextlib.closing(sqlite3.connect(self.database(server))) as database, database:
                (newest,) = database.execute("SELECT max(version) FROM gthulhu_migrations").fetchone()
                database.execute("INSERT INTO gthulhu_migrations VALUES (?, 1, 'of the future')", (newest + 1,))
            before = self.content(server)
            server.start(wait=False)
            self.assertNotIn(server.process.wait(20), CLEAN_OR_CRASHED)
            server.reader.join(5)
            log = "".join(server.log)
            self.assertIn("gthulhu.db", log)
            self.assertIn(f"a newer gthulhu (schema {newest + 1}, this program knows {newest})", log)
            self.assertEqual(self.content(server), before)
            with contextlib.closing(sqlite3.connect(self.database(server))) as database, database:
                database.execute("DELETE FROM gthulhu_migrations WHERE version > ?", (newest,))
            server.start().login()
            self.assert_reads_work(server, [kept])

    def content(self, server):
        """A digest of every file of the store that has any content."""
        folder, digests = server.data_dir + "/state", {}
        for name in sorted(os.listdir(folder)):
            if name.startswith("gthulhu.db"):
                with open(os.path.join(folder, name), "rb") as file:
                    content = file.read()
                if content:
                    digests[name] = hashlib.sha256(content).hexdigest()
        return digests

    def test_of_two_programs_started_at_once_at_one_directory_one_is_refused(self):
        for _ in range(5):
            with tempfile.TemporaryDirectory(prefix="gthulhu-test-") as folder:
                self.start_two(folder)

    def start_two(self, folder):
        """At a directory where nobody has been before: the one that is refused must not disturb the first start."""
        with open(folder + "/password", "w", encoding="utf-8") as file:
            file.write(PASSWORD + "\n")
        pair = [Standalone(folder), Standalone(folder)]
        begin = threading.Barrier(2)
        threads = [threading.Thread(target=lambda one=one: (begin.wait(10), one.start(wait=False))) for one in pair]
        try:
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(20)
            wait_for(lambda: any(one.process.poll() is not None for one in pair), 20, "one to be refused")
            refused = next(one for one in pair if one.process.poll() is not None)
            refused.reader.join(5)
            self.assertNotIn(refused.process.returncode, CLEAN_OR_CRASHED)
            self.assertIn("is in use by another gthulhu process", "".join(refused.log))
            left = pair[1 - pair.index(refused)]
            wait_for(lambda: len(left.ports) == 2, 20, lambda: "the other to listen:\n" + "".join(left.log))
            kept = left.login().create(**selecting("kept"))
            self.assertEqual(left.stop(), 0)
            left.start().login()
            self.assert_reads_work(left, [kept])
        finally:
            for one in pair:
                if one.process is not None and one.process.poll() is None:
                    one.kill()

    def test_a_program_that_was_killed_keeps_nobody_out(self):
        with Standalone() as server:
            kept = server.create(**selecting("kept"))
            server.kill()
            server.start().login()
            self.assert_reads_work(server, [kept])

    def test_a_rotated_key_signs_new_tokens_and_the_old_one_still_opens(self):
        with Standalone() as server:
            tokens = {"old": server.token}
            refresh = server.request("POST", "/api/v1/auth/login", {
                "username": "admin@localhost", "password": PASSWORD}).body["data"]["refreshToken"]
            self.assertEqual(server.stop(), 0)
            server.arguments = ["--rotate-key"]
            tokens["new"] = server.start().login().token
            self.assertNotEqual(kid_of(tokens["new"]), kid_of(tokens["old"]))
            self.assert_tokens_open(server, tokens)
            answer = server.request("POST", "/api/v1/auth/refresh", {"refreshToken": refresh})
            self.assertEqual(answer.status, 200, answer.text)
            self.assertEqual(kid_of(answer.body["data"]["token"]), kid_of(tokens["new"]))
            self.assertEqual(server.stop(), 0)
            server.arguments = []
            tokens["later"] = server.start().login().token
            self.assertEqual(kid_of(tokens["later"]), kid_of(tokens["new"]))
            self.assert_tokens_open(server, tokens)

    def test_a_key_rotated_twice_leaves_three_that_open(self):
        with Standalone(arguments=["--rotate-key"]) as server:
            tokens = {0: server.token}
            for number in (1, 2):
                self.assertEqual(server.stop(), 0)
                tokens[number] = server.start().login().token
            self.assertEqual(len({kid_of(token) for token in tokens.values()}), 3)
            self.assert_tokens_open(server, tokens)

    def test_after_a_theft_old_keys_are_forgotten_at_once(self):
        with Standalone() as server:
            old = server.token
            self.assertEqual(server.stop(), 0)
            server.arguments = ["--rotate-key", "--forget-old-keys"]
            tokens = {"new": server.start().login().token}
            self.assertEqual(server.request("GET", "/api/v1/users/self", token=old).status, 401)
            self.assertEqual(server.stop(), 0)
            server.arguments = []
            server.start()
            self.assert_tokens_open(server, tokens)
            self.assertEqual(server.request("GET", "/api/v1/users/self", token=old).status, 401)

    def assert_tokens_open(self, server, tokens):
        for name, token in tokens.items():
            self.assertEqual(server.request("GET", "/api/v1/users/self", token=token).status, 200, name)


if __name__ == "__main__":
    unittest.main()
