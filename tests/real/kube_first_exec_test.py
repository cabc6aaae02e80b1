# SPDX-License-Identifier: Apache-2.0
"""Whether a pod's rule is there before the pod's first program is: pods that are bound to real nodes, whose decision makers are
told by the manager, while kubelet, containerd and runc start them.

Run by `make test-nodes`, in network and process namespaces of its own. What is measured on the nodes is written down by
first_exec_watch.py; when a pod was bound is what a watch of the API server says."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest
from pathlib import Path

from chain_ground import APPS, CORE, ChainGround
from kernel_record import PAUSE, share
from kernel_watch import now
from kube_chain_test import MERGE, deployment, strategy
from kube_node import Node

OWN = "sleep"  # what the pods' own containers execute
BAR = 0.99
RULE = 0.02  # by then a node's scheduler goes by an intent that has come: the bar of `make bench-rules`
ROUNDS, TOGETHER = 10, 20
ALONE = 20


def first_times(lines):
    """{pod: {"intents", "pause" or "sleep": when first}}; what neither a pod's sandbox nor its container executed is refused."""
    times = {}
    for line in lines:
        what = line.get("command", "intents")
        assert what in ("intents", PAUSE, OWN), line
        pod = times.setdefault(line["pod"], {})
        pod[what] = min(line["when"], pod.get(what, line["when"]))
    return times


def leads(times, pods, what, since="intents"):
    """How long before each pod's first `what` there were its intents; minus infinity where these did not come."""
    return [times[pod][what] - times[pod].get(since, float("inf")) for pod in pods]


def figures(seconds):
    ordered = [f"{name} {share(seconds, part) * 1000:.1f}" for name, part in
               (("least", 0), ("p1", 0.01), ("p50", 0.5), ("p99", 0.99), ("most", 1))]
    return f"n {len(seconds)}, ms: " + ", ".join(ordered)


class Bindings:
    """When pods of a namespace were bound, by a watch of the API server, while the `with` lasts."""

    def __init__(self, cluster, namespace):
        self.connection = http.client.HTTPSConnection("127.0.0.1", cluster.port, context=cluster.trust, timeout=900)
        self.path = f"{CORE}{namespace}/pods?watch=1"
        self.when = {}

    def __enter__(self):
        self.connection.request("GET", self.path, headers={"Authorization": "Bearer admin-token"})
        self.answer = self.connection.getresponse()
        self.thread = threading.Thread(target=self.follow, daemon=True)
        self.thread.start()
        return self

    def follow(self):
        with contextlib.suppress(OSError, ValueError, AttributeError, http.client.HTTPException):
            for line in self.answer:
                when, pod = now(), json.loads(line)["object"]
                if pod["spec"].get("nodeName"):
                    self.when.setdefault(pod["metadata"]["uid"], when)

    def __exit__(self, *_):
        self.connection.sock.shutdown(socket.SHUT_RDWR)
        self.thread.join(10)
        self.connection.close()


class Watch:
    """first_exec_watch.py as a process of its own, while the `with` lasts; then `times`."""

    def __init__(self, file, folders):
        self.file = file
        self.command = [sys.executable, str(Path(__file__).with_name("first_exec_watch.py")), str(file),
                        *(f"{name}={folder}" for name, folder in folders.items())]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.process.stdout.readline() == b"ready\n"
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        assert self.process.wait(10) == 0
        self.process.stdout.close()
        with open(self.file, encoding="utf-8") as file:
            self.times = first_times(map(json.loads, file))


class Judgement(unittest.TestCase):
    def test_the_first_of_each_kind_counts_and_intents_that_do_not_come_are_late(self):
        times = first_times([{"when": 3, "pod": "p", "container": "c", "command": "pause"}, {"when": 2, "pod": "p", "node": "n"},
                             {"when": 5, "pod": "p", "container": "d", "command": "sleep"}, {"when": 4, "pod": "p", "node": "n"},
                             {"when": 6, "pod": "q", "container": "e", "command": "pause"}])
        self.assertEqual(times, {"p": {"pause": 3, "intents": 2, "sleep": 5}, "q": {"pause": 6}})
        self.assertEqual(leads(times, "pq", PAUSE), [1, -float("inf")])


class FirstExec(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.ground = ChainGround()
        cls.addClassCleanup(cls.ground.stop)
        cls.ground.start()
        cls.cluster = cls.ground.cluster
        nodes = [Node(cls.cluster, index) for index, _ in enumerate(cls.ground.nodes, 1)]
        cls.folders = {node.name: node.proc.parent / "var/lib/kubelet/gthulhu" for node in nodes}
        wanted = deployment("gold", "gold", 0)
        wanted["spec"]["template"]["spec"]["containers"][0]["command"] = [OWN, "3600"]
        cls.cluster.request("POST", f"{APPS}shop/deployments", wanted)
        cls.ground.manager.ask("POST", "/api/v1/strategies", strategy("gold"))

    def tearDown(self):
        self.scale(0)

    def watch(self):
        return Watch(self.cluster.directory / self.id(), self.folders)

    def scale(self, replicas):
        """Returns the pods' UIDs, once so many are there and have executed their command."""
        self.cluster.request("PATCH", f"{APPS}shop/deployments/gold/scale", {"spec": {"replicas": replicas}}, MERGE)

        def settled():
            time.sleep(0.2)  # what asks for pods takes time from what starts them
            pods = self.ground.pods("shop")
            running = [pod for pod in pods if any("running" in each["state"] for each in pod["status"].get("containerStatuses", ()))]
            return len(pods) == len(running) == replicas and [{pod["metadata"]["uid"] for pod in pods}]
        return self.cluster.wait_for(settled, 120, lambda: self.cluster.node_log("node1"))[0]

    def test_the_rule_is_there_first(self):
        together, alone = set(), set()
        with Bindings(self.cluster, "shop") as bound, self.watch() as watch:
            for _ in range(ROUNDS):
                together |= self.scale(TOGETHER)
                self.scale(0)
            for count in range(ALONE):
                alone |= self.scale(count + 1)
        self.assertEqual((len(together), len(alone)), (ROUNDS * TOGETHER, ALONE))
        for name, pods in ((f"{TOGETHER} at a time", together), ("one at a time", alone)):
            self.print_figures(name, watch.times, bound.when, pods)
        for what in (PAUSE, OWN):
            lead = leads(watch.times, together | alone, what)
            self.assertGreaterEqual(sum(each > RULE for each in lead) / len(lead), BAR, what)

    def test_a_rule_that_comes_late_is_seen(self):
        manager = self.ground.manager.process.pid
        with self.watch() as watch:
            os.kill(manager, signal.SIGSTOP)
            try:
                pods = self.scale(4)
            finally:
                os.kill(manager, signal.SIGCONT)
            self.cluster.wait_for(lambda: self.is_known(4), 30, "the manager to go on")
        lead = leads(watch.times, pods, OWN)
        self.assertTrue(all(-30 < each < 0 for each in lead), lead)

    def is_known(self, pods):
        nodes = self.ground.manager.nodes().values()
        return self.ground.is_in_step() and sum(sum(node["intents"].values()) for node in nodes) == pods

    def print_figures(self, name, times, bound, pods):
        print(f"\n{name}:")
        for what in (PAUSE, OWN):
            lead = leads(times, pods, what)
            early, in_time = (sum(each > least for each in lead) for least in (0, RULE))
            print(f"  intents before `{what}` was executed: {early}, 20 ms before: {in_time}; by {figures(lead)}")
        since_bound = {pod: {**times[pod], "bound": bound[pod]} for pod in pods}
        for what in ("intents", PAUSE):
            print(f"  seen bound to {what}:", figures(leads(since_bound, pods, what, "bound")))


if __name__ == "__main__":
    unittest.main()
