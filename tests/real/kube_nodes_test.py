# SPDX-License-Identifier: Apache-2.0
"""The decision maker on real nodes: what it lists and decides against what kubelet, containerd and /proc say.

Run by `make test-nodes`, in network and process namespaces of its own."""

import json
import subprocess
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "integration"))

from kube_cluster import Cluster  # noqa: E402
from kube_node import Node, NodeDecisionMaker, Process  # noqa: E402

PODS = "/api/v1/namespaces/shop/pods"
RESTARTED = 10  # pods whose container is ended once
# Ends when it is told to, and has a child of its own.
SERVE = "trap 'exit 3' TERM; sleep 100000 & wait"


def container(name, script, **fields):
    return {"name": name, "image": "localhost/busybox:1", "imagePullPolicy": "Never", "command": ["sh", "-c", script], **fields}


def resources(limits=None, **requests):
    return {"resources": {"requests": requests, **({"limits": limits} if limits else {})}}


def pod(name, node, *containers, **spec):
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name},
            "spec": {"nodeSelector": {"kubernetes.io/hostname": node}, "terminationGracePeriodSeconds": 1,
                     "containers": list(containers), **spec}}


def pods_of(node):
    """Of all classes and all kinds of containers."""
    some = {"cpu": "20m", "memory": "20Mi"}
    return [
        pod("guaranteed", node, container("first", SERVE, **resources(some, **some)),
            container("second", "exec sleep 100000", **resources(some, **some))),
        pod("burstable", node, container("main", SERVE, **resources(cpu="10m")),
            initContainers=[container("prepares", "true"), container("sidecar", "exec sleep 100000", restartPolicy="Always"),
                            container("prepares-more", "sleep 0.1")]),
        pod("best-effort", node, container("main", SERVE), container("other", "exec sleep 100000")),
        pod("done", node, container("main", "true"), restartPolicy="Never"),
        pod("half-done", node, container("ends", "true"), container("stays", "exec sleep 100000"), restartPolicy="Never"),
    ]


def disagreements(listed, running, tasks):
    """What is wrong with the processes listed, if these containers run and these tasks are their first processes. Besides its
    containers each pod has one that holds its namespaces, of which the kubelet does not tell: of one process, `pause`."""
    found = []
    where = {(process.pod, process.container) for process in listed.values()}
    pauses = {(process.pod, process.container) for process in listed.values() if process.command == "pause"}
    pods = {uid for uid, _ in running}
    found += [f"not listed: {each}" for each in sorted(running - where)]
    found += [f"listed, but not running: {each}" for each in sorted(where - pauses - running)]
    found += [f"no pod here, or twice: {each}" for each in sorted(pauses) if each[0] not in pods or each in running]
    found += [f"without pause: {uid}" for uid in sorted(pods - {uid for uid, _ in pauses})]
    found += [f"{len(pauses)} containers of pause for {len(pods)} pods"] * (len(pauses) != len(pods))
    found += [f"no task of containerd: {container}" for _, container in sorted(where) if container not in tasks]
    found += [f"{pid} is not listed as first process of {task}" for task, pid in sorted(tasks.items())
              if pid not in listed or listed[pid].container != task]
    return found


class Disagreements(unittest.TestCase):
    """The comparison finds each kind of mistake."""

    def setUp(self):
        self.listed = {process.pid: process for process in (
            Process("pod", "p", 1, 0, "pause", 0), Process("pod", "a", 2, 0, "sh", 0), Process("pod", "a", 3, 2, "sleep", 0))}
        self.running = {("pod", "a")}
        self.tasks = {"p": 1, "a": 2}

    def expect(self, *words):
        self.assertEqual([each.split(":")[0] for each in disagreements(self.listed, self.running, self.tasks)], list(words))

    def test_are_none_where_all_agree(self):
        self.expect()

    def test_are_found_for_a_container_that_is_not_listed(self):
        self.running.add(("pod", "b"))
        self.expect("not listed")

    def test_are_found_for_a_container_that_has_ended(self):
        self.listed[4] = Process("pod", "old", 4, 0, "sh", 0)
        self.expect("listed, but not running", "no task of containerd")

    def test_are_found_for_another_nodes_pod(self):
        self.listed[4] = Process("foreign", "f", 4, 0, "pause", 0)
        self.expect("no pod here, or twice", "2 containers of pause for 1 pods", "no task of containerd")

    def test_are_found_for_a_first_process_that_is_missing_or_elsewhere(self):
        del self.listed[2]
        self.expect("2 is not listed as first process of a")
        self.listed[2] = Process("pod", "p", 2, 0, "pause", 0)
        self.expect("2 is not listed as first process of a")


class Nodes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        cls.cluster = Cluster(controllers=True)
        cls.addClassCleanup(cls.cluster.stop)
        cls.cluster.start()
        cls.agents = []
        for index in (1, 2):
            cls.cluster.start_ready_node(index)
            agent = NodeDecisionMaker(Node(cls.cluster, index))
            agent.__enter__()
            cls.addClassCleanup(agent.__exit__)
            cls.agents.append(agent)
        cls.cluster.create_namespace("shop")

    def tearDown(self):
        for agent in self.agents:
            agent.ask("DELETE", "/api/v1/intents", {"all": True})
        self.cluster.request("DELETE", PODS)
        self.cluster.wait_for(lambda: not self.cluster.request("GET", PODS)["items"], 60, "no pods")
        for agent in self.agents:
            self.compare(agent)
            self.assertEqual(agent.listed(), {}, "after all pods were deleted")

    # --- comparing ---

    def compare_with_kernel(self, agent):
        """What the decision maker lists is what /proc has, at one moment: between two equal looks at it. Returns it. Those with
        which runc starts a container are left out: they come and go between two looks."""
        for _ in range(100):
            before = agent.node.processes()
            listed = agent.listed()
            after = agent.node.processes()
            if before == after:
                told, there = set(listed.values()), {process._replace(nice=0) for process in after.values()}
                for what, processes in (("listed and not there", told - there), ("there and not listed", there - told)):
                    others = [process for process in processes if not process.command.startswith("runc:[")]
                    self.assertEqual(others, [], f"{what}; {agent.ask('GET', '/api/v1/status')}")
                return listed
        self.fail("the node's processes never stood still")

    def compare(self, agent):
        """The same, and what it lists is what containerd and the kubelet say, as soon as these two agree. Returns how many
        pods, containers and processes there are."""
        node = agent.node

        def agreed():
            running = node.running()
            tasks = node.tasks()
            listed = self.compare_with_kernel(agent)
            sandboxes = tasks.keys() - {container for _, container in running}
            return (running, tasks, listed) if len(sandboxes) == len({uid for uid, _ in running}) and node.tasks() == tasks else None

        running, tasks, listed = self.cluster.wait_for(
            agreed, 30, lambda: f"kubelet and containerd to agree: {node.running()} {node.tasks()}")
        self.assertEqual(disagreements(listed, running, tasks), [])
        return len({uid for uid, _ in running}), len(running), len(listed)

    def create(self, *pods):
        for each in pods:
            self.cluster.request("POST", PODS, each)
        for each in pods:
            self.cluster.wait_for(lambda name=each["metadata"]["name"]: self.is_up(name), 60, lambda: self.cluster.node_log("node1"))

    def is_up(self, name):
        status = self.cluster.request("GET", f"{PODS}/{name}")["status"]
        states = [each["state"] for each in status.get("containerStatuses", ())]
        return status["phase"] == "Succeeded" or (status["phase"] == "Running" and all("waiting" not in state for state in states))

    def uid(self, name):
        return self.cluster.request("GET", f"{PODS}/{name}")["metadata"]["uid"]

    def state(self, name, container_name, statuses="containerStatuses"):
        return next((status for status in self.cluster.request("GET", f"{PODS}/{name}")["status"].get(statuses, ())
                     if status["name"] == container_name), None)

    def delay_of_decision(self, agent, newcomers):
        """Milliseconds from when /proc has a new process of that name to the decision about it."""
        new = self.cluster.wait_for(newcomers, 30, "a new process")
        begin = time.monotonic()
        self.cluster.wait_for(lambda: new <= agent.decided().keys(), 5, "its decision")
        return (time.monotonic() - begin) * 1000

    # --- tests ---

    def test_lists_what_runs_in_pods_of_every_class_and_containers_of_every_kind(self):
        first, second = self.agents
        self.create(*pods_of("node1"), pod("elsewhere", "node2", container("main", SERVE)))
        counts = self.compare(first)
        print(f"\nnode1: %d pods, %d containers, %d processes" % counts, end=" ")
        self.assertEqual(counts[:2], (4, 7))
        self.assertEqual(self.compare(second)[:2], (1, 1))
        classes = {each["metadata"]["name"]: each["status"]["qosClass"] for each in first.node.pods().values()}
        self.assertEqual([classes[name] for name in ("guaranteed", "burstable", "best-effort")],
                         ["Guaranteed", "Burstable", "BestEffort"])
        self.assertNotIn(self.uid("elsewhere"), {process.pod for process in first.listed().values()})

    def test_lists_an_ephemeral_container_while_it_runs(self):
        agent = self.agents[0]
        self.create(pod("debugged", "node1", container("main", SERVE)))
        before = self.compare(agent)
        self.cluster.request("PATCH", f"{PODS}/debugged/ephemeralcontainers",
                             {"spec": {"ephemeralContainers": [container("looks", SERVE)]}}, "application/strategic-merge-patch+json")
        status = self.cluster.wait_for(
            lambda: (found := self.state("debugged", "looks", "ephemeralContainerStatuses")) and "running" in found["state"] and found,
            30, "the ephemeral container")
        self.assertEqual(self.compare(agent)[1], before[1] + 1)
        agent.node.signal(agent.node.tasks()[status["containerID"].removeprefix("containerd://")])
        self.cluster.wait_for(lambda: "terminated" in self.state("debugged", "looks", "ephemeralContainerStatuses")["state"], 30,
                              "its end")
        self.assertEqual(self.compare(agent)[1], before[1])

    def test_lists_a_static_pod_by_the_hash_that_its_cgroup_has(self):
        agent = self.agents[0]
        manifest = pod("static", "node1", container("main", SERVE))
        del manifest["spec"]["nodeSelector"]
        manifest["metadata"]["namespace"] = "shop"
        file = self.cluster.directory / "node1/manifests/static.json"
        file.write_text(json.dumps(manifest), encoding="utf-8")
        try:
            self.cluster.wait_for(lambda: self.cluster.found(f"{PODS}/static-node1") and self.is_up("static-node1"), 60,
                                  lambda: self.cluster.node_log("node1"))
            self.assertEqual(self.compare(agent)[:2], (1, 1))
            self.assertRegex(next(iter(agent.listed().values())).pod, "^[0-9a-f]{32}$")
        finally:
            file.unlink()

    def test_lists_the_new_processes_of_a_restarted_container_only(self):
        agent = self.agents[0]
        self.create(pod("restarted", "node1", container("main", SERVE), container("other", "exec sleep 100000")))
        self.compare(agent)
        old = self.state("restarted", "main")["containerID"].removeprefix("containerd://")
        agent.node.signal(agent.node.tasks()[old])
        self.cluster.wait_for(lambda: self.state("restarted", "main")["restartCount"] == 1 and self.is_up("restarted"), 30, "a restart")
        self.assertEqual(self.state("restarted", "main")["lastState"]["terminated"]["exitCode"], 3)
        self.assertEqual(self.compare(agent)[:2], (1, 2))
        self.assertNotIn(old, {process.container for process in agent.listed().values()})

    def test_keeps_up_while_pods_come_and_go(self):
        agent = self.agents[0]
        names = [f"many-{number}" for number in range(10)]
        for name in names:
            self.cluster.request("POST", PODS, pod(name, "node1", container("a", SERVE), container("b", "exec sleep 100000")))
        comparisons = 0
        while not all(self.is_up(name) for name in names):
            self.compare_with_kernel(agent)
            comparisons += 1
        counts = self.compare(agent)
        self.assertEqual(counts[:2], (10, 20))
        for name in names[:5]:
            self.cluster.request("DELETE", f"{PODS}/{name}")
        while len(self.cluster.request("GET", PODS)["items"]) > 5:
            self.compare_with_kernel(agent)
            comparisons += 1
        self.assertEqual(self.compare(agent)[:2], (5, 10))
        print(f"\n{comparisons} comparisons with /proc while 10 pods came and 5 went", end=" ")
        self.assertGreater(comparisons, 20)

    def test_decides_for_the_processes_that_a_pattern_selects_and_soon_after_a_restart(self):
        agent = self.agents[0]
        names = [f"web-{number}" for number in range(RESTARTED)]
        self.create(*(pod(name, "node1", container("main", SERVE), container("other", "exec sleep 100000")) for name in names),
                    pod("left-alone", "node1", container("main", SERVE)))
        uids = {self.uid(name) for name in names}
        agent.ask("POST", "/api/v1/intents", {"intents": [
            {"podID": uid, "commandRegex": "^sh$", "priority": 4, "executionTime": 3_000_000} for uid in uids]})

        def wanted():
            return {pid for pid, process in agent.node.processes().items() if process.pod in uids and process.command == "sh"}

        self.cluster.wait_for(lambda: agent.decided().keys() == wanted(), 1, "the decisions")
        self.assertEqual(len(agent.decided()), RESTARTED)
        delays = []
        for name in names:
            old = self.state(name, "main")["containerID"].removeprefix("containerd://")
            known = wanted()
            agent.node.signal(agent.node.tasks()[old])
            delays.append(self.delay_of_decision(agent, lambda known=known: wanted() - known))
        print(f"\na restarted container's process is decided on after {sorted(delays)[len(delays) // 2]:.0f} ms (median), "
              f"{max(delays):.0f} ms (most), n {len(delays)}", end=" ")
        self.assertLess(max(delays), 1000)
        # From the kernel's side: those that are decided on have the nice value, and nobody else.
        # What starts as a copy of one that is decided on gets its own value back within two seconds.
        usual = min(process.nice for process in agent.node.processes().values() if process.command == "pause")
        self.cluster.wait_for(
            lambda: {pid for pid, process in agent.node.processes().items() if process.nice == usual - 4} == wanted(), 5,
            lambda: f"nice values: {agent.node.processes()}")
        self.assertEqual(agent.decided(), dict.fromkeys(wanted(), 4))
        for name in names[:3]:
            self.cluster.request("DELETE", f"{PODS}/{name}")
        self.cluster.wait_for(lambda: len(self.cluster.request("GET", PODS)["items"]) == RESTARTED - 2, 60, "three pods to go")
        self.cluster.wait_for(lambda: agent.decided().keys() == wanted(), 1, "decisions without the deleted pods")
        self.assertEqual(len(agent.decided()), RESTARTED - 3)


if __name__ == "__main__":
    unittest.main()
