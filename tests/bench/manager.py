#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the manager's HTTP server does with a second of CPU: manager.py [--seconds S] [--rounds R] [BINARY]

Everything runs on this machine in one go, in turns: a hello-world server of Go's net/http (compiled here; Go is needed for this
comparison and for nothing else), the least that any server can do (yardsticks/least_server.c), and the manager's answers, all under the
same load of wrk. A server's CPU time is utime and stime of its process, so that what the load itself costs does not count. Prints each
figure beside its bar; the exit code is 1 when one is missed.

With one request at a time the kernel's recv and send are most of the work, and no program is free of them; what the least server does
says how much. What the program itself costs shows when clients send 16 requests at a time.
"""

import argparse
import os
import re
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile

from figures import judge
from servers import (YARDSTICKS, cpu_seconds, login, make_strategies, memory_mib, request, start_go, start_least,
                     start_manager)

IDLE_CONNECTIONS = 10_000
CONNECTIONS = 64


def load(server, path, seconds, token=None, pipelined=False):
    """Requests per CPU-second of the server."""
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", f"http://127.0.0.1:{server.port}{path}"]
    if token:
        command += ["-H", "Authorization: Bearer " + token]
    if pipelined:
        command += ["-s", os.path.join(YARDSTICKS, "pipeline.lua")]
    before = cpu_seconds(server.pid)
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    spent = cpu_seconds(server.pid) - before
    if "Non-2xx" in output or "Socket errors" in output:
        sys.exit(f"{path} was not always answered:\n{output}")
    return int(re.search(r"(\d+) requests in", output).group(1)) / spent


def idle_memory(server):
    """MiB of the process with so many connections, each of which had one answer and waits."""
    connections = []
    try:
        for _ in range(IDLE_CONNECTIONS):
            connection = socket.create_connection(("127.0.0.1", server.port), timeout=10)
            connection.sendall(b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n")
            connections.append(connection)
        for connection in connections:
            if not connection.recv(65536).startswith(b"HTTP/1.1 200"):
                sys.exit("an idle connection was not served")
        return memory_mib(server.pid)
    finally:
        for connection in connections:
            connection.close()


def measure(arguments, folder):
    """(name, figure, unit, bar, whether the bar is the least or the most)"""
    servers = go, least, manager = start_go(folder), start_least(folder), start_manager(arguments.binary, folder)
    try:
        token = login(manager)
        make_strategies(manager, token)
        own = "/api/v1/strategies/self"
        size = len(request(manager, "GET", own, token=token))
        loads = {"least server": (least, "/"), "Go net/http": (go, "/hello"), "/version": (manager, "/version"),
                 "Go net/http, pipelined": (go, "/hello", None, True), "/version, pipelined": (manager, "/version", None, True),
                 "users/self": (manager, "/api/v1/users/self", token), "strategies/self": (manager, own, token)}
        rounds = {name: [] for name in loads}
        for _ in range(arguments.rounds):
            for name, (server, path, *more) in loads.items():
                rounds[name].append(load(server, path, arguments.seconds, *more))
        rate = {name: statistics.median(figures) for name, figures in rounds.items()}
        for name, figures in rounds.items():
            print(f"  {name:<24} {rate[name]:>9.0f} requests per CPU-second  ({', '.join(f'{figure:.0f}' for figure in figures)})")
        print(f"\n  static JSON / Go net/http, one request at a time: {rate['/version'] / rate['Go net/http']:.2f} "
              f"(the least server: {rate['least server'] / rate['Go net/http']:.2f}); strategies/self has {size} bytes\n")
        return [
            ("static JSON / Go", rate["/version"] / rate["Go net/http"], "times", 2.5, True),
            ("static JSON / Go, pipelined", rate["/version, pipelined"] / rate["Go net/http, pipelined"], "times", 2.5, True),
            ("static JSON / least server", rate["/version"] / rate["least server"], "times", 0.65, True),
            ("users/self / static JSON", rate["users/self"] / rate["/version"], "times", 0.5, True),
            ("body of strategies/self", rate["strategies/self"] * size / 1e6, "MB per CPU-second", 300, True),
            (f"memory, {IDLE_CONNECTIONS} idle connections", idle_memory(manager), "MiB", 100, False)]
    finally:
        for server in servers:
            server.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("binary", nargs="?", default="build/release/gthulhu")
    parser.add_argument("--seconds", type=int, default=5, help="of each load (5)")
    parser.add_argument("--rounds", type=int, default=3, help="of all loads in turn; the median counts (3)")
    arguments = parser.parse_args()
    for program in ("wrk", "go", "clang-19"):
        if shutil.which(program) is None:
            sys.exit(f"{program} is missing: apt-get install {'golang-go' if program == 'go' else program}")
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with tempfile.TemporaryDirectory(prefix="gthulhu-bench-") as folder:
        figures = measure(arguments, folder)
    return judge(figures)


if __name__ == "__main__":
    sys.exit(main())
