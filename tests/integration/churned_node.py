# SPDX-License-Identifier: Apache-2.0
"""Pods of a node whose processes come and go, its decision maker, and what /proc and the kernel's scheduler say of both; used by test_process_churn.py."""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import unittest

import harness
from harness import DecisionMaker, Pods, move_into, scheduling_of, wait_for

SEED = int(os.environ.get("CHURN_SEED", "0")) or random.SystemRandom().randrange(1, 2**31)
LOAD = os.environ.get("CHURN_LOAD", os.path.join(os.path.dirname(harness.BINARY), "churn_load"))
STATE_READER = os.path.join(os.path.dirname(__file__), "kernel_state.py")
DECISIONS = "/api/v1/scheduling/strategies"
# Of each pod: a priority, and a slice in ns that nobody else has, so that whoever holds it has it from here.
OWN_NS = 1 + SEED % 99_999
WISHES = [(10, 2_000_000 + OWN_NS), (10, 2_000_000 + OWN_NS), (3, 3_000_000 + OWN_NS), (-5, 4_000_000 + OWN_NS)]
SLICES = {slice_ns for _, slice_ns in WISHES}
IDLE_PODS = 120  # so that the look at each pod in turn, which happens anyway, takes its minute


def text_of(path):
    """Nothing when it has gone."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def numbers_in(path):
    try:
        return [int(name) for name in os.listdir(path) if name.isdigit()]
    except OSError:
        return []


def is_running(pid):
    fields = text_of(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return bool(fields) and fields[0] not in "ZX"


def holders():
    """Threads of the whole machine that hold one of our slices: tid -> (policy, nice, slice)."""
    found = {}
    for pid in numbers_in("/proc"):
        for tid in numbers_in(f"/proc/{pid}/task"):
            values = scheduling_of(tid)
            if values and values[2] in SLICES and is_running(pid):
                found[tid] = values
    return found


# Three threads that rest; forks another such process for each byte that it reads, and all end with it.
RESTING = """
import os, signal, threading
ours, theirs = os.pipe()
def rest():
    for _ in range(2):
        threading.Thread(target=signal.pause, daemon=True).start()
rest()
print("ready", flush=True)
while os.read(0, 1):
    child = os.fork()
    if child == 0:
        os.close(theirs)
        rest()
        os.read(ours, 1)
        os._exit(0)
    print(child, flush=True)
"""


class Resting:
    """A process with some threads in a cgroup, which can be told to fork another one."""

    def __init__(self, cgroup):
        self.process = subprocess.Popen([sys.executable, "-S", "-c", RESTING], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, preexec_fn=lambda: move_into(cgroup, os.getpid()))
        self.pid = self.process.pid
        assert self.process.stdout.readline() == "ready\n"

    def fork(self):
        self.process.stdin.write("x")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def end(self):
        self.process.kill()
        self.process.wait(10)
        self.process.stdin.close()
        self.process.stdout.close()


class Churn:
    """The program of churn_load.cpp for each of the first two pods."""

    def __init__(self, pods):
        self.processes = [subprocess.Popen([LOAD, str(WISHES[0][1]), pods.outside, path], stdin=subprocess.PIPE,
                                           stdout=subprocess.PIPE, text=True) for path in pods.paths()[:2]]
        for process in self.processes:
            assert process.stdout.readline() == "ready\n"

    def ask(self, command, count, *words):
        """The sum of the answers, of times the most."""
        for process in self.processes:
            process.stdin.write(" ".join(map(str, [command, count // len(self.processes), *words])) + "\n")
            process.stdin.flush()
        answers = [json.loads(process.stdout.readline()) for process in self.processes]
        return {name: max(each) if name in ("refusal", "held_most_ms", "back_most_ms") else sum(each[1:], each[0])
                for name, each in ((name, [answer[name] for answer in answers]) for name in answers[0])}

    def end(self):
        for process in self.processes:
            process.stdin.close()
            process.wait(20)
            process.stdout.close()


class ChurnedNode(unittest.TestCase):
    """Pods with wishes, others without, and a decision maker that is not started yet."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.pods = Pods(len(WISHES) + IDLE_PODS, "churn")
        self.paths = self.pods.paths()[:len(WISHES)]
        self.enterContext(self.pods)
        self.server = DecisionMaker(self.folder, ["--allow-public-key-exchange"], {"DM_ENFORCER_KIND": "cfs"})
        self.addCleanup(self.stop_server)
        self.resting = []
        self.addCleanup(lambda: [one.end() for one in self.resting])

    def stop_server(self):
        if self.server.process and self.server.process.poll() is None:
            self.server.process.send_signal(signal.SIGCONT)
            self.server.stop()

    def start_server(self):
        """With the intents, and in step."""
        self.server.start().login()
        intents = [{"podName": f"pod-{i}", "podID": uid, "nodeID": "churn", "k8sNamespace": "churn", "commandRegex": "",
                    "priority": priority, "executionTime": slice_ns}
                   for i, (uid, (priority, slice_ns)) in enumerate(zip(self.pods.uids, WISHES))]
        answer = self.server.request("POST", "/api/v1/intents", {"intents": intents})
        self.assertEqual(answer.status, 200, answer.text)
        self.wait_until_in_step(5)

    def rest_in(self, cgroup):
        self.resting.append(Resting(cgroup))
        return self.resting[-1]

    def end(self, one):
        self.resting.remove(one)
        one.end()

    def discovery(self):
        return self.server.request("GET", "/api/v1/status").body["data"]["discovery"]

    def processes(self):
        """By /proc: pid -> UID of its pod, of all processes that run."""
        root = harness.cpu_roots()[0]
        uid_of = {"/" + os.path.relpath(path, root): uid for path, uid in zip(self.pods.paths(), self.pods.uids)}
        found = {}
        for pid in numbers_in("/proc"):
            for line in text_of(f"/proc/{pid}/cgroup").splitlines():
                uid = uid_of.get(line.split(":", 2)[2])
                if uid and is_running(pid):
                    found[pid] = uid
        return found

    def wanted(self):
        """pid -> (priority, slice)"""
        return {pid: WISHES[self.pods.uids.index(uid)] for pid, uid in self.processes().items()}

    def served(self):
        """The same, as a scheduler gets it."""
        return {one["pid"]: (one["priority"], one["execution_time"])
                for one in self.server.request("GET", DECISIONS).body["scheduling"]}

    def out_of_step(self):
        """What differs from what the intents ask for, of processes and of all threads of the machine."""
        wanted, served = self.wanted(), self.served()
        return f"served {served}, wanted {wanted}" if served != wanted else self.kernel_out_of_step(wanted)

    def kernel_out_of_step(self, wanted):
        own_nice = scheduling_of(os.getpid())[1]
        held = holders()
        expected = {tid: (0, own_nice - priority, slice_ns)
                    for pid, (priority, slice_ns) in wanted.items() for tid in numbers_in(f"/proc/{pid}/task")}
        return "" if held == expected else f"held {held}, wanted {expected}"

    def wait_until_in_step(self, seconds):
        wait_for(lambda: not self.out_of_step(), seconds, self.out_of_step)

    def index_differs(self):
        """From /proc, and what is counted from what is listed."""
        pods = self.server.request("GET", "/api/v1/pods/pids").body["data"]["pods"]
        listed = {process["pid"]: pod["pod_uid"] for pod in pods for process in pod["processes"]}
        ours = {pid: uid for pid, uid in listed.items() if uid in self.pods.uids}
        running, count = self.processes(), self.discovery()["processes"]
        same = ours == running and count == len(listed)
        return "" if same else f"listed {ours}, running {running}; {count} in the index, {len(listed)} listed"

    def assert_index_is_right(self):
        wait_for(lambda: not self.index_differs(), 5, self.index_differs)

    def save_state(self, name):
        subprocess.run([sys.executable, STATE_READER, "save", f"{self.folder}/{name}"], check=True, timeout=60)

    def stop_and_compare(self, before):
        """Nothing that the scheduler has of tasks and cgroups may differ from the state of this name."""
        self.assertEqual(self.server.stop(), 0, "".join(self.server.log[-300:]))
        self.save_state("after.json")
        compared = subprocess.run([sys.executable, STATE_READER, "diff", f"{self.folder}/{before}", f"{self.folder}/after.json"],
                                  capture_output=True, text=True, timeout=60)
        self.assertEqual(compared.returncode, 0, f"seed {SEED}:\n{compared.stdout}{compared.stderr}")
