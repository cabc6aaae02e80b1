# SPDX-License-Identifier: Apache-2.0
"""The decision maker's end of the node link (docs/api/node-link.md), as a manager talks to it."""

import hashlib
import json
import threading
import time
import unittest
from pathlib import Path

from harness import DecisionMaker, Workload, scheduling_of, wait_for

GOLDEN = Path(__file__).resolve().parent.parent / "contract" / "node_link"
STRATEGY = "64b0000000000000000000%02x"


def digest_of(strategies, pods):
    """As the page says; a second implementation besides the program's."""
    parts = []

    def add(value):
        content = {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else str(value)
        parts.append(str(len(content.encode())).encode() + b":" + content.encode())

    by_id = {strategy["id"]: strategy for strategy in strategies}
    for pod in sorted(pods, key=lambda pod: pod["uid"].encode()):
        for name in ("uid", "name", "namespace"):
            add(pod.get(name, ""))
        labels = pod.get("labels", {})
        add(len(labels))
        for key in sorted(labels, key=str.encode):
            add(key)
            add(labels[key])
        containers = sorted((container["name"], container["id"]) for container in pod.get("containers", []))
        add(len(containers))
        for container in containers:
            for text in container:
                add(text)
        add(len(pod["strategies"]))
        for strategy in (by_id[name] for name in pod["strategies"]):
            for name, default in (("id", ""), ("commandRegex", ""), ("commandMatch", "comm"), ("priority", 0),
                                  ("executionTime", 0), ("rank", 0), ("container", ""), ("expiresAt", 0),
                                  ("clamped", False)):
                add(strategy.get(name, default))
    return hashlib.sha256(b"".join(parts)).hexdigest()


def now():
    return int(time.time() * 1000)


class NodeTest(unittest.TestCase):
    """A decision maker of its own, and a workload."""

    arguments = ["--allow-public-key-exchange"]

    def setUp(self):
        self.server = DecisionMaker(arguments=self.arguments).start().login()
        self.addCleanup(self.server.__exit__)
        self.gold = Workload(["sleep", "600"], ["tier=gold"], "test-node-link")
        self.addCleanup(self.gold.stop)
        self.gold.find_cgroup("test-node-link")
        self.uid = next(pod["pod_uid"] for pod in self.ask("GET", "/api/v1/pods/pids")["pods"]
                        if any(process["pid"] in self.gold.pids() for process in pod["processes"]))

    def ask(self, method, path, body=None, status=200):
        answer = self.server.request(method, path, body)
        self.assertEqual(answer.status, status, answer.text)
        return answer.body.get("data") if status == 200 else answer.body

    def whole_set(self, generation, strategies, pods, status=200, **changes):
        return self.ask("PUT", "/api/v1/node/intents", {
            "protocol": 1, "generation": generation, "now": now(), "digest": digest_of(strategies, pods),
            "strategies": strategies, "pods": pods, **changes}, status)

    def difference(self, begin, generation, strategies, pods, gone, digest, status=200):
        return self.ask("PATCH", "/api/v1/node/intents", {
            "protocol": 1, "from": begin, "generation": generation, "now": now(), "digest": digest,
            "strategies": strategies, "pods": pods, "gonePods": gone}, status)

    def pod(self, *strategies):
        return {"uid": self.uid, "name": "gold", "namespace": "core", "labels": {"tier": "gold"},
                "strategies": list(strategies)}


class NodeLink(NodeTest):
    def test_a_set_is_obeyed_a_difference_changes_it_and_both_survive_a_restart(self):
        one = {"id": STRATEGY % 1, "priority": 5}
        two = {"id": STRATEGY % 2, "commandRegex": "^sleep$", "priority": 9}
        state = self.whole_set(100, [one], [self.pod(one["id"])])
        self.assertEqual((state["generation"], state["digest"]), (100, digest_of([one], [self.pod(one["id"])])))
        pid = self.gold.pids()[0]
        base = scheduling_of(pid)[1]
        wait_for(lambda: scheduling_of(pid)[1] <= -5, 5, lambda: f"nice {scheduling_of(pid)} of {base}")
        both = [self.pod(one["id"], two["id"])]
        state = self.difference(100, 101, [two], both, [], digest_of([one, two], both))
        self.assertEqual(state["generation"], 101)
        wait_for(lambda: scheduling_of(pid)[1] <= -9, 5, lambda: f"nice {scheduling_of(pid)}")
        self.assertEqual(self.server.stop(), 0)
        self.server.start()
        # Nothing was asked of a manager of its own: the node goes on by itself.
        self.assertEqual(self.ask("GET", "/api/v1/node")["digest"], digest_of([one, two], both))
        wait_for(lambda: scheduling_of(pid)[1] <= -9, 5, lambda: f"nice {scheduling_of(pid)}")
        self.whole_set(103, [], [])
        wait_for(lambda: scheduling_of(pid)[1] == 0, 5, lambda: f"nice {scheduling_of(pid)}")

    def test_what_is_old_begins_elsewhere_or_has_another_digest_changes_nothing(self):
        one = {"id": STRATEGY % 1, "priority": 1}
        pods = [self.pod(one["id"])]
        state = self.whole_set(200, [one], pods)
        other = {**one, "priority": 2}
        for answer in (self.whole_set(199, [other], pods, 409), self.whole_set(200, [other], pods, 409),
                       self.difference(198, 201, [other], [], [], digest_of([other], pods), 409)):
            self.assertEqual(answer["current"], state | {"sequence": answer["current"]["sequence"]})
        self.assertEqual(self.whole_set(201, [other], pods, 422, digest="0" * 64)["code"], "invalid_argument")
        self.difference(200, 201, [other], [], [], "0" * 64, 422)
        self.assertEqual(self.whole_set(201, [other], pods, 400, protocol=2)["field"], "protocol")
        self.assertEqual(self.ask("GET", "/api/v1/node")["digest"], state["digest"])
        # A lost answer: the same once more is a success.
        self.assertEqual(self.whole_set(200, [one], pods)["generation"], 200)
        changed = self.difference(200, 201, [other], [], [], digest_of([other], pods))
        self.assertEqual(self.difference(200, 201, [other], [], [], digest_of([other], pods))["digest"],
                         changed["digest"])

    def test_a_strategy_ends_by_the_managers_clock_on_the_nodes_own(self):
        # The manager's clock is an hour behind.
        behind = now() - 3_600_000
        one = {"id": STRATEGY % 1, "priority": 6, "expiresAt": behind + 1_500}
        self.whole_set(400, [one], [self.pod(one["id"])], now=behind)
        pid = self.gold.pids()[0]
        wait_for(lambda: scheduling_of(pid)[1] <= -6, 1.2, lambda: f"nice {scheduling_of(pid)}")
        wait_for(lambda: scheduling_of(pid)[1] == 0, 5, lambda: f"nice {scheduling_of(pid)}")
        wait_for(lambda: self.ask("GET", "/api/v1/node/reports")["intents"][0]["state"] == "expired", 5, "the end")

    def test_reports_come_as_soon_as_something_changes_and_go_on_by_their_number(self):
        one = {"id": STRATEGY % 1, "priority": 4}
        self.whole_set(300, [one], [self.pod(one["id"])])
        whole = self.ask("GET", "/api/v1/node/reports")
        self.assertTrue(whole["whole"])
        known = whole
        end = time.monotonic() + 10
        while not any(intent["state"] in ("verified", "degraded") for intent in known["intents"]):
            self.assertLess(time.monotonic(), end, known)
            known = self.ask("GET", f"/api/v1/node/reports?after={known['sequence']}&wait=5000")
            self.assertFalse(known["whole"])
        self.assertEqual((known["generation"], known["intents"][0]["processes"]), (300, 1))
        intent = known["intents"][0]["intent"]
        answers = []
        waiting = threading.Thread(target=lambda: answers.append(
            (self.ask("GET", f"/api/v1/node/reports?after={known['sequence']}&wait=20000"), time.monotonic())))
        waiting.start()
        time.sleep(0.3)
        self.assertEqual(answers, [])
        begin = time.monotonic()
        self.whole_set(301, [], [])
        waiting.join(10)
        self.assertEqual(answers[0][0]["gone"], [intent])
        self.assertLess(answers[0][1] - begin, 1)
        self.assertTrue(self.ask("GET", "/api/v1/node/reports?after=5")["whole"])
        self.ask("GET", "/api/v1/node/reports?wait=30001", status=400)

    def test_a_waiting_request_does_not_delay_the_stop(self):
        sequence = self.ask("GET", "/api/v1/node")["sequence"]
        waiting = threading.Thread(target=lambda: self.ask(
            "GET", f"/api/v1/node/reports?after={sequence}&wait=30000"))
        waiting.start()
        time.sleep(0.2)
        begin = time.monotonic()
        self.assertEqual(self.server.stop(), 0)
        self.assertLess(time.monotonic() - begin, 5)
        waiting.join(10)

    def test_a_small_message_cannot_ask_for_much_memory_and_disk(self):
        strategies = [{"id": "64b0%020x" % number} for number in range(250)]
        ids = [strategy["id"] for strategy in strategies]
        labels = {f"{number:04}" + "k" * 300: "v" * 253 for number in range(250)}
        before = self.ask("GET", "/api/v1/node")
        heavy = [{"uid": f"pod-{number}", "labels": labels, "strategies": ids} for number in range(6)]
        many = [{"uid": f"pod-{number}", "strategies": ids} for number in range(81)]
        for pods, text in ((heavy, "bytes as intents"), (many, "at most 20000 intents")):
            answer = self.whole_set(before["generation"] + 1, strategies, pods, 400)
            self.assertEqual((answer["code"], answer["field"]), ("invalid_argument", "pods"))
            self.assertIn(text, answer["error"])
        self.assertEqual(self.ask("GET", "/api/v1/node")["digest"], before["digest"])
        # Nor by and by.
        self.whole_set(1000, strategies, many[:80])
        answer = self.difference(1000, 1001, [], many[80:], [], digest_of(strategies, many), 400)
        self.assertEqual(answer["field"], "pods")
        # What was taken is there after a restart.
        self.assertEqual(self.server.stop(), 0)
        self.server.start()
        self.assertEqual(self.ask("GET", "/api/v1/node")["digest"], digest_of(strategies, many[:80]))

    def test_nobody_without_a_token_learns_or_changes_anything(self):
        for method, path in (("GET", "/api/v1/node"), ("PUT", "/api/v1/node/intents"),
                             ("PATCH", "/api/v1/node/intents"), ("GET", "/api/v1/node/reports?wait=20000")):
            answer = self.server.request(method, path, {} if method != "GET" else None, token="x.y.z")
            self.assertEqual(answer.status, 401, path)

    def test_the_digests_of_the_golden_messages_are_those_of_the_page(self):
        message = json.loads((GOLDEN / "set.json").read_text(encoding="utf-8"))
        self.assertEqual(message["digest"], digest_of(message["strategies"], message["pods"]))


class Observing(NodeTest):
    """With --observe nothing is touched, and what would be done is shown."""

    arguments = ["--allow-public-key-exchange", "--observe"]

    def test_what_would_be_done_is_shown_and_nothing_is_touched(self):
        pid = self.gold.pids()[0]
        before = scheduling_of(pid)
        one = {"id": STRATEGY % 1, "priority": 9}
        self.whole_set(1, [one], [self.pod(one["id"])])
        wait_for(lambda: self.ask("GET", "/api/v1/node/reports")["intents"][0]["processes"] == 1, 5, "the decision")
        report = self.ask("GET", "/api/v1/node/reports")
        self.assertEqual((report["enforcer"]["kind"], report["intents"][0]["state"]), ("observe", "degraded"))
        served = self.server.request("GET", "/api/v1/scheduling/strategies").body["scheduling"]
        self.assertEqual([(entry["pid"], entry["priority"]) for entry in served], [(pid, 9)])
        time.sleep(0.2)
        self.assertEqual(scheduling_of(pid), before)


if __name__ == "__main__":
    unittest.main()
