# SPDX-License-Identifier: Apache-2.0
"""A scheduler of the Go system beside our decision maker: what it takes over, keeps and tells.

The scheduler is scheduler_client.py. SCHEDULER_CLIENT names another program with the same arguments, commands and lines;
a fake decision maker, whose answers are in part wrong, shows whether two such programs do the same."""

import contextlib
import http.client
import json
import os
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import uuid
from pathlib import Path

from confined import ConfinedDecisionMaker
from fake_decision_maker import STRATEGIES, FakeDecisionMaker
from harness import DecisionMaker, cpu_roots, wait_for
from metrics_text import parse
from scheduler_client import FIGURES

PROGRAM = [os.environ["SCHEDULER_CLIENT"]] if "SCHEDULER_CLIENT" in os.environ else [
    sys.executable, str(Path(__file__).with_name("scheduler_client.py"))]
WITH_THREADS = "import threading, time; [threading.Thread(target=time.sleep, args=(600,)).start() for _ in range(3)]"
P256 = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]


class Pod:
    """Processes in a cgroup like that of a container of a pod, until removed."""

    def __init__(self):
        self.uid = str(uuid.uuid4())
        self.made = []
        for part in ("kubepods", "burstable", "pod" + self.uid, uuid.uuid4().hex * 2):
            directory = os.path.join(self.made[-1][0] if self.made else cpu_roots()[0], part)
            new = not os.path.exists(directory)
            with contextlib.suppress(FileExistsError):
                os.mkdir(directory)
            self.made.append((directory, new))
        self.children = []

    def start(self, *command):
        """Its process id. It begins to run the command once it is in the pod."""
        tasks = os.path.join(self.made[-1][0], "cgroup.procs")
        child = subprocess.Popen(["sh", "-c", 'echo $$ > "$1"; shift; exec "$@"', "sh", tasks, *command],
                                 stdin=subprocess.DEVNULL)
        self.children.append(child)
        wait_for(lambda: comm(child.pid) == os.path.basename(command[0])[:15], 5, f"{command[0]} to run")
        return child.pid

    def end(self, pid):
        child = next(child for child in self.children if child.pid == pid)
        child.kill()
        child.wait()

    def remove(self):
        for child in self.children:
            child.kill()
            child.wait()
        for directory, new in reversed(self.made):
            if new:
                wait_for(lambda path=directory: gone(path), 5, f"{directory} to be empty")


def comm(pid):
    try:
        return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip()
    except OSError:
        return None


def gone(directory):
    """Removed, or others have put something into it."""
    try:
        os.rmdir(directory)
        return True
    except OSError:
        return not os.path.exists(directory) or any(entry.is_dir() for entry in os.scandir(directory))


class Scheduler:
    """The program, which asks every second."""

    def __init__(self, port, private_key, certificates=()):
        self.public_key = private_key + ".pub"
        subprocess.run(["openssl", "rsa", "-in", private_key, "-pubout", "-out", self.public_key],
                       capture_output=True, check=True)
        url = f"http{'s' if certificates else ''}://127.0.0.1:{port}"
        self.process = subprocess.Popen([*PROGRAM, url, self.public_key, "1", *certificates], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.strategies = {}
        self.changes = []  # lines
        self.answers = []
        self.tries = []    # to get the strategies: lines
        self.readers = [threading.Thread(target=self.read_lines), threading.Thread(target=self.read_tries)]
        for reader in self.readers:
            reader.start()

    def read_lines(self):
        for text in self.process.stdout:
            line = json.loads(text)
            if "changed" not in line:
                self.answers.append(line)
                continue
            new = {pid: one for pid, one in self.strategies.items() if pid not in {one["pid"] for one in line["removed"]}}
            new.update((one["pid"], (one["priority"], one["execution_time"])) for one in line["changed"])
            self.strategies = new
            self.changes.append(line)

    def read_tries(self):
        for line in self.process.stderr:
            if "strategies" in line:
                self.tries.append(line)

    def ask(self, **command):
        count = len(self.answers)
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        wait_for(lambda: len(self.answers) > count, 10, f"an answer to {command}")
        return self.answers[-1]

    def wait_for(self, strategies):
        wait_for(lambda: self.strategies == strategies, 5, lambda: f"{strategies}; it has {self.strategies}\n{self.tries[-3:]}")

    def wait_for_tries(self, count, failed):
        """So many more that begin from now on, all of which failed, or none."""
        begin = len(self.tries) + 1
        wait_for(lambda: len(self.tries) >= begin + count, 5 + 2 * count, "the scheduler to ask again")
        for line in self.tries[begin:begin + count]:
            assert ("failed" in line.lower()) == failed, self.tries

    def stop(self):
        self.process.kill()
        self.process.wait()
        for reader in self.readers:
            reader.join(5)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            stream.close()


def beside(server):
    return Scheduler(server.ports["decisionmaker"], server.data_dir + "/state/decisionmaker.key")


def one(pid, priority=1, execution_time=1_000_000, **others):
    return {"pid": pid, "priority": priority, "execution_time": execution_time, **others}


class TheSchedulerItself(unittest.TestCase):
    """What the contract says of it, whatever the decision maker is."""

    def run_beside(self, fake):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        key = os.path.join(folder, "key")
        subprocess.run(["openssl", "genrsa", "-traditional", "-out", key, "2048"], capture_output=True, check=True)
        scheduler = Scheduler(fake.server_address[1], key)
        self.addCleanup(scheduler.stop)
        return scheduler

    def test_it_keeps_what_it_has_when_an_answer_is_no_set(self):
        def answer(success=True, **fields):
            return json.dumps({"success": success, "message": "m", "timestamp": "t", **fields})
        begin = answer(scheduling=[one(7, 2), one(8, command_regex="x", selectors=[{"key": "a", "value": "b"}]), one(7, -3, 0)])
        wrong = [(200, answer(scheduling=None)), (200, answer()), (200, answer(False, scheduling=[])),
                 (401, '{"success":false,"error":"Invalid or expired token: "}'), (200, answer(scheduling=[one(7, True)])),
                 (200, answer(scheduling=[one(7, 1.5)])), (200, answer(scheduling=[one(7, 1, -1)])),
                 (200, answer(scheduling=[one("7")])), (200, "no JSON"), (500, "Internal Server Error")]
        end = answer(scheduling=[])
        with FakeDecisionMaker([(200, begin), *wrong, (200, end)]) as fake:
            scheduler = self.run_beside(fake)
            wait_for(lambda: len(scheduler.changes) >= 2, 5 + 2 * len(wrong), lambda: f"two changes: {scheduler.changes}")
            self.assertEqual(fake.asked, len(wrong) + 2)
        self.assertEqual(scheduler.changes, [{"changed": [one(7, -3, 0), one(8)], "removed": []},
                                             {"changed": [], "removed": [one(7, -3, 0), one(8)]}])

    def test_it_presents_the_public_key_alone_and_again_only_when_the_token_ended(self):
        with FakeDecisionMaker([(200, '{"success":true,"scheduling":[]}')]) as fake:
            scheduler = self.run_beside(fake)
            wait_for(lambda: len(fake.bodies("/api/v1/auth/token")) >= 2 and fake.asked >= 6, 15, "a second token")
            tokens = [token for path, token, _ in fake.seen if path == STRATEGIES]
        with open(scheduler.public_key, encoding="utf-8") as file:
            self.assertEqual(fake.bodies("/api/v1/auth/token")[0], {"public_key": file.read()})
        self.assertEqual(tokens[:2], ["Bearer token1"] * 2)
        self.assertEqual(sorted(set(tokens)), [f"Bearer token{number}" for number in range(1, len(set(tokens)) + 1)])
        self.assertTrue(2 <= len(set(tokens)) < len(tokens), tokens)

    def test_it_tells_eleven_figures_and_not_again_at_once(self):
        with FakeDecisionMaker([(200, '{"success":true,"scheduling":[]}')]) as fake:
            scheduler = self.run_beside(fake)
            scheduler.ask(metrics={"nr_queued": 2 ** 64 - 1})
            scheduler.ask(metrics={"nr_queued": 1})
        self.assertEqual(fake.bodies("/api/v1/metrics"), [{**dict.fromkeys(FIGURES, 0), "nr_queued": 2 ** 64 - 1}])


class BesideOurDecisionMaker(unittest.TestCase):
    def setUp(self):
        # It alone acts upon the decisions.
        self.server = ConfinedDecisionMaker(environment={"MACHINE_ID": "rack 7", "DM_ENFORCER_KIND": "external"})
        self.enterContext(self.server)
        self.server.listen = f"127.0.0.1:{self.server.ports['decisionmaker']}"  # also when it is started again
        self.pod = Pod()
        self.addCleanup(self.pod.remove)
        self.scheduler = beside(self.server)
        self.addCleanup(self.scheduler.stop)

    def intend(self, *intents):
        answer = self.server.request("POST", "/api/v1/intents", {"intents": list(intents)})
        self.assertEqual(answer.status, 200, answer.text)

    def test_takes_over_exactly_the_processes_priorities_and_slices(self):
        sleeps = [self.pod.start("sleep", "600"), self.pod.start("sleep", "601")]
        tail = self.pod.start("tail", "-f", "/dev/null")
        other = Pod()
        self.addCleanup(other.remove)
        threaded = other.start(sys.executable, "-c", WITH_THREADS)
        idle = other.start("sleep", "602")
        bystander = Pod()
        self.addCleanup(bystander.remove)
        bystander.start("sleep", "603")
        self.intend({"podID": self.pod.uid, "commandRegex": "^sleep$", "priority": 7, "executionTime": 3_000_000},
                    {"podID": self.pod.uid, "commandRegex": "^tail$", "priority": 20, "executionTime": 100_000},
                    {"podID": other.uid, "commandRegex": "python", "priority": 0, "executionTime": 20_000_000},
                    {"podID": other.uid, "commandRegex": "^sleep$", "priority": -3})
        self.scheduler.wait_for({sleeps[0]: (7, 3_000_000), sleeps[1]: (7, 3_000_000), tail: (20, 100_000),
                                 threaded: (0, 20_000_000), idle: (-3, 0)})
        self.assertEqual(self.scheduler.ask(task=tail), {"task": tail, "slice": 100_000, "vtime_zero": True})
        self.assertEqual(self.scheduler.ask(task=threaded), {"task": threaded, "slice": 20_000_000, "vtime_zero": False})
        self.assertEqual(self.scheduler.ask(task=idle), {"task": idle, "slice": 0, "vtime_zero": False})

    def test_has_the_last_of_several_intents_and_nothing_out_of_range(self):
        pid = self.pod.start("sleep", "600")
        self.intend({"podID": self.pod.uid, "priority": 9, "executionTime": 5_000_000},
                    {"podID": self.pod.uid, "commandRegex": "sleep", "priority": 2, "executionTime": 1_000_000})
        self.scheduler.wait_for({pid: (2, 1_000_000)})
        self.intend({"podID": self.pod.uid, "priority": 1000, "executionTime": -1})
        self.scheduler.wait_for({pid: (20, 0)})

    def test_follows_changes_new_processes_and_removals(self):
        first = self.pod.start("sleep", "600")
        intent = {"podID": self.pod.uid, "priority": 5, "executionTime": 2_000_000}
        self.intend(intent)
        self.scheduler.wait_for({first: (5, 2_000_000)})
        self.intend({**intent, "priority": 6})
        self.scheduler.wait_for({first: (6, 2_000_000)})
        self.intend({**intent, "priority": 6, "executionTime": 4_000_000})
        self.scheduler.wait_for({first: (6, 4_000_000)})
        second = self.pod.start("sleep", "600")
        self.scheduler.wait_for({first: (6, 4_000_000), second: (6, 4_000_000)})
        self.pod.end(first)
        self.scheduler.wait_for({second: (6, 4_000_000)})
        self.assertEqual(self.scheduler.changes[-1]["changed"], [])
        answer = self.server.request("DELETE", "/api/v1/intents", {"podId": self.pod.uid})
        self.assertEqual(answer.status, 200, answer.text)
        self.scheduler.wait_for({})
        self.assertEqual(self.scheduler.ask(task=second), {"task": second, "slice": 0, "vtime_zero": False})

    def test_keeps_what_it_has_while_the_server_is_restarted(self):
        pid = self.pod.start("sleep", "600")
        self.intend({"podID": self.pod.uid, "priority": 5, "executionTime": 2_000_000})
        self.scheduler.wait_for({pid: (5, 2_000_000)})
        for end in (self.server.stop, self.server.kill):
            changes = len(self.scheduler.changes)
            end()
            self.scheduler.wait_for_tries(2, failed=True)
            self.assertEqual(self.scheduler.ask(task=pid)["slice"], 2_000_000)
            self.server.start()
            self.scheduler.wait_for_tries(2, failed=False)
            self.assertEqual(self.scheduler.changes[changes:], [])
        self.intend({"podID": self.pod.uid, "priority": 4, "executionTime": 2_000_000})
        self.scheduler.wait_for({pid: (4, 2_000_000)})

    def test_the_first_answer_after_a_start_has_the_decisions(self):
        """A scheduler that asks right then would drop all it has upon an empty list."""
        pid = self.pod.start("sleep", "600")
        self.intend({"podID": self.pod.uid, "priority": 5, "executionTime": 2_000_000})
        self.scheduler.wait_for({pid: (5, 2_000_000)})
        for _ in range(10):
            self.server.kill()
            self.server.start(wait=False)
            self.assertEqual([one["pid"] for one in self.first_answer()], [pid])

    def first_answer(self):
        """The strategies in the first answer of a server that starts, with a token that the one before it made."""
        end = time.monotonic() + 20
        while time.monotonic() < end:  # without a pause: it is about a millisecond
            connection = http.client.HTTPConnection(self.server.listen, timeout=5)
            with contextlib.suppress(ConnectionError), contextlib.closing(connection):
                connection.request("GET", STRATEGIES, headers={"Authorization": "Bearer " + self.server.token})
                answer = connection.getresponse()
                text = answer.read().decode()
                wait_for(lambda: self.server.ports, 5, "the log to say so")
                self.assertEqual(answer.status, 200, text)
                return json.loads(text)["scheduling"]
        raise AssertionError("no answer")

    def test_its_figures_are_in_the_metrics(self):
        figures = {name: 10 ** index + index for index, name in enumerate(FIGURES)}
        figures["usersched_last_run_at"] = 2 ** 64 - 1
        self.scheduler.ask(metrics=figures)
        self.assertEqual(self.figures(), {name.replace("usersched", "user_sched"): float(value)
                                          for name, value in figures.items()})
        self.scheduler.ask(metrics={"nr_queued": 1})
        self.assertEqual(self.figures()["nr_queued"], figures["nr_queued"], "it tells them every five seconds at most")

    def figures(self):
        answer = self.server.request("GET", "/metrics")
        found = {name: value for family in parse(answer.text, answer.headers["Content-Type"]).values()
                 for (name, labels), value in family.samples.items() if dict(labels) == {"machine_id": "rack 7"}}
        return {name: value for name, value in found.items() if name.startswith(("nr_", "user_sched"))}


class MutualTls(unittest.TestCase):
    """As between the parts of a cluster: an authority of its own, and a certificate for each of them."""

    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        subject = ["-subj", "/CN=authority", "-keyout", self.path("authority.key"), "-out", self.path("authority.crt")]
        subprocess.run(["openssl", "req", "-x509", *P256, "-days", "2", *subject], check=True, capture_output=True)
        for name in ("server", "scheduler"):
            self.certify(name)

    def path(self, name):
        return os.path.join(self.folder, name)

    def certify(self, name):
        subprocess.run(["openssl", "req", *P256, "-subj", "/CN=" + name, "-keyout", self.path(name + ".key"),
                        "-out", self.path(name + ".csr")], check=True, capture_output=True)
        Path(self.path("names")).write_text("subjectAltName=IP:127.0.0.1\n", encoding="utf-8")
        subprocess.run(["openssl", "x509", "-req", "-in", self.path(name + ".csr"), "-CA", self.path("authority.crt"),
                        "-CAkey", self.path("authority.key"), "-CAcreateserial", "-days", "2", "-extfile", self.path("names"),
                        "-out", self.path(name + ".crt")], check=True, capture_output=True)

    def text(self, name):
        return Path(self.path(name)).read_text(encoding="utf-8")

    def test_the_scheduler_follows_and_tells_its_figures(self):
        server = DecisionMaker(arguments=["--observe", "--allow-public-key-exchange"], environment={
            "DM_MTLS_ENABLE": "true", "DM_MTLS_CERT_PEM": self.text("server.crt"), "DM_MTLS_KEY_PEM": self.text("server.key"),
            "DM_MTLS_CA_PEM": self.text("authority.crt")})
        self.addCleanup(server.__exit__)
        server.start()
        pod = Pod()
        self.addCleanup(pod.remove)
        pid = pod.start("sleep", "600")
        files = [self.path(name) for name in ("scheduler.crt", "scheduler.key", "authority.crt")]
        scheduler = Scheduler(server.ports["decisionmaker"], server.data_dir + "/state/decisionmaker.key", files)
        self.addCleanup(scheduler.stop)

        trust = ssl.create_default_context(cafile=files[2])
        trust.load_cert_chain(*files[:2])
        manager = http.client.HTTPSConnection("127.0.0.1", server.ports["decisionmaker"], timeout=30, context=trust)
        self.addCleanup(manager.close)

        def ask(method, path, body=None, token=""):
            manager.request(method, path, json.dumps(body), {"Authorization": "Bearer " + token})
            answer = manager.getresponse()
            text = answer.read().decode()
            self.assertEqual(answer.status, 200, text)
            return text
        key = Path(scheduler.public_key).read_text(encoding="utf-8")
        token = json.loads(ask("POST", "/api/v1/auth/token", {"public_key": key}))["data"]["token"]
        intent = {"podID": pod.uid, "priority": 5, "executionTime": 2_000_000}
        ask("POST", "/api/v1/intents", {"intents": [intent]}, token)
        scheduler.wait_for({pid: (5, 2_000_000)})
        scheduler.ask(metrics={"nr_running": 12})
        self.assertRegex(ask("GET", "/metrics"), r"(?m)^nr_running\{.*\} 12$")


class WithoutTheSwitch(unittest.TestCase):
    def test_the_scheduler_gets_nothing_and_reads_which_switch_it_is(self):
        server = DecisionMaker(arguments=["--observe"])
        self.addCleanup(server.__exit__)
        server.start()
        scheduler = beside(server)
        self.addCleanup(scheduler.stop)
        scheduler.wait_for_tries(2, failed=True)
        self.assertEqual(scheduler.changes, [])
        self.assertIn("token.allow_public_key_exchange", scheduler.tries[-1])


if __name__ == "__main__":
    unittest.main()
