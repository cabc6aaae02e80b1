# SPDX-License-Identifier: Apache-2.0
"""Guests that run one program with different arguments, one after the other."""

import os
import shlex
import subprocess
import time

DIED = 125  # vm.sh
DIED_OF_EMULATION = ("Oops: int3", "Blocked by coredump")
VM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "peers", "kernel", "vm.sh")


def children_of(pid):
    """Processes below this one, deepest last."""
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as stat:
                    parents[int(entry)] = int(stat.read().rpartition(")")[2].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                pass
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found[1:]


def is_machine(pid):
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8") as comm:
            return comm.read().startswith("qemu-system")
    except (FileNotFoundError, ProcessLookupError):
        return False


class Guests:
    def __init__(self, arguments, folder):
        self.deterministic = arguments.deterministic
        self.tree = os.path.join(folder, "tree")
        self.name = os.path.basename(arguments.program)
        self.release = subprocess.run([VM, "get", arguments.kernel], check=True, capture_output=True,
                                      text=True).stdout.strip()
        subprocess.run([VM, "pack", self.tree, arguments.program], check=True)
        timeout = arguments.timeout or (6000 if self.deterministic else 1200)
        self.environment = dict(os.environ, TIMEOUT=str(timeout), SMP=str(arguments.smp))
        if self.deterministic:
            # Two nanoseconds for each instruction, and the TSC counts these nanoseconds.
            self.environment.update(SMP="1", QEMU_ARGS="-icount shift=1,sleep=off", APPEND="tsc_early_khz=1000000")
        else:
            # What CPUs do at the same time is what is measured; a guest may die of it (vm.sh), or a process of it, for
            # whose core dump another then waits for ever.
            self.environment.update(ACCEL="tcg,thread=multi", APPEND="hung_task_panic=1")

    def described(self):
        return "1 CPU by instructions" if self.deterministic else f"{self.environment['SMP']} CPUs"

    def run(self, arguments):
        """Exit status and output of the program. Figures of a guest that died of how its CPUs are emulated are not
        used: another one is booted, twice at most."""
        for _ in range(3):
            status, output = self.run_once(arguments)
            if status != DIED or not any(sign in output for sign in DIED_OF_EMULATION):
                break
            print("    the guest met a breakpoint of another CPU's (vm.sh): once more", flush=True)
        return status, output

    def run_once(self, arguments):
        main = os.path.join(self.tree, "main")
        with open(main, "w", encoding="utf-8") as script:
            script.write("#!/bin/sh\nexec " + shlex.join([f"/bin/{self.name}", *arguments]) + " 2>&1\n")
        os.chmod(main, 0o755)
        with subprocess.Popen([VM, "run", self.release, self.tree], env=self.environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as guest:
            self.prefer_main_thread(guest)
            output = guest.communicate()[0]
        return guest.returncode, output

    @staticmethod
    def prefer_main_thread(guest):
        """QEMU's main thread, which its timers and devices need, before the threads that are CPUs: these never rest
        while the guest's are busy. A nice value is one thread's own in Linux."""
        for _ in range(100):
            machines = [pid for pid in children_of(guest.pid) if is_machine(pid)]
            if machines or guest.poll() is not None:
                break
            time.sleep(0.1)
        time.sleep(1)  # until the threads are there: what is made later inherits the value
        for pid in machines:
            try:
                os.setpriority(os.PRIO_PROCESS, pid, -5)
            except (PermissionError, ProcessLookupError):
                print("  QEMU's main thread cannot be preferred to those that are CPUs")
