# SPDX-License-Identifier: Apache-2.0
"""Starts the shipped binary and talks to it as a user would; used by the tests beside it."""

import contextlib
import ctypes
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import uuid

from api_document import check_answer

PASSWORD = "correct horse battery"
BINARY = os.environ.get("GTHULHU_BINARY", "build/dev/gthulhu")


class Answer:
    def __init__(self, status, text, headers):
        self.status = status
        self.text = text
        self.headers = headers

    @property
    def body(self):
        return json.loads(self.text)


class Standalone:
    """One `gthulhu standalone` on free ports; its data directory outlives it."""

    def __init__(self, data_dir=None, arguments=(), environment=None):
        self.own_directory = data_dir is None
        self.data_dir = data_dir or tempfile.mkdtemp(prefix="gthulhu-test-")
        self.arguments = list(arguments)
        self.environment = environment or {}
        self.process = None
        self.log = []
        self.token = None

    servers = {"manager", "decisionmaker"}  # that listen

    def program(self):
        return [BINARY]

    def command(self):
        return ["standalone", "--data-dir", os.path.join(self.data_dir, "state"),
                "--manager-listen", "127.0.0.1:0", "--decisionmaker-listen", "127.0.0.1:0",
                "--admin-password-file", os.path.join(self.data_dir, "password")]

    def start(self, wait=True):
        password_file = os.path.join(self.data_dir, "password")
        if not os.path.exists(password_file):
            with open(password_file, "w", encoding="utf-8") as file:
                file.write(PASSWORD + "\n")
        self.log = []
        self.ports = {}
        command = [*self.program(), *self.command(), *self.arguments]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={**os.environ, **self.environment})
        self.reader = threading.Thread(target=self._read_log, args=(self.process,), daemon=True)
        self.reader.start()
        if wait:
            wait_for(lambda: self.servers <= set(self.ports) or self.process.poll() is not None,
                     20, "the servers to listen")
            if self.process.poll() is not None:
                raise RuntimeError("it ended at once:\n" + "".join(self.log))
        return self

    def _read_log(self, process):
        for line in process.stdout:
            self.log.append(line)
            found = re.search(r"listening server=(\w+) address=\S*:(\d+)", line)
            if found:
                self.ports[found.group(1)] = int(found.group(2))

    def request(self, method, path, body=None, token=None, server="manager", raw=None, timeout=30, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.ports[server], timeout=timeout)
        headers = dict(headers or {})
        if token or self.token:
            headers["Authorization"] = "Bearer " + (token or self.token)
        content = raw if raw is not None else (None if body is None else json.dumps(body))
        try:
            connection.request(method, path, content, headers)
            answer = connection.getresponse()
            text = answer.read()
            check_answer(server, method, path, answer.status, answer.getheaders(), text)
            return Answer(answer.status, text.decode(), answer.headers)
        finally:
            connection.close()

    def login(self, username="admin@localhost", password=PASSWORD):
        answer = self.request("POST", "/api/v1/auth/login", {"username": username, "password": password})
        assert answer.status == 200, answer.text
        self.token = answer.body["data"]["token"]
        return self

    def agent_token(self):
        """A token of the decision maker, which must have been started with --allow-public-key-exchange."""
        public_key = subprocess.run(["openssl", "rsa", "-in", self.data_dir + "/state/decisionmaker.key", "-pubout"],
                                    capture_output=True, text=True, check=True).stdout
        answer = self.request("POST", "/api/v1/auth/token", {"public_key": public_key, "client_id": "scheduler"},
                              server="decisionmaker")
        assert answer.status == 200, answer.text
        return answer.body["data"]["token"]

    def create(self, **fields):
        answer = self.request("POST", "/api/v1/strategies", fields)
        assert answer.status == 200, answer.text
        return answer.body["data"]["strategyId"]

    def delete(self, strategy_id):
        answer = self.request("DELETE", "/api/v1/strategies", {"strategyId": strategy_id})
        assert answer.status == 200, answer.text

    def strategies(self):
        return self.request("GET", "/api/v1/strategies/self").body["data"]["strategies"]

    def intents(self):
        return self.request("GET", "/api/v1/intents/self").body["data"]["intents"]

    def wait_for_states(self, states, seconds=5):
        """Waits until the states of all intents, sorted, are these words."""
        wait_for(lambda: sorted(intent["Status"] for intent in self.intents()) == sorted(states), seconds,
                 lambda: f"intents to be {states}; they are {self.intents()}")

    def stop(self):
        """An orderly stop; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(20)
        self.reader.join(5)
        return code

    def kill(self):
        self.process.kill()
        self.process.wait(20)
        self.reader.join(5)

    def __enter__(self):
        return self.start().login()

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.stop()
        if self.own_directory:
            shutil.rmtree(self.data_dir, ignore_errors=True)


class DecisionMaker(Standalone):
    """One `gthulhu decisionmaker`, without any manager."""

    servers = {"decisionmaker"}

    def command(self):
        return ["decisionmaker", "--data-dir", os.path.join(self.data_dir, "state"), "--listen", "127.0.0.1:0"]

    def login(self):
        """With the public-key exchange, which must be allowed."""
        self.token = self.agent_token()
        return self

    def request(self, *arguments, **named):
        return super().request(*arguments, **{"server": "decisionmaker", **named})


class Workload:
    """A command started with `gthulhu run`, with a process group of its own."""

    def __init__(self, command, labels=(), name=None):
        arguments = [BINARY, "run"]
        for label in labels:
            arguments += ["--label", label]
        if name:
            arguments += ["--name", name]
        self.process = subprocess.Popen([*arguments, "--", *command], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.cgroup = None

    def find_cgroup(self, name):
        """The directory of its cgroup, by the name that `gthulhu run` gave it, once the command is in it."""
        def search():
            for root in cpu_roots():
                for folder, _, _ in os.walk(os.path.join(root, "gthulhu")):
                    with contextlib.suppress(OSError):
                        if os.getxattr(folder, "trusted.gthulhu.name").decode() == name:
                            self.cgroup = folder
            return self.cgroup is not None and self.pids()
        wait_for(search, 5, f"the cgroup of {name}")
        return self.cgroup

    def pids(self):
        with open(os.path.join(self.cgroup, "cgroup.procs"), encoding="utf-8") as file:
            return [int(line) for line in file]

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(10)
        self.process.stdin.close()
        self.process.stdout.close()
        return code


class Pods:
    """Directories like those of pods with a container each in the cpu hierarchy, and one beside them that is no pod's."""

    def __init__(self, count, name):
        self.root = os.path.join(cpu_roots()[0], f"{name}-of-gthulhu-{os.getpid()}")
        self.uids = [str(uuid.uuid4()) for _ in range(count)]
        self.outside = os.path.join(self.root, "outside")

    def path(self, uid):
        return f"{self.root}/kubepods/burstable/pod{uid}/{uid.replace('-', '') * 2}"

    def paths(self):
        return [self.path(uid) for uid in self.uids]

    def __enter__(self):
        for path in [self.outside, *self.paths()]:
            os.makedirs(path)
        return self

    def __exit__(self, *_):
        def remove():
            for folder, _, _ in os.walk(self.root, topdown=False):
                with contextlib.suppress(OSError):
                    os.rmdir(folder)
            return not os.path.exists(self.root)
        wait_for(remove, 20, "the cgroups to be empty")


def move_into(cgroup, pid):
    with open(os.path.join(cgroup, "cgroup.procs"), "w", encoding="utf-8") as file:
        file.write(str(pid))


def cpu_roots():
    """Mounts of the hierarchy with the cpu controller."""
    roots = []
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        for line in file:
            before, _, after = line.partition(" - ")
            kind, _, options = after.split()[:3]
            if kind == "cgroup" and "cpu" in options.split(","):
                roots.append(before.split()[4])
            if kind == "cgroup2" and "cpu" in open(before.split()[4] + "/cgroup.controllers", encoding="utf-8").read().split():
                roots.append(before.split()[4])
    return roots


def weight_of(cgroup):
    """cpu.weight or cpu.shares."""
    for name in ("cpu.weight", "cpu.shares"):
        with contextlib.suppress(FileNotFoundError):
            with open(os.path.join(cgroup, name), encoding="utf-8") as file:
                return int(file.read())
    raise FileNotFoundError(cgroup)


class _SchedAttr(ctypes.Structure):
    """struct sched_attr of include/uapi/linux/sched/types.h, first version."""
    _fields_ = [("size", ctypes.c_uint32), ("policy", ctypes.c_uint32), ("flags", ctypes.c_uint64),
                ("nice", ctypes.c_int32), ("priority", ctypes.c_uint32), ("runtime", ctypes.c_uint64),
                ("deadline", ctypes.c_uint64), ("period", ctypes.c_uint64)]


_libc = ctypes.CDLL(None, use_errno=True)


def scheduling_of(tid):
    """(policy, nice, slice in ns) as the kernel has them; None when the task is gone."""
    attributes = _SchedAttr(size=ctypes.sizeof(_SchedAttr))
    sched_getattr = 315  # x86_64
    if _libc.syscall(sched_getattr, tid, ctypes.byref(attributes), ctypes.sizeof(attributes), 0) != 0:
        return None
    return attributes.policy, attributes.nice, attributes.runtime


def cpu_ticks(pids):
    """User and system time of these processes with their ended children, in clock ticks."""
    total = 0
    for pid in pids:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
                fields = file.read().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
    return total


def resident_mib(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) / 1024


def wait_for(condition, seconds, what):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.005)
    raise AssertionError(f"waited {seconds} s for {what() if callable(what) else what}")
