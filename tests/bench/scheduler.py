#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What ways to favour pods do to them and to others, each in guests of its own.

    scheduler.py [PROGRAM] [--arms stock,cfs] [--loads wake,shares] [--rounds R] [--deterministic] [-- OPTION...]

Boots a guest for each arm in turn, R times over, and runs scheduler_bench there with the OPTIONs (its usage names
them). Prints the median of the rounds of each figure and, in brackets, what it is of that in the arm `stock` without
rules, and of that in the same arm without rules where there is one; of percentages by how many points they differ. Says how much of the machine others used
meanwhile: under emulation their load is in every figure. Builds nothing.
"""

import argparse
import collections
import os
import statistics
import subprocess
import sys
import tempfile

from guests import Guests
from host_load import HostLoad

OTHERS_MOST = 0.1  # CPUs that others may use before a run counts as disturbed


def split_load(load):
    """'wake.pods.rule' -> 'wake.pods', 'rule'; without such an end the variant is empty."""
    base, _, variant = load.rpartition(".")
    return (base, variant) if variant in ("none", "rule") else (load, "")


class Table:
    """All figures of all rounds."""

    def __init__(self):
        self.values = collections.defaultdict(list)  # by load, figure, arm, variant
        self.units = {}

    def add(self, line):
        """One line of scheduler_bench; says whether it is one."""
        fields = line.split("\t")
        if len(fields) != 5:
            return False
        load, arm, figure, value, unit = fields
        base, variant = split_load(load)
        self.values[base, figure, arm, variant].append(value)
        self.units[base, figure] = unit
        return True

    def median(self, *key):
        """A number, the texts where they are none, or nothing."""
        values = self.values.get(key)
        if values is None:
            return None
        try:
            return statistics.median(float(value) for value in values)
        except ValueError:
            return "/".join(sorted(set(values)))

    def cell(self, base, figure, arm, variant):
        value = self.median(base, figure, arm, variant)
        if not isinstance(value, float):
            return value or "-"
        others = [] if (arm, variant) in (("stock", "none"), ("stock", "")) else [("stock", "none"), ("stock", "")]
        compare = difference if self.units[base, figure] == "%" else ratio
        ratios = [compare(value, self.median(base, figure, *other)) for other in others]
        if variant == "rule":
            own = compare(value, self.median(base, figure, arm, "none"))
            ratios.append(f"own {own}" if own else None)
        ratios = [one for one in ratios if one]
        return f"{value:.5g}" + (f" ({', '.join(ratios)})" if ratios else "")

    def show(self):
        for base in dict.fromkeys(key[0] for key in self.values):
            rows = list(dict.fromkeys(key[1] for key in self.values if key[0] == base))
            columns = list(dict.fromkeys(key[2:] for key in self.values if key[0] == base))
            cells = [[base] + [" ".join(column).strip() for column in columns]]
            for figure in rows:
                name = f"{figure}, {self.units[base, figure]}".rstrip(", ")
                cells.append([name] + [self.cell(base, figure, *column) for column in columns])
            widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))]
            print()
            for row in cells:
                print("  " + row[0].ljust(widths[0]) + "".join(
                    "  " + text.rjust(width) for text, width in zip(row[1:], widths[1:])))


def ratio(value, base):
    return f"{value / base:.3g} x" if isinstance(base, float) and base != 0 else None


def difference(value, base):
    return f"{value - base:+.2f}" if isinstance(base, float) else None


def measure(arguments, options):
    table = Table()
    failures = disturbed = 0
    with tempfile.TemporaryDirectory(prefix="gthulhu-bench-") as folder:
        guests = Guests(arguments, folder)
        print(f"  kernel {guests.release}, {guests.described()}, arms in turn, {arguments.rounds} rounds")
        for number in range(1, arguments.rounds + 1):
            for arm in arguments.arms.split(","):
                load = HostLoad()
                status, output = guests.run([arguments.loads, "--arm", arm, *options])
                spent = load.end()
                disturbed += spent.others > OTHERS_MOST
                print(f"  round {number}, {arm}: {spent}" + (f", exit status {status}" if status else ""), flush=True)
                failures += status != 0
                for line in output.splitlines():
                    if not table.add(line):
                        print(f"    {line}")
                if arguments.raw:
                    with open(arguments.raw, "a", encoding="utf-8") as raw:
                        raw.writelines(f"{number}\t{spent.others:.2f}\t{line}\n" for line in output.splitlines()
                                       if line.count("\t") == 4)
    table.show()
    if disturbed and not arguments.deterministic:
        print(f"\n  Others used more than {OTHERS_MOST} CPUs in {disturbed} runs: their load is in these figures.")
    return 1 if failures else 0


def main():
    own, options = sys.argv[1:], []
    if "--" in own:
        own, options = own[: own.index("--")], own[own.index("--") + 1:]
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("program", nargs="?", default="build/release/scheduler_bench")
    parser.add_argument("--arms", default="stock,weighted,cfs", help="the first is run first in each round")
    parser.add_argument("--loads", default="wake", help="of scheduler_bench, or all (wake)")
    parser.add_argument("--rounds", type=int, default=3, help="the median of them counts (3)")
    parser.add_argument("--kernel", default="6.18", help="a release of Debian's, or the beginning of one (6.18)")
    parser.add_argument("--smp", type=int, default=2, help="CPUs of a guest (2)")
    parser.add_argument("--deterministic", action="store_true",
                        help="one CPU whose time is instructions, so that other load of the machine cannot be "
                        "seen; rounds still differ, for QEMU's devices are threads of their own")
    parser.add_argument("--timeout", type=int, help="seconds of one guest (1200; deterministic: 6000)")
    parser.add_argument("--raw", help="a file to which every figure is added: round, CPUs of others, and the line")
    arguments = parser.parse_args(own)
    if not os.access(arguments.program, os.X_OK):
        parser.error(f"{arguments.program} is no program: make bench-scheduler builds it")
    try:
        return measure(arguments, options)
    except subprocess.CalledProcessError as error:
        return f"scheduler.py: {' '.join(error.cmd)} failed"


if __name__ == "__main__":
    sys.exit(main())
