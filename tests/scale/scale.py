#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the manager does with a large cluster: scale.py [--nodes N] [--pods P] [--strategies S] [--short] [BINARY [LOAD]]

The cluster is one program (scale_load.cpp): the Kubernetes API with pods as a real API server tells them (pod.json), and the decision
makers of all nodes, which speak the node link. The manager is the binary as it is shipped, with its store on this machine. Phases:

  cold     a manager starts with all strategies in its store: from the first byte of the list of pods until every node holds what
           it should; with a real API server from the start of the manager's process
  all      one strategy for every pod: from its POST until every node has said that it has it
  block    one for 1,000 pods: until the POST is answered
  set      one for a pod on each of ten nodes: from its POST until these nodes have it
  churn    pods come, go and change: from each event until the pod's node has what follows from it
  turns    the last again, turn and turn about without and with nodes that take connections and answer nothing
  hung     the set again, while these hang

In the end every node must hold exactly what an independent plan of the load program gives, those that hung too, and a node that was left
behind is a failure whatever the times are. Prints each figure beside its bar; the exit code is 1 when one is missed. All is on this
machine: what the load program takes of its processors is printed beside what the manager takes. --short is small and asks for
correctness only.

With `--api-server real` the pods (10,000 then), those of the decision makers too, are objects of a real API server, which the
manager follows (real_cluster.py); the decision makers themselves stay those of the load program, and so does the plan. A change of
a pod counts from when its request was sent to that server. --short is simulated.
"""

import argparse
import contextlib
import http.client
import json
import os
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
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
        self.lock = threading.Lock()  # from a question to its answer
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
        with self.lock:
            self.process.stdin.write(" ".join(str(word) for word in words) + "\n")
            self.process.stdin.flush()
            return self._answer()

    def stop(self):
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


class SimulatedCluster:
    """The API server that is the load program; real_cluster.py has another one."""

    def __init__(self, load):
        self.load = load

    def start(self):
        pass

    def stop(self):
        pass

    def kubeconfig(self, folder):
        file = os.path.join(folder, "kubeconfig")
        with open(file, "w", encoding="utf-8") as output:
            json.dump({"apiVersion": "v1", "kind": "Config", "current-context": "load",
                       "clusters": [{"name": "load", "cluster": {"server": f"http://127.0.0.1:{self.load.api_port}"}}],
                       "users": [{"name": "nobody", "user": {}}],
                       "contexts": [{"name": "load", "context": {"cluster": "load", "user": "nobody"}}]}, output)
        return file

    def processes(self):
        return {}

    def list_began(self):
        return self.load.ask("figures")["list_began"]

    def churn(self, per_second, seconds):
        self.load.ask("churn", per_second, seconds)
        return per_second


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

    def pod_lists(self):
        """How often the manager has listed them, as it says itself."""
        kinds = self._request("GET", "/api/v1/status")["data"]["workloads"]["kinds"]
        return next(kind["lists"] for kind in kinds if kind["resource"] == "pods")

    def delete(self, told):
        self._request("DELETE", f"/api/v1/strategies/{told[0]}")
        self.load.ask("forget", told[0])


class Run:
    """One manager and one load program; `failures` are what no time excuses."""

    def __init__(self, arguments, folder):
        self.arguments, self.folder = arguments, folder
        self.is_real = arguments.api_server == "real"
        self.strategies = Strategies()
        self.failures = []
        self.used = []  # (phase, seconds, CPU seconds of each of the processes, the manager's VmRSS)
        self.load = self.manager = self.cluster = self.began = None
        self.processes = {}  # process ids by name

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
        if self.is_real:
            from real_cluster import RealCluster  # not at the top: what it needs is there with real servers only
            self.cluster = RealCluster(self.load)
        else:
            self.cluster = SimulatedCluster(self.load)
        self.cluster.start()
        self.load.ask("expect")

    def start(self):
        kubeconfig = self.cluster.kubeconfig(self.folder)
        with open(os.path.join(self.folder, "key.pub"), encoding="utf-8") as file:
            public_key = file.read()
        self.began = time.monotonic()
        self.manager = start_manager(self.arguments.binary, self.folder, {
            "MANAGER_K8S_KUBE_CONFIG_PATH": kubeconfig, "MANAGER_KEY_DM_PUBLIC_KEY_PEM": public_key})
        self.processes = {"manager": self.manager.pid, "load": self.load.pid, **self.cluster.processes(), "this": os.getpid()}

    def stop(self):
        """All of them, whatever one of them does."""
        with contextlib.ExitStack() as stack:
            for part in (self.cluster, self.load, self.manager):
                if part is not None:
                    stack.callback(part.stop)

    def phase(self, name, work):
        """What `work` returns; what it used is remembered."""
        before = self._used()
        result = work()
        self.used.append((name, *(end - begin for begin, end in zip(before, self._used())), memory_mib(self.manager.pid)))
        return result

    def _used(self):
        return time.monotonic(), *(cpu_seconds(pid) for pid in self.processes.values())

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
        since_list = figures["last_taken"] - self.cluster.list_began()
        since_start = figures["last_taken"] - self.began
        print(f"  cold: all nodes in step {since_start:.2f} s after the manager's start, {since_list:.2f} s after its list of pods "
              f"began; {figures['sets']} sets and {figures['differences']} differences, {figures['bytes'] / 1e6:.1f} MB; "
              f"refused {figures['refused']}", flush=True)
        return since_start if self.is_real else since_list

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

    def churn(self, seconds):
        rate = self.cluster.churn(self.arguments.churn, seconds)
        figures = self.load.ask("await_churn", seconds + 30)
        answers = (f"; from the API server's answers: p50 {figures['answered_p50_ms']:.1f}, "
                   f"p99 {figures['answered_p99_ms']:.1f} ms")
        print(f"  churn: {figures['events']} events, {rate:.0f} a second, until the node has it: p50 {figures['p50_ms']:.1f}, "
              f"p99 {figures['p99_ms']:.1f}, most {figures['max_ms']:.1f} ms{answers if self.is_real else ''}", flush=True)
        if figures["open"]:
            self.failures.append(f"churn: {figures['open']} events never came to their nodes")
        return figures

    def turns(self):
        """How much later events come to their nodes, in p99, while others hang: turn and turn about, as phases that are minutes
        apart differ by more than that by themselves."""
        times = {0: [], self.arguments.hung: []}
        for _ in range(self.arguments.turns):
            for hung, p99 in times.items():
                self.load.ask("hang", hung)
                self.in_step(f"before a turn with {hung} hung nodes")
                p99.append(self.churn(self.arguments.turn_seconds)["p99_ms"])
        without, with_hung = (statistics.median(p99) for p99 in times.values())
        print(f"  turns: p99 {without:.1f} ms, with {self.arguments.hung} hung nodes {with_hung:.1f} ms", flush=True)
        return with_hung / without

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
        churn = self.phase("churn", lambda: self.churn(self.arguments.churn_seconds))
        self.in_step("after the churn")
        hung_ratio = self.phase("turns", self.turns)
        self.strategies.connect(self.manager, self.load)  # again: the server closes connections that were idle so long
        hung_sets = self.phase("set, hung", self.sets)
        self.in_step("with hung nodes")
        self.load.ask("hang", 0)
        figures = self.phase("together", lambda: self.in_step("after nodes hung"))
        lists = self.strategies.pod_lists() if self.is_real else figures["pod_lists"]
        if lists != 1:
            self.failures.append(f"pods were listed {lists} times")
        peak = memory_mib(self.manager.pid, "VmHWM")
        print(f"  one strategy for all: POST {everything[0]:.1f} ms; for 1,000 pods: POST p50 {percentile(blocks, 0.5):.1f} ms; on ten "
              f"nodes: p50 {percentile(sets, 0.5):.1f} ms, with hung nodes {percentile(hung_sets, 0.5):.1f} ms, "
              f"p99 {percentile(hung_sets, 0.99):.1f} ms\n  peak after cold {peak_cold:.0f} MiB\n")
        return [(f"cold, {'start' if self.is_real else 'list'} to all nodes", cold, "s", 10, False),
                ("one strategy to all nodes", everything[1] / 1000, "s", 5, False),
                ("POST for 1,000 pods, p99", percentile(blocks, 0.99), "ms", 20, False),
                ("POST to acks of ten nodes, p99", percentile(sets, 0.99), "ms", 100, False),
                ("pod event to its node, p99", churn["p99_ms"], "ms", 1000, False),
                (f"the same, {self.arguments.hung} nodes hang", hung_ratio, "times", 1.2, False),
                ("peak memory of the manager", peak, "MiB", 512, False)]

    def print_used(self):
        """CPU is in seconds; `this` is the program that you read."""
        names = [f"CPU, {name}" for name in self.processes]
        print(f"  {'phase':<14} {'seconds':>8}", *(f"{name:>{len(name) + 1}}" for name in names), f"{'manager, MiB':>13}")
        for phase, seconds, *used, memory in self.used:
            columns = [f"{value:>{len(name) + 1}.2f}" for name, value in zip(names, used)]
            print(f"  {phase:<14} {seconds:>8.2f}", *columns, f"{memory:>13.0f}")
        print()


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("binary", nargs="?", default=os.environ.get("GTHULHU_BINARY", "build/release/gthulhu"))
    parser.add_argument("load", nargs="?", default="build/release/scale_load")
    parser.add_argument("--nodes", type=int, default=1000)
    parser.add_argument("--api-server", choices=("simulated", "real"), default="simulated")
    parser.add_argument("--pods", type=int, help="100,000, of a real API server 10,000")
    parser.add_argument("--strategies", type=int, default=1000, help="that are stored before; each selects pods/strategies pods (1000)")
    parser.add_argument("--hung", type=int, default=10, help="nodes that answer nothing in the last phases (10)")
    parser.add_argument("--repetitions", type=int, default=50, help="of strategies for some pods (50)")
    parser.add_argument("--churn", type=int, help="pods a second: 200, of a real API server 100")
    parser.add_argument("--churn-seconds", type=float, default=30)
    parser.add_argument("--turns", type=int, default=4, help="of churn without and with hung nodes (4)")
    parser.add_argument("--turn-seconds", type=float, default=8)
    parser.add_argument("--settle", type=float, default=5, help="seconds after the cold start (5)")
    parser.add_argument("--pause", type=float, default=0.5, help="seconds before each strategy: reports about the last one come later (0.5)")
    parser.add_argument("--short", action="store_true", help="200 nodes, 5,000 pods, 100 strategies; correctness only")
    parser.add_argument("--report-only", action="store_true", help="a missed bar is no failure; what is wrong still is")
    arguments = parser.parse_args()
    if arguments.short and arguments.api_server == "real":
        parser.error("--short is simulated")
    # A real API server and etcd take two cores for 200 changes a second, and would be all that is measured.
    usual_pods, usual_churn = (10_000, 100) if arguments.api_server == "real" else (100_000, 200)
    arguments.pods = arguments.pods or usual_pods
    arguments.churn = arguments.churn or usual_churn
    if arguments.short:
        arguments.nodes, arguments.pods, arguments.strategies = 200, 5_000, 100
        arguments.repetitions, arguments.churn_seconds, arguments.settle, arguments.pause = 5, 3, 1, 0
        arguments.turns, arguments.turn_seconds = 1, 2
    return arguments


def main():
    arguments = parse_arguments()
    # So that nothing is left running when a time limit ends this.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by a signal"))
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
