#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the kernel's scheduler knows of every task and cpu cgroup, read independently of gthulhu.

    kernel_state.py save [FILE]          JSON of now, to FILE or standard output
    kernel_state.py diff BEFORE [AFTER]  what differs (AFTER: now); exit 1 if anything does

Tasks are the same when number and start time are, cgroups when path and inode are. What is in both
must be equal. What is new must hold default values, since nobody asked for others: a task the
policy, nice and slice of the policy SCHED_OTHER, a cgroup the default weight. Kernel threads, which
choose their own values, and real-time tasks are compared but not judged when they are new. What is
gone is no difference; nor is a new task that has what another of its session had before, as those
of a job that somebody else started niced. Needs root, Linux 3.14+ and nothing but Python 3.8.
"""

import argparse
import ctypes
import json
import os
import platform
import sys
import threading

# asm/unistd.h: x86_64, and the generic table of the others.
SYS_SCHED_SETATTR, SYS_SCHED_GETATTR = {"x86_64": (314, 315)}.get(platform.machine(), (274, 275))
POLICIES = {0: "other", 1: "fifo", 2: "rr", 3: "batch", 5: "idle", 6: "deadline", 7: "ext"}
FAIR = {"other", "batch", "idle", "ext"}
PF_KTHREAD = 0x00200000
CGROUP_ROOTS = ("/sys/fs/cgroup",)
WEIGHT_FILES = ("cpu.weight", "cpu.shares", "cpu.idle")
DEFAULTS = {"cpu.weight": 100, "cpu.shares": 1024, "cpu.idle": 0}


class SchedAttr(ctypes.Structure):
    """struct sched_attr of include/uapi/linux/sched/types.h, first version."""

    _fields_ = [
        ("size", ctypes.c_uint32),
        ("policy", ctypes.c_uint32),
        ("flags", ctypes.c_uint64),
        ("nice", ctypes.c_int32),
        ("priority", ctypes.c_uint32),
        ("runtime", ctypes.c_uint64),
        ("deadline", ctypes.c_uint64),
        ("period", ctypes.c_uint64),
    ]


LIBC = ctypes.CDLL(None, use_errno=True)


def get_attr(tid):
    attr = SchedAttr()
    if LIBC.syscall(SYS_SCHED_GETATTR, tid, ctypes.byref(attr), ctypes.sizeof(attr), 0) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return attr


def default_slice():
    """Of a thread of our own that asks for the default: a fresh one inherits its maker's."""
    found = []

    def ask():
        attr = SchedAttr(size=ctypes.sizeof(SchedAttr), nice=get_attr(0).nice)
        LIBC.syscall(SYS_SCHED_SETATTR, 0, ctypes.byref(attr), 0)
        found.append(get_attr(0).runtime)

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    return found[0]


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read().decode(errors="replace")
    except OSError:
        return None


def task_state(pid, tid, own_default):
    stat = read(f"/proc/{pid}/task/{tid}/stat")
    if stat is None:
        return None
    command = stat[stat.index("(") + 1 : stat.rindex(")")]
    fields = stat[stat.rindex(")") + 2 :].split()
    if fields[0] in "ZX":  # ended, and kept for its parent: it runs no more
        return None
    try:
        attr = get_attr(tid)
    except OSError:
        return None
    policy = POLICIES.get(attr.policy, str(attr.policy))
    slice_ns = attr.runtime if policy in FAIR else 0
    return {
        "process": pid,
        "session": int(fields[3]),  # field 6
        "start": int(fields[19]),  # field 22
        "command": command,
        "kernel": bool(int(fields[6]) & PF_KTHREAD),  # field 9
        "policy": policy,
        "nice": attr.nice,
        "slice": 0 if slice_ns == own_default else slice_ns,  # 0: the kernel's default
        "reset_on_fork": bool(attr.flags & 1),
    }


def numbers(path):
    try:
        return [int(name) for name in os.listdir(path) if name.isdigit()]
    except OSError:
        return []


def tasks():
    own_default = default_slice()
    found = {}
    for pid in numbers("/proc"):
        for tid in numbers(f"/proc/{pid}/task"):
            state = task_state(pid, tid, own_default)
            if state:
                found[f"{tid}@{state['start']}"] = state
    return found


def cgroups():
    found = {}
    for root in CGROUP_ROOTS:
        for directory, _, files in os.walk(root):
            values = {}
            for name in WEIGHT_FILES:
                text = read(os.path.join(directory, name)) if name in files else None
                if text is not None and text.strip().isdigit():
                    values[name] = int(text)
            if values:
                try:
                    found[f"{directory}@{os.stat(directory).st_ino}"] = values
                except OSError:
                    pass  # removed meanwhile
    return found


def state():
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        boot = file.read().strip()
    return {"boot": boot, "tasks": tasks(), "cgroups": cgroups()}


def task_differences(before, after):
    watched = ("policy", "nice", "slice", "reset_on_fork")

    def own(task):
        return task["session"], task["policy"], task["nice"], task["slice"]

    known = {own(task) for task in before.values()}
    for key, now in after.items():
        then = before.get(key)
        if then is not None:
            changed = [
                f"{name} {then[name]} -> {now[name]}" for name in watched if then[name] != now[name]
            ]
            if changed:
                yield f"task {key} ({now['command']}): {', '.join(changed)}"
        elif not now["kernel"] and now["policy"] in FAIR and own(now) not in known:
            if (now["policy"], now["nice"], now["slice"]) != ("other", 0, 0):
                yield (
                    f"new task {key} ({now['command']}): policy {now['policy']}, "
                    f"nice {now['nice']}, slice {now['slice']}"
                )


def cgroup_differences(before, after):
    for key, now in after.items():
        then = before.get(key, DEFAULTS)
        kind = "cgroup" if key in before else "new cgroup"
        for name, value in now.items():
            if name in then and then[name] != value:
                yield f"{kind} {key}: {name} {then[name]} -> {value}"


def differences(before, after):
    if before["boot"] != after["boot"]:
        yield "the two states are of different boots"
        return
    yield from task_differences(before["tasks"], after["tasks"])
    yield from cgroup_differences(before["cgroups"], after["cgroups"])


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    save = commands.add_parser("save", help="write the present state as JSON")
    save.add_argument("file", nargs="?")
    diff = commands.add_parser("diff", help="list what differs; exit 1 if anything does")
    diff.add_argument("before")
    diff.add_argument("after", nargs="?")
    chosen = parser.parse_args(arguments)

    if chosen.command == "save":
        text = json.dumps(state(), indent=1, sort_keys=True)
        if chosen.file:
            with open(chosen.file, "w", encoding="utf-8") as file:
                file.write(text + "\n")
        else:
            print(text)
        return 0
    after = load(chosen.after) if chosen.after else state()
    lines = list(differences(load(chosen.before), after))
    for line in lines:
        print(line)
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
