# SPDX-License-Identifier: Apache-2.0
"""first_exec_watch.py OUT NODE=FOLDER...   writes down when programs are executed in pods, and when nodes have intents for them.

Asks nobody. The kernel says by itself, to whoever has opened a perf event for it, when a process executes a program, with its
own time; the process's cgroup then says whose it is. A decision maker keeps its intents in FOLDER: it writes a file, renames it
to intents.json and brings the folder to the disk, and only then goes by them. So they count from the moment on at which this
program has seen the folder closed after that: never earlier than they are obeyed, mostly a moment later.

OUT gets one line of JSON for each, with seconds since boot, until standard input ends."""

import ctypes
import json
import mmap
import os
import platform
import select
import struct
import sys
import time
from pathlib import Path

from kernel_record import ON_THE_WAY
from kernel_watch import now, read
from kube_node import POD_CGROUP

LIBC = ctypes.CDLL(None, use_errno=True)

# include/uapi/linux/perf_event.h
SYS_PERF_EVENT_OPEN = {"x86_64": 298}.get(platform.machine(), 241)
SOFTWARE, DUMMY = 1, 9  # an event that never happens, for the records that come beside it
WITH_PROCESS_AND_TIME = 1 << 1 | 1 << 2
COMMANDS, WATERMARK, IN_ALL_RECORDS, EXECUTED, OWN_CLOCK = 1 << 9, 1 << 14, 1 << 18, 1 << 24, 1 << 25
RECORD_LOST, RECORD_COMMAND, IS_EXECUTED = 2, 3, 1 << 13
ATTRIBUTE_SIZE = 112
PAGES = 64
HEAD = 1024  # where the page before the records has how far the kernel is; behind it stands how far the reader is

# include/uapi/linux/inotify.h
CLOSED_UNWRITTEN, MOVED_HERE, IS_FOLDER = 0x10, 0x80, 0x40000000


def checked(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


class Executions:
    """Of one CPU."""

    def __init__(self, cpu):
        flags = COMMANDS | WATERMARK | IN_ALL_RECORDS | EXECUTED | OWN_CLOCK
        attribute = struct.pack("=IIQQQQQII", SOFTWARE, ATTRIBUTE_SIZE, DUMMY, 0, WITH_PROCESS_AND_TIME, 0, flags, 1, 0)
        attribute = (attribute.ljust(92, b"\0") + struct.pack("=i", time.CLOCK_BOOTTIME)).ljust(ATTRIBUTE_SIZE, b"\0")
        self.descriptor = checked(LIBC.syscall(SYS_PERF_EVENT_OPEN, attribute, -1, cpu, -1, 0))
        self.memory = mmap.mmap(self.descriptor, (1 + PAGES) * mmap.PAGESIZE)

    def fresh(self):
        """(time, pid, command) of each program that was executed since the last call."""
        head, tail = struct.unpack_from("=QQ", self.memory, HEAD)
        size = PAGES * mmap.PAGESIZE
        data = self.memory[mmap.PAGESIZE:] * 2  # a record may begin at the end and go on at the beginning
        while tail < head:
            kind, kinds, length = struct.unpack_from("=IHH", data, tail % size)
            record = data[tail % size:tail % size + length]
            assert kind != RECORD_LOST, "the kernel had more to say than there was room for"
            if kind == RECORD_COMMAND and kinds & IS_EXECUTED:
                pid, = struct.unpack_from("=I", record, 8)
                when, = struct.unpack_from("=Q", record, length - 8)
                yield when / 1e9, pid, record[16:length - 16].split(b"\0")[0].decode(errors="replace")
            tail += length
        struct.pack_into("=Q", self.memory, HEAD + 8, tail)


class Intents:
    """Of one node."""

    def __init__(self, folder):
        self.file = Path(folder) / "intents.json"
        self.descriptor = checked(LIBC.inotify_init1(os.O_NONBLOCK))
        checked(LIBC.inotify_add_watch(self.descriptor, os.fsencode(folder), CLOSED_UNWRITTEN | MOVED_HERE))
        self.is_taken = True
        self.known = set(self.pods())

    def pods(self):
        text = self.file.read_text(encoding="utf-8") if self.file.exists() else '{"intents": []}'
        return {intent["podID"] for intent in json.loads(text)["intents"]}

    def look(self):
        """Whether anything was saved, or has come to the disk. Our own reading is told too, and is neither."""
        try:
            events = os.read(self.descriptor, 65536)
        except BlockingIOError:
            return False
        is_new = False
        while events:
            _, mask, _, length = struct.unpack_from("=iIII", events)
            if mask & MOVED_HERE and events[16:16 + length].rstrip(b"\0") == b"intents.json":
                self.is_taken, is_new = False, True
            elif mask & CLOSED_UNWRITTEN and mask & IS_FOLDER:
                self.is_taken, is_new = True, True
            events = events[16 + length:]
        return is_new

    def fresh(self):
        """When it was seen, and which pods have intents now and had none, if what was saved last is obeyed for certain."""
        is_new = self.look()
        while is_new and self.is_taken:
            when, pods = now(), self.pods()
            is_new = self.look()
            if not is_new:
                new, self.known = pods - self.known, pods
                return when, new
        return 0, set()


def main():
    out, *nodes = sys.argv[1:]
    os.setpriority(os.PRIO_PROCESS, 0, -20)  # what others do with the CPUs must not look like lateness of what is watched
    executions = [Executions(cpu) for cpu in range(os.cpu_count())]
    intents = [(name, Intents(folder)) for name, _, folder in (node.partition("=") for node in nodes)]
    ready = select.poll()
    for descriptor in (sys.stdin, *(each.descriptor for each in executions), *(each.descriptor for _, each in intents)):
        ready.register(descriptor, select.POLLIN)
    with open(out, "w", encoding="utf-8") as file:
        print("ready", flush=True)
        while sys.stdin.fileno() not in dict(ready.poll()):
            for node, each in intents:
                when, pods = each.fresh()
                for pod in pods:
                    file.write(json.dumps({"when": when, "pod": pod, "node": node}) + "\n")
            for cpu in executions:
                for when, pid, command in cpu.fresh():
                    place = POD_CGROUP.search(read(f"/proc/{pid}/cgroup").split("\n")[0])
                    if place and not ON_THE_WAY.match(command):
                        file.write(json.dumps({"when": when, "pod": place[1], "container": place[2], "command": command}) + "\n")


if __name__ == "__main__":
    main()
