#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the manager does with a large cluster: scale.py [--nodes N] [--pods P] [--strategies S] [--short] [BINARY [LOAD]]

The cluster is one program (scale_load.cpp): the Kubernetes API with pods as a real API server tells them (pod.json), and the decision
makers of all nodes, which speak the node link. The manager is the binary as it is shipped, with its store on this machine. Phases:

  cold     a manager starts with all strategies in its store: from the first byte of the list of pods until every node holds what
           it should
  all      one strategy for every pod: from its POST until every node has said that it has it
  block    one for 1,000 pods: until the POST is answered
  set      one for a pod on each of ten nodes: from its POST until these nodes have it
  churn    pods come, go and change: from each event until the pod's node has what follows from it
  hung     the last two again, with nodes that take connections and answer nothing

In the end every node must hold exactly what an independent plan of the load program gives, those that hung too, and a node that was left
behind is a failure whatever the times are. Prints each figure beside its bar; the exit code is 1 when one is missed. All is on this
machine: what the load program takes of its processors is printed beside what the manager takes. --short is small and asks for
correctness only.
"""

import argparse
import http.client
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "bench"))
from figures import judge, percentile
from servers import cpu_seconds, login, memory_mib, start_manager

PATIENCE = 120  # seconds for anything


class Load:
    """scale_load as a process; `ask` sends a line of control.h and returns the answer."""

    def __init__(self, program, arguments, public_key_file):
        self.process = subprocess.Popen(
            [program, str(arguments.nodes), str(arguments.pods), str(arguments.strategies), str(HERE / "pod.json"), public_key_file],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.pid = self.process.pid
        self.api_port = self._answer()["api_port"]

    def _answer(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"scale_load ended with {self.process.wait()}")
        answer = json.loads(line)
        if "error" in answer:
            sys.exit(f"scale_load: {answer['error']}")
        return answer

    def ask(self, *words):
        self.process.stdin.write(" ".join(str(word) for word in words) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def stop(self):
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


class Strategies:
    """Writes them by REST, over one connection, and tells the load program."""

    def __init__(self):
        self.rank = 0
        self.connection = self.token = self.load = None

    def connect(self, manager, load=None):
        self.connection = http.client.HTTPConnection("127.0.0.1", manager.port, timeout=PATIENCE)
        self.token, self.load = login(manager), load

    def _request(self, method, path, body=None):
        self.connection.request(method, path, None if body is None else json.dumps(body), {"Authorization": "Bearer " + self.token})
        answer = self.connection.getresponse()
        text = answer.read().decode()
        if answer.status != 200:
            sys.exit(f"{method} {path}: {answer.status} {text}")
        return json.loads(text)

    def create(self, key, value):
        """(what to tell the load program, when the request was sent, when it was answered)"""
        self.rank += 1
        # One in ten with a regular expression: who reads a set compiles each, on a real node once.
        regex = f"worker-{self.rank}.*" if self.rank % 10 == 0 else ""
        priority, slice_ns = self.rank % 41 - 20, 5_000_000
        body = {"name": f"{key}-{value}", "labelSelectors": [{"key": key, "value": value}], "rank": self.rank, "priority": priority,
                "executionTime": slice_ns, "commandRegex": regex}
        began = time.monotonic()
        answer = self._request("POST", "/api/v1/strategies", body)
        ended = time.monotonic()
        told = (answer["data"]["strategyId"], self.rank, priority, slice_ns, key, value, regex)
        if self.load is not None:
            self.load.ask("strategy", *told)
        return told, began, ended

    def delete(self, told):
        self._request("DELETE", f"/api/v1/strategies/{told[0]}")
        self.load.ask("forget", told[0])


class Run:
    """One manager and one load program; `failures` are what no time excuses."""

    def __init__(self, arguments, folder):
        self.arguments, self.folder = arguments, folder
        self.strategies = Strategies()
        self.failures = []
        self.used = []  # (phase, seconds, CPU seconds of the manager, of the load program, the manager's VmRSS)
        self.load = self.manager = None

    def prepare(self):
        """A store with the strategies, and a cluster that nobody asks yet."""
        key = os.path.join(self.folder, "key")
        subprocess.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key], check=True)
        subprocess.run(["openssl", "ec", "-in", key, "-pubout", "-out", key + ".pub"], check=True, stderr=subprocess.DEVNULL)
        writer = start_manager(self.arguments.binary, self.folder)
        self.strategies.connect(writer)
        told = [self.strategies.create("group", f"group-{i}")[0] for i in range(self.arguments.strategies)]
        writer.stop()
        self.load = Load(self.arguments.load, self.arguments, key + ".pub")
        for words in told:
            self.load.ask("strategy", *words)
        self.load.ask("expect")

    def start(self):
        kubeconfig = os.path.join(self.folder, "kubeconfig")
        with open(kubeconfig, "w", encoding="utf-8") as file:
            json.dump({"apiVersion": "v1", "kind": "Config", "current-context": "load",
                       "clusters": [{"name": "load", "cluster": {"server": f"http://127.0.0.1:{self.load.api_port}"}}],
                       "users": [{"name": "nobody", "user": {}}],
                       "contexts": [{"name": "load", "context": {"cluster": "load", "user": "nobody"}}]}, file)
        with open(os.path.join(self.folder, "key.pub"), encoding="utf-8") as file:
            public_key = file.read()
        self.manager = start_manager(self.arguments.binary, self.folder, {
            "MANAGER_K8S_KUBE_CONFIG_PATH": kubeconfig, "MANAGER_KEY_DM_PUBLIC_KEY_PEM": public_key})

    def stop(self):
        if self.manager is not None:
            self.manager.stop()
        if self.load is not None:
            self.load.stop()

    def phase(self, name, work):
        """What `work` returns; what it used is remembered."""
        before = time.monotonic(), cpu_seconds(self.manager.pid) if self.used else 0, cpu_seconds(self.load.pid)
        result = work()
        after = time.monotonic(), cpu_seconds(self.manager.pid), cpu_seconds(self.load.pid)
        self.used.append((name, *(end - begin for begin, end in zip(before, after)), memory_mib(self.manager.pid)))
        return result

    def in_step(self, what):
        """The load program's figures once all nodes that answer hold what its plan gives; a failure when they never do."""
        self.load.ask("expect")
        figures = self.load.ask("await_step", PATIENCE)
        if figures["in_step"] != figures["nodes"]:
            self.failures.append(f"{what}: {figures['nodes'] - figures['in_step']} nodes do not hold what they should")
        return figures

    def cold(self):
        figures = self.load.ask("await_step", PATIENCE)
        if figures["in_step"] != figures["nodes"]:
            self.failures.append(f"cold: only {figures['in_step']} nodes hold what they should")
        print(f"  cold: list of pods {figures['list_ended'] - figures['list_began']:.2f} s, {figures['sets']} sets and "
              f"{figures['differences']} differences, {figures['bytes'] / 1e6:.1f} MB; refused {figures['refused']}")
        return figures["last_taken"] - figures["list_began"]

    def strategy(self, key, value):
        """Milliseconds from a POST until it was answered, and until all nodes concerned have it; it is deleted again."""
        time.sleep(self.arguments.pause)
        spread = self.load.ask("spread", key, value)
        told, began, answered = self.strategies.create(key, value)
        held = self.load.ask("await_strategy", told[0], spread["nodes"], PATIENCE)
        if held["nodes"] != spread["nodes"] or not spread["nodes"]:
            self.failures.append(f"{key}={value}: on {held['nodes']} of {spread['nodes']} nodes")
        self.strategies.delete(told)
        # A node that hangs has none of it.
        if self.load.ask("await_strategy", told[0], 0, PATIENCE)["nodes"]:
            self.failures.append(f"{key}={value}: some nodes keep what was deleted")
        return (answered - began) * 1000, (held["came"] - began) * 1000

    def blocks(self):
        count = max(1, self.arguments.pods // 1000)
        return [self.strategy("block", f"block-{i % count}")[0] for i in range(self.arguments.repetitions)]

    def sets(self):
        """None of a node that hangs: those are the last."""
        count = max(1, (self.arguments.nodes - self.arguments.hung) // 10)
        slots = max(1, self.arguments.pods // self.arguments.nodes)
        return [self.strategy("set", f"set-{i * 7 % count}-{i % slots}")[1] for i in range(self.arguments.repetitions)]

    def churn(self):
        self.load.ask("churn", self.arguments.churn, self.arguments.churn_seconds)
        figures = self.load.ask("await_churn", self.arguments.churn_seconds + 30)
        print(f"  churn: {figures['events']} events, until the node has it: p50 {figures['p50_ms']:.1f}, p99 {figures['p99_ms']:.1f}, "
              f"most {figures['max_ms']:.1f} ms")
        if figures["open"]:
            self.failures.append(f"churn: {figures['open']} events never came to their nodes")
        return figures

    def measure(self):
        self.prepare()
        self.start()
        cold = self.phase("cold", self.cold)
        peak_cold = memory_mib(self.manager.pid, "VmHWM")
        self.strategies.connect(self.manager, self.load)
        time.sleep(self.arguments.settle)
        everything = self.phase("all", lambda: self.strategy("app", "web"))
        blocks = self.phase("block", self.blocks)
        sets = self.phase("set", self.sets)
        churn = self.phase("churn", self.churn)
        self.in_step("after the churn")
        self.load.ask("hang", self.arguments.hung)
        hung_sets = self.phase("set, hung", self.sets)
        hung_churn = self.phase("churn, hung", self.churn)
        self.in_step("with hung nodes")
        self.load.ask("hang", 0)
        figures = self.phase("together", lambda: self.in_step("after nodes hung"))
        if figures["pod_lists"] != 1:
            self.failures.append(f"pods were listed {figures['pod_lists']} times")
        peak = memory_mib(self.manager.pid, "VmHWM")
        print(f"  one strategy for all: POST {everything[0]:.1f} ms; for 1,000 pods: POST p50 {percentile(blocks, 0.5):.1f} ms; on ten "
              f"nodes: p50 {percentile(sets, 0.5):.1f} ms, with hung nodes {percentile(hung_sets, 0.5):.1f} ms, "
              f"p99 {percentile(hung_sets, 0.99):.1f} ms\n  peak after cold {peak_cold:.0f} MiB\n")
        return [("cold, list to all nodes", cold, "s", 10, False),
                ("one strategy to all nodes", everything[1] / 1000, "s", 5, False),
                ("POST for 1,000 pods, p99", percentile(blocks, 0.99), "ms", 20, False),
                ("POST to acks of ten nodes, p99", percentile(sets, 0.99), "ms", 100, False),
                ("pod event to its node, p99", churn["p99_ms"], "ms", 1000, False),
                (f"the same, {self.arguments.hung} nodes hang", hung_churn["p99_ms"] / churn["p99_ms"], "times", 1.2, False),
                ("peak memory of the manager", peak, "MiB", 512, False)]

    def print_used(self):
        print(f"  {'phase':<14} {'seconds':>8} {'CPU, manager':>13} {'CPU, load':>10} {'manager, MiB':>13}")
        for name, seconds, manager, load, memory in self.used:
            print(f"  {name:<14} {seconds:>8.2f} {manager:>13.2f} {load:>10.2f} {memory:>13.0f}")
        print()


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("binary", nargs="?", default=os.environ.get("GTHULHU_BINARY", "build/release/gthulhu"))
    parser.add_argument("load", nargs="?", default="build/release/scale_load")
    parser.add_argument("--nodes", type=int, default=1000)
    parser.add_argument("--pods", type=int, default=100_000)
    parser.add_argument("--strategies", type=int, default=1000, help="that are stored before; each selects pods/strategies pods (1000)")
    parser.add_argument("--hung", type=int, default=10, help="nodes that answer nothing in the last phases (10)")
    parser.add_argument("--repetitions", type=int, default=50, help="of strategies for some pods (50)")
    parser.add_argument("--churn", type=int, default=200, help="pods a second (200)")
    parser.add_argument("--churn-seconds", type=float, default=30)
    parser.add_argument("--settle", type=float, default=5, help="seconds after the cold start (5)")
    parser.add_argument("--pause", type=float, default=0.5, help="seconds before each strategy: reports about the last one come later (0.5)")
    parser.add_argument("--short", action="store_true", help="200 nodes, 5,000 pods, 100 strategies; correctness only")
    parser.add_argument("--report-only", action="store_true", help="a missed bar is no failure; what is wrong still is")
    arguments = parser.parse_args()
    if arguments.short:
        arguments.nodes, arguments.pods, arguments.strategies = 200, 5_000, 100
        arguments.repetitions, arguments.churn_seconds, arguments.settle, arguments.pause = 5, 3, 1, 0
    return arguments


def main():
    arguments = parse_arguments()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with tempfile.TemporaryDirectory(prefix="gthulhu-scale-") as folder:
        run = Run(arguments, folder)
        try:
            figures = run.measure()
            run.print_used()
        finally:
            run.stop()
    missed = 0 if arguments.short else judge(figures)
    for failure in run.failures:
        print(f"  FAILED: {failure}")
    return 1 if run.failures or (missed and not arguments.report_only) else 0


if __name__ == "__main__":
    sys.exit(main())
