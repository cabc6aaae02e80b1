#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What our scheduler costs: each of its programs in the kernel, and the program that looks after it.

    scheduler_cost.py [BENCH] [GTHULHU]   (build/release/scheduler_bench, build/release/gthulhu)

All in guests with one CPU whose time goes by instructions, two nanoseconds each. Prints how long loading and attaching
takes; of each program the instructions that the verifier looks at and, beside pods of many kinds, how often it runs and
for how long; of an idle decision maker, with the scheduler and without, its wake-ups and its memory. Who has one CPU to
choose from is not asked about it: gthulhu_select_cpu is seen in a guest with two, which share the time, so that a part
of what the other does is in its figure. Builds nothing.
"""

import argparse
import os
import subprocess
import sys
import tempfile

from guests import Guests

IDLE_SECONDS = 60
IDLE = f"""
mkdir -p /tmp/state
DM_ENFORCER_KIND=$1 gthulhu decisionmaker --data-dir /tmp/state --listen 127.0.0.1:8080 > /tmp/log 2>&1 &
pid=$!
until grep -q listening /tmp/log; do
  kill -0 $pid || {{ cat /tmp/log; exit 1; }}
  sleep 1
done
sleep 15
switches() {{ cat /proc/$pid/task/*/status | awk '/^voluntary_ctxt/ {{ sum += $2 }} END {{ print sum }}'; }}
used() {{ cat /proc/$pid/task/*/schedstat | awk '{{ sum += $1 }} END {{ printf "%.0f\\n", sum / 1000 }}'; }}
switches_before=$(switches)
used_before=$(used)
sleep {IDLE_SECONDS}
echo "idle $(($(switches) - switches_before)) $(($(used) - used_before))" $(awk '/^VmRSS/ {{ print $2 }}' /proc/$pid/status) "$(cat /sys/kernel/sched_ext/state)"
kill $pid
wait $pid
"""


class Arguments:
    """As of scheduler.py."""

    def __init__(self, program, kernel):
        self.program, self.kernel = program, kernel
        self.deterministic, self.timeout, self.smp = True, 900, 1


def programs_of(guests, cpus):
    """Figures by name of the program, by name of the figure."""
    guests.environment["SMP"] = str(cpus)
    status, output = guests.run(["cost", "--arm", "sched_ext"])
    programs = {}
    for line in output.splitlines():
        fields = line.split("\t")
        if len(fields) != 5:
            print(f"    {line}")
        elif fields[0].startswith("cost."):
            programs.setdefault(fields[0].removeprefix("cost."), {})[fields[2]] = float(fields[3])
        elif fields[2] == "until the arm is there":
            print(f"  loaded and attached in {float(fields[3]):.0f} ms, {cpus} CPUs")
    return status, programs


def show_programs(guests):
    status, programs = programs_of(guests, 1)
    status_of_two, of_two = programs_of(guests, 2)
    total = sum(one["verified"] for one in programs.values())
    busy = sum(one["runs"] * one.get("time", 0) for one in programs.values()) / 1e7
    programs |= {name: one for name, one in of_two.items() if name == "gthulhu_select_cpu"}
    print(f"  {'program':32}{'verified':>10}{'runs/s':>10}{'ns a run':>10}")
    for name, one in sorted(programs.items(), key=lambda item: -item[1]["runs"]):
        time = f"{one['time']:.0f}" if "time" in one else "-"
        print(f"  {name:32}{one['verified']:10.0f}{one['runs']:10.0f}{time:>10}")
    print(f"  {'all, on one CPU':32}{total:10.0f}{'':10}{busy:9.1f} % of it")
    return status | status_of_two


def show_idle(guests, enforcer):
    status, output = guests.run([enforcer])
    found = [line.split() for line in output.splitlines() if line.startswith("idle ")]
    if not found:
        print(output)
        return status or 1
    wakes, used, resident, state = found[0][1:]
    print(f"  idle decision maker, enforcer {enforcer} (sched_ext {state}): {int(wakes) / IDLE_SECONDS:.1f} wake-ups a second, "
          f"{int(used) / IDLE_SECONDS / 1e4:.2f} % of the CPU, {int(resident) / 1024:.1f} MiB resident")
    return status


def measure(bench, gthulhu, kernel):
    status = 0
    with tempfile.TemporaryDirectory(prefix="gthulhu-bench-") as folder:
        guests = Guests(Arguments(bench, kernel), os.path.join(folder, "bench"))
        print(f"  kernel {guests.release}, {guests.described()}")
        status |= show_programs(guests)
        guests = Guests(Arguments(gthulhu, kernel), os.path.join(folder, "idle"))
        guests.name = "idle"
        idle = os.path.join(guests.tree, "bin", guests.name)
        with open(idle, "w", encoding="utf-8") as script:
            script.write("#!/bin/sh" + IDLE)
        os.chmod(idle, 0o755)
        for enforcer in ("cfs", "sched_ext"):
            status |= show_idle(guests, enforcer)
    return status


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("bench", nargs="?", default="build/release/scheduler_bench")
    parser.add_argument("gthulhu", nargs="?", default="build/release/gthulhu")
    parser.add_argument("--kernel", default="6.18", help="a release of Debian's, or the beginning of one (6.18)")
    arguments = parser.parse_args()
    for program in (arguments.bench, arguments.gthulhu):
        if not os.access(program, os.X_OK):
            parser.error(f"{program} is no program: make bench-scheduler-cost builds it")
    try:
        return measure(arguments.bench, arguments.gthulhu, arguments.kernel)
    except subprocess.CalledProcessError as error:
        return f"scheduler_cost.py: {' '.join(error.cmd)} failed"


if __name__ == "__main__":
    sys.exit(main())
