#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How soon a decision maker knows of processes, and what that costs it.

    discovery.py BINARY LOAD [--pods N] [--processes N] [--threads N] [--rate N] [--seconds S] [--source NAME] [--enforcer NAME]
                 [--beside BINARY]

PODS cgroups like those of pods (250) with PROCESSES processes each (8) of THREADS threads each (5), then RATE execs a
second (1,000) in them. LOAD is the program of discovery_load.cpp. Prints from a process's start until the decision for
it is served, the decision maker's CPU at that rate and idle, its memory, and beside it what one look at all of /proc
costs, as the Go agent does it every five seconds. Needs root; exits 1 when a bar is missed.

With --beside only CPU is measured, of both programs, which watch the same load at once: what else the machine does meets
both, so the ratio means something where the figures themselves come and go. Not for enforcers that write: they would fight.
"""

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "integration"))

import harness
from figures import judge
from harness import DecisionMaker, Pods, wait_for
from servers import cpu_seconds

DECISIONS = "/api/v1/scheduling/strategies"


class Load:
    def __init__(self, program, pods, options, port, token, folder):
        worker = os.path.join(folder, "pod-worker")
        shutil.copy(program, worker)
        with open(os.path.join(folder, "token"), "w", encoding="utf-8") as file:
            file.write(token + "\n")
        self.process = subprocess.Popen(
            [program, str(options.pods), str(options.processes), str(options.threads), worker, str(port), file.name],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.process.stdin.write("".join(path + "\n" for path in pods.paths()))
        self.process.stdin.flush()
        if self.process.stdout.readline() != "ready\n":
            sys.exit("the load could not be started")

    def ask(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(20)


def intents(pods):
    return {"intents": [{"podName": f"pod-{i}", "podID": uid, "nodeID": "bench", "k8sNamespace": "bench",
                         "commandRegex": "", "priority": 3, "executionTime": 2_000_000}
                        for i, uid in enumerate(pods.uids)]}


def cpu_share(server, seconds, work):
    """CPU of the server in percent of one, while `work` runs or for so many seconds."""
    before, begin = cpu_seconds(server.process.pid), time.monotonic()
    if work:
        work()
    else:
        time.sleep(seconds)
    return 100 * (cpu_seconds(server.process.pid) - before) / (time.monotonic() - begin)


def resident_mib(server):
    with open(f"/proc/{server.process.pid}/status", encoding="utf-8") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) / 1024


def compare(options):
    """CPU of two programs under the same load, in turns of ten seconds."""
    with tempfile.TemporaryDirectory() as folder, Pods(options.pods, "bench") as pods, contextlib.ExitStack() as stack:
        servers = {}
        for name, harness.BINARY in (("this", options.binary), ("beside", options.beside)):
            servers[name] = stack.enter_context(DecisionMaker(arguments=["--allow-public-key-exchange"],
                                                              environment={"DM_ENFORCER_KIND": "observe"}))
            assert servers[name].request("POST", "/api/v1/intents", intents(pods)).status == 200
        first = servers["this"]
        with Load(options.load, pods, options, first.ports["decisionmaker"], first.token, folder) as load:
            every = options.pods * options.processes
            for server in servers.values():
                wait_for(lambda server=server: len(server.request("GET", DECISIONS).body["scheduling"]) >= every, 60, "all decisions")
            time.sleep(2)
            for what, work in [("idle", lambda: time.sleep(10)),
                               *[("busy", lambda: load.ask("execs", options.rate, 10, 0))] * 4, ("idle", lambda: time.sleep(10))]:
                before = {name: cpu_seconds(server.process.pid) for name, server in servers.items()}
                begin = time.monotonic()
                work()
                took = time.monotonic() - begin
                shares = {name: 100 * (cpu_seconds(server.process.pid) - before[name]) / took for name, server in servers.items()}
                print(f"{what}: this {shares['this']:.2f} %, beside {shares['beside']:.2f} %, "
                      f"ratio {shares['this'] / max(shares['beside'], 0.01):.2f}")
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary")
    parser.add_argument("load")
    parser.add_argument("--pods", type=int, default=250)
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--threads", type=int, default=5)
    parser.add_argument("--rate", type=int, default=1000)
    parser.add_argument("--seconds", type=int, default=15)
    parser.add_argument("--source", default="auto")
    parser.add_argument("--enforcer", default="observe")
    parser.add_argument("--beside")
    options = parser.parse_args()
    harness.BINARY = options.binary
    if options.beside:
        return compare(options)

    environment = {"DM_DISCOVERY_SOURCE": options.source, "DM_ENFORCER_KIND": options.enforcer}
    with tempfile.TemporaryDirectory() as folder, Pods(options.pods, "bench") as pods, \
            DecisionMaker(arguments=["--allow-public-key-exchange"], environment=environment) as server:
        assert server.request("POST", "/api/v1/intents", intents(pods)).status == 200
        begin = time.monotonic()
        with Load(options.load, pods, options, server.ports["decisionmaker"], server.token, folder) as load:
            every = options.pods * options.processes
            wait_for(lambda: len(server.request("GET", DECISIONS).body["scheduling"]) >= every, 60, "all decisions")
            print(f"{every} processes with {every * options.threads} threads started and decided in "
                  f"{time.monotonic() - begin:.2f} s")
            time.sleep(2)
            idle = cpu_share(server, 10, None)
            delays = load.ask("execs", options.rate, options.seconds, 5)
            busy = cpu_share(server, 0, lambda: load.ask("execs", options.rate, options.seconds, 0))
            rescan = load.ask("rescan")
            memory = resident_mib(server)
            discovery = server.request("GET", "/api/v1/status").body["data"]["discovery"]
    print(f"source {discovery['source']}, enforcer {options.enforcer}: {discovery}")
    print(f"execs: {delays}")
    print(f"one look at all of /proc: {rescan}; once in every 20 ms that would be "
          f"{100 * rescan['cpu_ms'] / 20:.0f} % of a CPU")
    lacking = delays["started"] - delays["seen"]
    return judge([
        ("start to decision served, p50", delays["p50_ms"], "ms", 20, False),
        ("start to decision served, p99", delays["p99_ms"], "ms", 20, False),
        ("processes that were never served", lacking, "", 0, False),
        ("CPU at that rate", busy, "% of a CPU", 3, False),
        ("CPU idle", idle, "% of a CPU", 0.5, False),
        ("memory", memory, "MiB", 30, False),
    ])


if __name__ == "__main__":
    sys.exit(main())
