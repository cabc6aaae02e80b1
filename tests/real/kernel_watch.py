# SPDX-License-Identifier: Apache-2.0
"""kernel_watch.py OUT ROOT...   writes down what the kernel has for each process of pods, and when.

Knows nothing of gthulhu and asks nobody: it reads the cpu hierarchy below each ROOT (a node's own cgroup), /proc/PID/stat and
sched_getattr(2), every 20 ms, until standard input ends. OUT gets one line of JSON for everything that is new since the look
before, with the look's beginning and end in seconds since boot, as the starts of processes are."""

import json
import os
import select
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "integration"))

from kernel_state import get_attr  # noqa: E402

PAUSE = 0.02
TICKS = os.sysconf("SC_CLK_TCK")


def now():
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def folders(path):
    try:
        with os.scandir(path) as entries:
            return [entry.path for entry in entries if entry.is_dir()]
    except OSError:
        return []


def read(path):
    try:
        with open(path, "rb", buffering=0) as file:
            return file.read(65536).decode(errors="replace")
    except OSError:
        return ""


def pods_below(root):
    """The cgroups of pods, of every class, with the UID that is in their names."""
    for place in (f"{root}/kubepods", f"{root}/kubepods/burstable", f"{root}/kubepods/besteffort"):
        for path in folders(place):
            name = os.path.basename(path)
            if name.startswith("pod"):
                yield name[3:], path


def process(pid):
    """Key and state of a process that is not over."""
    stat = read(f"/proc/{pid}/stat")
    if not stat:
        return None
    fields = stat[stat.rindex(")") + 2:].split()
    if fields[0] in "ZX":
        return None
    try:
        slice_ns = get_attr(int(pid)).runtime
    except OSError:
        return None
    return f"{pid}@{fields[19]}", [stat[stat.index("(") + 1:stat.rindex(")")], int(fields[16]), slice_ns]


def look(roots):
    """All processes as {key: [pod, container, command, nice, slice]}, all weights as {cgroup: [pod, container or "", weight]}."""
    processes, weights = {}, {}
    for root in roots:
        for uid, pod in pods_below(root):
            weights[pod] = [uid, "", read(f"{pod}/cpu.shares").strip()]
            for container in folders(pod):
                name = os.path.basename(container)
                weights[container] = [uid, name, read(f"{container}/cpu.shares").strip()]
                for pid in read(f"{container}/cgroup.procs").split():
                    if found := process(pid):
                        processes[found[0]] = [uid, name, *found[1]]
    return processes, {path: each for path, each in weights.items() if each[2]}


def changes(before, after):
    """What is in `after` and was not so before; None for what has gone."""
    new = {key: value for key, value in after.items() if before.get(key) != value}
    return {**new, **dict.fromkeys(before.keys() - after.keys())}


def main():
    out, roots = sys.argv[1], sys.argv[2:]
    processes, weights = {}, {}
    os.setpriority(os.PRIO_PROCESS, 0, -20)  # what others do with the CPUs must not look like lateness of what is watched
    with open(out, "w", encoding="utf-8") as file:
        while True:
            begin = now()
            new_processes, new_weights = look(roots)
            line = {"begin": begin, "end": now(), "processes": changes(processes, new_processes),
                    "weights": changes(weights, new_weights)}
            file.write(json.dumps(line) + "\n")
            file.flush()
            processes, weights = new_processes, new_weights
            if select.select([sys.stdin], [], [], max(0, begin + PAUSE - now()))[0]:
                return


if __name__ == "__main__":
    main()
