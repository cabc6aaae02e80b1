#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What an idle `gthulhu standalone` costs: footprint.py [BINARY]   (build/release/gthulhu)

Prints how soon after exec /health answers (first start with key generation, and later starts), resident memory, and CPU time while
nothing happens. Each beside its bar; the exit code is 1 when one is missed. Runs for about a minute.
"""

import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

IDLE_SECONDS = 30
LATER_STARTS = 10


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(binary, folder):
    ports = free_port(), free_port()
    begin = time.monotonic()
    process = subprocess.Popen(
        [binary, "standalone", "--data-dir", folder + "/state", "--admin-password-file", folder + "/password",
         "--manager-listen", f"127.0.0.1:{ports[0]}", "--decisionmaker-listen", f"127.0.0.1:{ports[1]}"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while True:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", ports[0], timeout=1)
            connection.request("GET", "/health")
            if connection.getresponse().status == 200:
                return process, (time.monotonic() - begin) * 1000
        except OSError:
            if process.poll() is not None:
                sys.exit(f"{binary} ended with {process.returncode}")
            time.sleep(0.001)


def stop(process):
    process.send_signal(signal.SIGTERM)
    process.wait(20)


def resident_kib(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))


def cpu_seconds(pid):
    with open(f"/proc/{pid}/schedstat", encoding="utf-8") as file:
        main_thread = int(file.read().split()[0])
    total = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/schedstat", encoding="utf-8") as file:
            total += int(file.read().split()[0])
    return max(total, main_thread) / 1e9


def main():
    binary = sys.argv[1] if len(sys.argv) > 1 else "build/release/gthulhu"
    with tempfile.TemporaryDirectory() as folder:
        with open(folder + "/password", "w", encoding="utf-8") as file:
            file.write("correct horse battery\n")
        process, first = start(binary, folder)
        stop(process)
        later = []
        for _ in range(LATER_STARTS):
            process, milliseconds = start(binary, folder)
            later.append(milliseconds)
            stop(process)
        process, _ = start(binary, folder)
        time.sleep(2)
        before = cpu_seconds(process.pid)
        time.sleep(IDLE_SECONDS)
        idle = (cpu_seconds(process.pid) - before) / IDLE_SECONDS * 100
        resident = resident_kib(process.pid) / 1024
        stop(process)
    later.sort()
    rows = [("first /health after exec", first, 2000, "ms"),
            (f"later /health after exec, median of {LATER_STARTS}", later[len(later) // 2], 100, "ms"),
            ("resident memory, idle", resident, 20, "MiB"),
            (f"CPU, idle for {IDLE_SECONDS} s", idle, 0.2, "%")]
    print(f"kernel {os.uname().release}")
    for what, value, bar, unit in rows:
        print(f"{what:45} {value:8.2f} {unit:4} (bar {bar} {unit}){'' if value <= bar else '  MISSED'}")
    sys.exit(any(value > bar for _, value, bar, _ in rows))


if __name__ == "__main__":
    main()
