# SPDX-License-Identifier: Apache-2.0
"""What operators see of our scheduler: the routes, and `gthulhu scheduler`. What it does in a kernel that takes it is tried
in tests/real/systemd_check.sh; here the machine's own kernel mostly has no sched_ext."""

import http.server
import json
import os
import subprocess
import tempfile
import threading
import unittest

from harness import BINARY, Standalone
from metrics_text import parse

KINDS = {"stall", "bpf_error", "error", "sysrq", "unregistered", "left", "kernel", "not_loaded"}


class SchedulerCase(unittest.TestCase):
    arguments = []

    @classmethod
    def setUpClass(cls):
        cls.server = Standalone(arguments=["--allow-public-key-exchange", *cls.arguments]).start().login()
        cls.token = cls.server.agent_token()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def ask(self, method, path, status=200):
        answer = self.server.request(method, "/api/v1/scheduler" + path, token=self.token, server="decisionmaker")
        self.assertEqual(answer.status, status, answer.text)
        return answer.body["data"] if status == 200 else answer.body

    def run_command(self, *arguments, code=0, server=None, data_dir=None):
        url = server or f"http://127.0.0.1:{self.server.ports['decisionmaker']}"
        ended = subprocess.run([BINARY, "scheduler", *arguments, "--server", url, "--data-dir",
                                data_dir or os.path.join(self.server.data_dir, "state")],
                               capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(ended.returncode, code, ended.stdout + ended.stderr)
        return ended.stdout if code == 0 else ended.stderr

    def families(self):
        answer = self.server.request("GET", "/metrics", server="decisionmaker")
        return parse(answer.text, answer.headers["Content-Type"])


class Run(unittest.TestCase):
    """`gthulhu scheduler run` needs no decision maker."""

    def run_command(self, *arguments):
        ended = subprocess.run([BINARY, "scheduler", "run", *arguments], capture_output=True, text=True, timeout=60,
                               check=False)
        return ended.returncode, ended.stderr

    @unittest.skipIf(os.path.exists("/sys/kernel/sched_ext"), "this kernel could do it")
    def test_a_kernel_without_sched_ext_is_named(self):
        code, error = self.run_command()
        self.assertEqual(code, 8, error)
        self.assertIn("the scheduler cannot be used here (", error)

    def test_a_rule_that_is_none_is_named(self):
        for rule in ("/a", "a=1", "/a=21", "/a=1,1ns"):
            code, error = self.run_command("--rule", rule)
            self.assertEqual(code, 2, error)
            self.assertIn("gthulhu: --rule", error)


class WithoutScheduler(SchedulerCase):
    """An enforcer that has none says so."""

    arguments = ["--observe"]

    def test_the_answer_says_that_there_is_none_and_why(self):
        data = self.ask("GET", "")
        self.assertEqual((data["state"], data["enforcer"], data["since"], data["exits"]), ("none", "observe", None, []))
        self.assertIn("the enforcer observe works without a scheduler of ours: ", data["reason"])
        self.assertEqual(self.ask("GET", "/threads"), {"threads": [], "all": True})

    def test_it_cannot_be_stopped_or_reset(self):
        for path in ("/stop", "/reset"):
            error = self.ask("POST", path, 501)
            self.assertEqual(error["code"], "unsupported")
            self.assertIn("works without a scheduler of ours", error["error"])
            self.assertIn("works without a scheduler of ours", self.run_command(path[1:], code=8))

    def test_metrics_have_its_state_and_no_figures(self):
        families = self.families()
        prefix = "gthulhu_decisionmaker_scheduler_"
        self.assertEqual(families[prefix + "attached"].samples, {(prefix + "attached", ()): 0})
        states = {dict(labels)["state"]: value for (_, labels), value in families[prefix + "state"].samples.items()}
        self.assertEqual({state for state, value in states.items() if value}, {"none"})
        kinds = {dict(labels)["kind"] for _, labels in families[prefix + "exits_total"].samples}
        self.assertEqual(kinds, KINDS)
        for family in ("preemptions_total", "guard_turns_total", "rules", "refused_rules"):
            self.assertIn(prefix + family, families)
        self.assertNotIn("nr_queued", families)

    def test_status_is_for_people_or_for_programs(self):
        text = self.run_command("status")
        self.assertRegex(text, r"^scheduler  none\nbecause    the enforcer observe works without .*\nenforcer   observe\n$")
        self.assertEqual(json.loads(self.run_command("status", "--output", "json")), self.ask("GET", ""))

    def test_top_once_ends_with_the_head_alone(self):
        self.assertRegex(self.run_command("top", "--once"), r"^THREAD +NAME +PRIORITY +SLICE-NS +IN-FORCE .*\n$")
        self.assertEqual(json.loads(self.run_command("top", "--once", "-o", "json")), {"threads": [], "all": True})

    def test_a_dump_that_there_is_not_is_an_error(self):
        self.assertIn("there is no dump", self.run_command("dump", code=5))
        self.assertEqual(json.loads(self.run_command("dump", "-o", "json")), {"lastExit": None, "dump": ""})

    def test_only_who_has_a_token_is_answered(self):
        self.server.token, kept = None, self.server.token
        try:
            for method, path in (("GET", ""), ("GET", "/threads"), ("POST", "/stop"), ("POST", "/reset")):
                answer = self.server.request(method, "/api/v1/scheduler" + path, server="decisionmaker")
                self.assertEqual(answer.status, 401, answer.text)
        finally:
            self.server.token = kept
        # A session of the manager is none of the decision maker's.
        answer = self.server.request("POST", "/api/v1/scheduler/stop", token=kept, server="decisionmaker")
        self.assertEqual(answer.status, 401, answer.text)

    def test_who_cannot_read_the_key_is_told_what_helps(self):
        self.assertIn("--key-file", self.run_command("status", code=5, data_dir=self.server.data_dir + "/nowhere"))

    def test_another_ones_key_is_refused(self):
        other = os.path.join(self.server.data_dir, "other.key")
        subprocess.run(["openssl", "genrsa", "-out", other, "2048"], capture_output=True, check=True)
        self.assertIn("the key must be that of the decision maker", self.run_command("status", "--key-file", other, code=3))

    def test_nobody_there_is_unavailable(self):
        self.run_command("status", server="http://127.0.0.1:1", code=7)

    def test_a_wrong_command_line_is_refused_and_help_is_none(self):
        for arguments, code in ((["scheduler"], 2), (["scheduler", "halt"], 2), (["scheduler", "status", "--once"], 2),
                                (["scheduler", "--help"], 0), (["scheduler", "top", "--help"], 0)):
            ended = subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual(ended.returncode, code, arguments)


class WithScheduler(SchedulerCase):
    """The enforcer that has one: attached where the kernel takes it."""

    def test_its_state_is_that_of_the_enforcer(self):
        data = self.ask("GET", "")
        self.assertIn(data["state"], ("attached", "waiting", "unusable"))
        self.assertEqual(data["state"] == "attached", data["enforcer"] == "sched_ext", data)
        self.assertEqual(data["kernel"], os.uname().release)
        self.assertTrue(data["reason"] and data["since"], data)
        status = self.server.request("GET", "/api/v1/status", token=self.token, server="decisionmaker").body["data"]
        self.assertEqual((status["enforcer"]["kind"], status["enforcer"]["reason"]), (data["enforcer"], data["reason"]))

    def test_a_stop_holds_until_a_reset(self):
        before = self.ask("GET", "")["state"]
        stopped = self.ask("POST", "/stop")
        self.assertEqual(stopped["state"], "unusable" if before == "unusable" else "stopped")
        self.assertNotEqual(stopped["enforcer"], "sched_ext")
        self.assertEqual(self.ask("GET", "")["state"], stopped["state"])
        self.assertEqual(self.ask("POST", "/reset")["state"], before)
        self.assertIn(f"scheduler  {before} since ", self.run_command("status"))


class OneThatWasThrownOut(http.server.BaseHTTPRequestHandler):
    """What a decision maker answers whose scheduler the kernel has thrown out."""

    DATA = {"state": "delayed", "reason": "thrown out", "since": "2026-11-30T00:00:00Z", "enforcer": "cfs", "kernel": "6.18",
            "counts": {"ordinary": 7, "kept": 0}, "exitCounts": {"stall": 1, "sysrq": 0}, "nextTrial": "2026-11-30T00:00:10Z",
            "exits": [{"at": "2026-11-30T00:00:00Z", "kind": "stall", "code": 0, "reason": "runnable task stall",
                       "message": "a\x1b[2J[7]"}], "dump": "CPU states\n  R a\x1b[2J[7]"}
    THREADS = {"threads": [{"thread": 7, "name": "a\x1b[2J", "priority": 5, "sliceNs": 0, "inForce": None},
                           {"thread": 8, "name": "b", "priority": 5, "sliceNs": 2000000, "inForce": {
                               "priority": 4, "sliceNs": 0, "current": False, "share": 1.23456789}}], "all": False}

    def do_GET(self):
        data = self.THREADS if self.path.endswith("/threads") else self.DATA
        body = json.dumps({"success": True, "data": data, "timestamp": "2026-11-30T00:00:00Z"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class ThrownOut(unittest.TestCase):
    def setUp(self):
        self.server = http.server.HTTPServer(("127.0.0.1", 0), OneThatWasThrownOut)
        serving = threading.Thread(target=self.server.serve_forever)
        serving.start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(serving.join)
        self.addCleanup(self.server.shutdown)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.key = folder.name + "/node.key"
        subprocess.run(["openssl", "genrsa", "-out", self.key, "2048"], capture_output=True, check=True)

    def told(self, *arguments):
        return subprocess.run([BINARY, "scheduler", *arguments, "--server", f"http://127.0.0.1:{self.server.server_port}",
                               "--key-file", self.key], capture_output=True, text=True, timeout=60, check=True).stdout

    def test_the_last_exit_and_the_next_trial_are_told(self):
        self.assertEqual(self.told("status").splitlines(), [
            "scheduler   delayed since 2026-11-30T00:00:00Z", "because     thrown out", "enforcer    cfs",
            "next trial  2026-11-30T00:00:10Z", "kernel      6.18", "counts      7 ordinary", "exits       1 stall",
            "last exit   2026-11-30T00:00:00Z stall: runnable task stall (a?[2J[7])", "dump        see `gthulhu scheduler dump`"])

    def test_the_dump_is_printed_without_what_steers_a_terminal(self):
        self.assertEqual(self.told("dump"), "CPU states\n  R a?[2J[7]\n")
        self.assertEqual(json.loads(self.told("dump", "-o", "json")),
                         {"lastExit": OneThatWasThrownOut.DATA["exits"][0], "dump": OneThatWasThrownOut.DATA["dump"]})

    def test_top_shows_what_is_wanted_beside_what_is_in_force(self):
        rows = [line.split() for line in self.told("top", "--once").splitlines()]
        self.assertEqual(rows[1:], [["7", "a?[2J", "5", "default", "-", "-", "-", "-"],
                                    ["8", "b", "5", "2000000", "4", "default", "no", "1.2345"], ["and", "others"]])

    def test_top_goes_on_until_it_is_ended(self):
        with subprocess.Popen([BINARY, "scheduler", "top", "--server", f"http://127.0.0.1:{self.server.server_port}",
                               "--key-file", self.key], stdout=subprocess.PIPE, text=True) as top:
            heads = 0
            for line in top.stdout:
                heads += line.startswith("THREAD ")
                if heads == 2:
                    break
            top.terminate()
        self.assertEqual(heads, 2)


if __name__ == "__main__":
    unittest.main()
