# SPDX-License-Identifier: Apache-2.0
"""How much of the machine others used while something of ours ran."""

import os
import resource
import time


def machine_seconds():
    """CPU seconds of all processes and interrupts, and those that the hypervisor took away."""
    with open("/proc/stat", encoding="utf-8") as stat:
        user, nice, system, _, _, irq, softirq, steal = (int(field) for field in stat.readline().split()[1:9])
    tick = os.sysconf("SC_CLK_TCK")
    return (user + nice + system + irq + softirq) / tick, steal / tick


def own_seconds():
    """Of this process and of its children that have ended and were waited for."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


class Spent:
    def __init__(self, seconds, own, others, stolen):
        self.seconds = seconds
        self.own = own
        self.others = others
        self.stolen = stolen

    def __str__(self):
        text = f"{self.seconds:.0f} s, {self.own:.2f} CPUs of ours, {self.others:.2f} of others"
        return text + (f", {self.stolen:.2f} stolen" if self.stolen >= 0.01 else "")


class HostLoad:
    """From its making until end(); processes of ours have to be waited for by then. In CPUs, on average."""

    def __init__(self):
        self.begin = time.monotonic()
        self.machine = machine_seconds()
        self.own = own_seconds()

    def end(self):
        seconds = time.monotonic() - self.begin
        own = (own_seconds() - self.own) / seconds
        busy, stolen = ((after - before) / seconds for after, before in zip(machine_seconds(), self.machine))
        return Spent(seconds, own, max(0.0, busy - own), stolen)
