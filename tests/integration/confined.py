# SPDX-License-Identifier: Apache-2.0
"""A decision maker with some capabilities, of some user, under a seccomp profile; and a cgroup for it to work on."""

import os
import subprocess
import sys
import time
from pathlib import Path

import harness
from harness import DecisionMaker, cpu_roots, scheduling_of, wait_for, weight_of

ROOT = Path(__file__).resolve().parent.parent.parent
PROFILE = ROOT / "deployment" / "seccomp" / "gthulhu-decisionmaker.json"
NOBODY = 65534


def setpriv(capabilities, user=0):
    """The command in front of another one that then has these capabilities and no others."""
    words = ",".join(["-all", *sorted("+" + name.removeprefix("CAP_").lower() for name in capabilities)])
    if user == 0:
        return ["setpriv", "--bounding-set=" + words, "--inh-caps=-all"]
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--bounding-set=" + words,
            "--inh-caps=" + words, "--ambient-caps=" + words]


def with_profile(kill=False, profile=PROFILE):
    """The same for the profile. `kill`: what it refuses ends the program."""
    launcher = str(Path(__file__).with_name("seccomp_profile.py"))
    return [sys.executable, launcher, *(["--kill"] if kill else []), str(profile)]


def built_with_bpf():
    """False with BACKPORTS=0, where there is no libbpf to build with."""
    return b"built without BPF" not in Path(harness.BINARY).read_bytes()


class ConfinedDecisionMaker(DecisionMaker):
    """`before`: commands that each run the next one, the last of them the decision maker."""

    def __init__(self, *before, user=0, arguments=(), listen="127.0.0.1:0", **named):
        super().__init__(arguments=["--allow-public-key-exchange", *arguments], **named)
        self.before = before
        self.listen = listen
        os.chown(self.data_dir, user, user)

    def program(self):
        return [*(word for command in self.before for word in command), harness.BINARY]

    def command(self):
        return [self.listen if word == "127.0.0.1:0" else word for word in super().command()]

    def data(self, path):
        answer = self.request("GET", path)
        assert answer.status == 200, answer.text
        return answer.body["data"]

    def status(self):
        return self.data("/api/v1/status")

    def pod_of(self, process):
        """The UID of the pod whose process this is; None when it lists none."""
        for pod in self.data("/api/v1/pods/pids")["pods"]:
            if any(one["pid"] == process for one in pod["processes"]):
                return pod["pod_uid"]
        return None

    def intend(self, uid, **fields):
        answer = self.request("POST", "/api/v1/intents", {"intents": [{"podID": uid, **fields}]})
        assert answer.status == 200, answer.text

    def wait_for_report(self, state, reason=""):
        """Until its one intent has this state."""
        def seen():
            return [(one["state"], one["reason"]) for one in self.data("/api/v1/node/reports")["intents"]]
        wait_for(lambda: seen() == [(state, reason)], 5, lambda: f"{state} ({reason}), but: {seen()}")


class Ground:
    """A cgroup of its own for the cpu controller, with a process of a user who is not root."""

    def __init__(self, name, parent=""):
        self.parent = os.path.join(cpu_roots()[0], parent)
        self.directory = os.path.join(self.parent, f"{name}-{os.getpid()}")
        os.makedirs(self.directory)
        self.child = subprocess.Popen(["sleep", "600"], user=NOBODY, group=NOBODY, extra_groups=[])
        self.enter(self.child.pid)
        self.own = self.values()

    @property
    def process(self):
        return self.child.pid

    def enter(self, process):
        with open(os.path.join(self.directory, "cgroup.procs"), "w", encoding="utf-8") as file:
            file.write(str(process))

    def values(self):
        return scheduling_of(self.child.pid), weight_of(self.directory)

    def weight_file(self):
        return next(path for path in (os.path.join(self.directory, name) for name in ("cpu.weight", "cpu.shares"))
                    if os.path.exists(path))

    def remove(self):
        self.child.kill()
        self.child.wait()
        wait_for(lambda: _removed(self.directory), 5, "the cgroup to be empty")
        if self.parent != cpu_roots()[0]:
            _removed(self.parent)


def _removed(directory):
    try:
        os.rmdir(directory)
    except OSError:
        time.sleep(0.02)
        return not os.path.exists(directory)
    return True
