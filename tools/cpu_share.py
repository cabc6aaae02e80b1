#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How much CPU time two workloads of `gthulhu run` got, compared: cpu_share.py NAME NAME [SECONDS]

Reads user and system time of their processes from /proc before and after SECONDS (10).
Finds the workloads by the name that `gthulhu run --name` gave them, an extended attribute of their cgroup.
"""

import os
import sys
import time


def cgroups():
    """The directories of the cgroups that `gthulhu run` made, by name."""
    found = {}
    with open("/proc/self/mountinfo", encoding="utf-8") as mounts:
        roots = [line.split()[4] for line in mounts if " - cgroup" in line]
    for root in roots:
        for folder, _, _ in os.walk(root):
            try:
                found[os.getxattr(folder, "trusted.gthulhu.name").decode()] = folder
            except OSError:
                pass
    return found


def cpu_seconds(folder):
    """Of all processes that are in the cgroup now."""
    ticks = 0
    with open(os.path.join(folder, "cgroup.procs"), encoding="utf-8") as pids:
        for pid in pids.read().split():
            try:
                with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
                    fields = stat.read().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    names = sys.argv[1:3]
    seconds = float(sys.argv[3]) if len(sys.argv) == 4 else 10
    folders = cgroups()
    for name in names:
        if name not in folders:
            sys.exit(f"no workload is called {name}; there are: {', '.join(sorted(folders)) or 'none'}")
    before = [cpu_seconds(folders[name]) for name in names]
    time.sleep(seconds)
    used = [cpu_seconds(folders[name]) - start for name, start in zip(names, before)]
    print(f"{names[0]} {used[0]:.2f} s, {names[1]} {used[1]:.2f} s in {seconds:.0f} s: "
          f"{used[0] / max(used[1], 0.01):.2f} : 1")


if __name__ == "__main__":
    main()
