# SPDX-License-Identifier: Apache-2.0
"""How much memory a server holds for clients that ask for large answers and do not read them."""

import socket
import time
import unittest

from harness import DecisionMaker, resident_mib, wait_for
from test_node_link import digest_of, now


class SlowReaders(unittest.TestCase):
    """Who asks for large answers and does not read them, with a good token."""

    readers = 110
    request = "/api/v1/node/reports"

    def setUp(self):
        self.server = DecisionMaker(arguments=["--allow-public-key-exchange", "--observe"]).start().login()
        self.addCleanup(self.server.__exit__)
        strategies = [{"id": f"64b0{number:020x}"} for number in range(250)]
        pods = [{"uid": f"pod-{number}", "strategies": [strategy["id"] for strategy in strategies]} for number in range(80)]
        answer = self.server.request("PUT", "/api/v1/node/intents", {
            "protocol": 1, "generation": 1, "now": now(), "digest": digest_of(strategies, pods),
            "strategies": strategies, "pods": pods})
        self.assertEqual(answer.status, 200, answer.text)
        wait_for(lambda: len(self.ask().body["data"]["intents"]) == 20000, 20, "the reports")

    def ask(self):
        return self.server.request("GET", self.request)

    def slow_reader(self):
        client = socket.socket()
        self.addCleanup(client.close)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(30)
        client.connect(("127.0.0.1", self.server.ports["decisionmaker"]))
        # The system takes the first answers, the server has one of the others.
        client.sendall(4 * (f"GET {self.request} HTTP/1.1\r\nHost: a\r\n"
                            f"Authorization: Bearer {self.server.token}\r\n\r\n").encode())
        client.recv(12, socket.MSG_PEEK)  # it is under way
        return client

    def test_what_slow_readers_hold_is_bounded_and_others_are_served(self):
        size = len(self.ask().text)
        before = resident_mib(self.server.process.pid)
        most, slowest, readers = 0, 0, []
        for _ in range(self.readers):
            readers.append(self.slow_reader())
            most = max(most, resident_mib(self.server.process.pid) - before)
            begin = time.monotonic()
            self.assertEqual(self.server.request("GET", "/health").status, 200)
            slowest = max(slowest, time.monotonic() - begin)
        print(f"{self.readers} slow readers of {size / 2**20:.1f} MiB each: {most:.0f} MiB more in memory, "
              f"/health took at most {slowest * 1000:.0f} ms")
        self.assertGreater(self.readers * size / 2**20, 200)
        self.assertLess(most, 160)  # 64 MiB for answers under way, and what eight workers made others of
        self.assertLess(slowest, 1)
        # Who reads gets the same answer, in the place of one who has had his second.
        wait_for(lambda: self.ask().status == 200, 5, "a large answer beside the slow readers")


if __name__ == "__main__":
    unittest.main()
