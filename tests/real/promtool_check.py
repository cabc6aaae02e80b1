#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""promtool_check.py PROGRAM: /metrics of both servers against `promtool check metrics` of the Prometheus project.

promtool is built out of its Go module into build/promtool, which takes minutes the first time and Go 1.26.7; an older Go
gets that one by itself. It refuses what it cannot parse; what it has to say of names is shown, and must be about names
that are the Go system's (contract 6.5 and 6.6)."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "integration"))

from metrics_ground import with_all_families

VERSION = "v0.316.0"
PACKAGE = "github.com/prometheus/prometheus/cmd/promtool"
# With these names, and their units, the Go system's dashboards ask for them.
GO_SYSTEMS = {"gthulhu_pod_cpu_time_nanoseconds_total", "gthulhu_pod_wait_time_nanoseconds_total", "gthulhu_pod_process_count"}


def promtool():
    folder = HERE.parent.parent / "build/promtool"
    program = folder / "promtool"
    if not program.exists():
        go = subprocess.run([HERE.parent / "peers/kube/find_go.sh"], capture_output=True, text=True, check=True).stdout.strip()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "go.mod").write_text("module example.org/promtool\n", encoding="utf-8")
        for command in (["get", f"{PACKAGE}@{VERSION}"], ["build", "-o", str(program), PACKAGE]):
            subprocess.run([go, *command], cwd=folder, check=True)
    return program


def check(program, name, text):
    """What promtool says of it, line by line. 0 is no word, 3 are words about names and units, all else is a refusal."""
    found = subprocess.run([program, "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    words = [line for line in (found.stdout + found.stderr).splitlines() if line.strip()]
    if found.returncode not in (0, 3):
        sys.exit(f"{name}: refused with {found.returncode}: {words}")
    others = [line for line in words if line.split()[0] not in GO_SYSTEMS]
    if others:
        sys.exit(f"{name}: {others}")
    print(f"{name}: {len(text.splitlines())} lines accepted")
    for line in words:
        print("  of the Go system's names: " + line)


def main():
    program = promtool()
    wrong = subprocess.run([program, "check", "metrics"], input="a{b=} 1\n", capture_output=True, text=True, check=False)
    if wrong.returncode in (0, 3):
        sys.exit("promtool takes what is no metric")
    with with_all_families(sys.argv[1]) as server:
        for name in ("manager", "decisionmaker"):
            check(program, name, server.request("GET", "/metrics", server=name).text)


if __name__ == "__main__":
    main()
