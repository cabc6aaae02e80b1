#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What it costs a decision maker to serve its decisions to a scheduler that polls.

    decision_maker.py [BINARY] [--processes N] [--seconds S] [--rounds R]

One workload of N processes (10,000) with one intent for all of them, under the enforcer `observe`, so that only the
serving is seen. Prints how long an answer with all decisions takes at 20 requests a second, what of them goes out for
a second of the server's CPU, and what a 304 costs against static JSON. Needs root and wrk; exits 1 when a bar is missed.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "integration"))

import harness
from figures import judge, percentile
from harness import DecisionMaker, Workload, wait_for
from servers import compile_c, cpu_seconds

DECISIONS = "/api/v1/scheduling/strategies"


def requests_per_cpu_second(server, path, seconds, *fields):
    """How many a second of the server's CPU answers, with 16 connections."""
    command = ["wrk", "-t1", "-c16", f"-d{seconds}s", f"http://127.0.0.1:{server.ports['decisionmaker']}{path}"]
    for field in fields:
        command += ["-H", field]
    before = cpu_seconds(server.process.pid)
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    spent = cpu_seconds(server.process.pid) - before
    if "Socket errors" in output:
        sys.exit(f"{path} was not always answered:\n{output}")
    return int(re.search(r"(\d+) requests in", output).group(1)) / spent


def latencies(program, server, token, seconds):
    """Milliseconds of each of 20 requests a second, from when it was due."""
    request = (f"GET {DECISIONS} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n")
    output = subprocess.run([program, str(server.ports["decisionmaker"]), "paced", "50000", str(20 * seconds)],
                            input=request + "\0", check=True, capture_output=True, text=True).stdout
    return [int(line.split()[0]) / 1000 for line in output.splitlines()]


def decide_for_all(server, workload, processes):
    """One intent for the workload; returns the tag of the answer that has all of its processes."""
    first = workload.pids()[0]
    uid = next(pod["pod_uid"] for pod in server.request("GET", "/api/v1/pods/pids").body["data"]["pods"]
               if any(process["pid"] == first for process in pod["processes"]))
    server.request("POST", "/api/v1/intents", {"intents": [
        {"podID": uid, "priority": 5, "executionTime": 2_000_000, "podLabels": {"app": "many", "tier": "gold"}}]})
    wait_for(lambda: len(server.request("GET", DECISIONS).body["scheduling"]) >= processes, 60, "all decisions")
    return server.request("GET", DECISIONS).headers["ETag"]


def measure(arguments, folder):
    harness.BINARY = arguments.binary
    many = compile_c(folder, "many_processes")
    http_load = compile_c(folder, "http_load")
    server = DecisionMaker(arguments=["--allow-public-key-exchange", "--observe"])
    with server:
        workload = Workload([many, str(arguments.processes)], ["app=many"], "bench-many")
        try:
            workload.find_cgroup("bench-many")
            wait_for(lambda: len(workload.pids()) > arguments.processes, 60, "the processes")
            tag = decide_for_all(server, workload, arguments.processes)
            size = len(server.request("GET", DECISIONS).text)
            bearer = "Authorization: Bearer " + server.token
            took = latencies(http_load, server, server.token, arguments.seconds)
            rounds = {"static": [], "whole": [], "unchanged": []}
            for _ in range(arguments.rounds):
                rounds["static"].append(requests_per_cpu_second(server, "/version", arguments.seconds))
                rounds["whole"].append(requests_per_cpu_second(server, DECISIONS, arguments.seconds, bearer))
                rounds["unchanged"].append(requests_per_cpu_second(server, DECISIONS, arguments.seconds, bearer,
                                                                   "If-None-Match: " + tag))
        finally:
            workload.stop()
    rate = {name: statistics.median(figures) for name, figures in rounds.items()}
    print(f"  {arguments.processes} decisions, {size} bytes: p50 {percentile(took, 0.5):.2f}  "
          f"p99 {percentile(took, 0.99):.2f}  max {max(took):.2f} ms of {len(took)}")
    for name, figures in rounds.items():
        print(f"  {name:<10} {rate[name]:>9.0f} requests per CPU-second  ({', '.join(f'{one:.0f}' for one in figures)})")
    return [("decisions, p99", percentile(took, 0.99), "ms", 5, False),
            ("body of decisions", rate["whole"] * size / 1e6, "MB per CPU-second", 200, True),
            ("cost of a 304 / static JSON", rate["static"] / rate["unchanged"], "times", 1.2, False)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("binary", nargs="?", default="build/release/gthulhu")
    parser.add_argument("--processes", type=int, default=10_000)
    parser.add_argument("--seconds", type=int, default=5, help="of each load (5)")
    parser.add_argument("--rounds", type=int, default=3, help="of the loads in turn; the median counts (3)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gthulhu-bench-") as folder:
        return judge(measure(arguments, folder))


if __name__ == "__main__":
    sys.exit(main())
