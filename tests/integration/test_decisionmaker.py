# SPDX-License-Identifier: Apache-2.0
"""The decision maker's own API, as a Go manager or a Go scheduler uses it."""

import os
import unittest

import harness
from harness import Standalone, Workload, scheduling_of, wait_for


class DecisionMaker(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Standalone(arguments=["--allow-public-key-exchange"]).start().login()
        cls.gold = Workload(["sleep", "600"], ["tier=gold"], "test-decisionmaker")
        cls.gold.find_cgroup("test-decisionmaker")
        cls.token = cls.server.agent_token()

    @classmethod
    def tearDownClass(cls):
        cls.gold.stop()
        cls.server.stop()

    def ask(self, method, path, body=None, status=200):
        answer = self.server.request(method, path, body, token=self.token, server="decisionmaker")
        self.assertEqual(answer.status, status, answer.text)
        return answer.body

    def pod(self):
        """The workload's UID and process, as /pods/pids lists them."""
        for pod in self.ask("GET", "/api/v1/pods/pids")["data"]["pods"]:
            for process in pod["processes"]:
                if process["pid"] in self.gold.pids():
                    return pod["pod_uid"], process
        self.fail("the workload is not listed")

    def scheduling(self):
        return self.ask("GET", "/api/v1/scheduling/strategies")["scheduling"]

    def test_a_scheduler_that_polls_gets_a_304_until_something_changes(self):
        def poll(tag):
            answer = self.server.request("GET", "/api/v1/scheduling/strategies", token=self.token,
                                         server="decisionmaker", headers={"If-None-Match": tag} if tag else None)
            return answer.status, answer.headers["ETag"], answer.text

        uid, _ = self.pod()
        status, tag, _ = poll(None)
        self.assertEqual(status, 200)
        self.assertEqual(poll(tag), (304, tag, ""))
        self.ask("POST", "/api/v1/intents", {"intents": [{"podID": uid, "priority": 3}]})
        wait_for(lambda: poll(tag)[0] == 200, 5, "another answer")
        self.ask("DELETE", "/api/v1/intents", {"all": True})

    def test_another_key_gets_no_token(self):
        answer = self.server.request("POST", "/api/v1/auth/token", {"public_key": "x"}, server="decisionmaker")
        self.assertEqual((answer.status, answer.body["error"]), (401, "Public key verification failed "))

    def test_processes_are_listed_by_pod(self):
        _, process = self.pod()
        self.assertEqual(process["command"], "sleep")
        self.assertEqual(process["ppid"], self.gold.process.pid)

    def test_pushed_intents_are_served_enforced_and_taken_back(self):
        uid, process = self.pod()
        own = scheduling_of(process["pid"])
        weak = {"podID": uid, "commandRegex": "sleep", "priority": 2, "executionTime": 3000000}
        strong = {"podID": uid, "commandRegex": "^sle", "priority": 7, "executionTime": 2000000, "podLabels": {"tier": "gold"}}
        self.ask("POST", "/api/v1/intents", {"intents": [weak, strong]})
        wait_for(lambda: len(self.scheduling()) == 1, 5, "the decision to be served")
        self.assertEqual(self.scheduling(), [{"priority": 7, "execution_time": 2000000, "pid": process["pid"],
                                              "selectors": [{"key": "tier", "value": "gold"}], "command_regex": "^sle"}])
        wait_for(lambda: scheduling_of(process["pid"])[1:] == (-7, 2000000), 5, "the kernel to obey")
        self.assertRegex(self.ask("GET", "/api/v1/intents/merkle")["data"]["rootHash"], "^[0-9a-f]{64}$")
        self.ask("DELETE", "/api/v1/intents", {"podId": uid})
        wait_for(lambda: scheduling_of(process["pid"]) == own, 5, "the process's own values")
        self.assertEqual(self.scheduling(), [])
        self.assertEqual(self.ask("GET", "/api/v1/intents/merkle")["data"]["rootHash"],
                         "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")

    def test_a_bad_payload_is_refused_with_the_field(self):
        body = self.ask("POST", "/api/v1/intents", {"intents": [{"podID": 7}]}, status=400)
        self.assertEqual(body["error"], "Invalid request payload: intents[0].podID must be a string, not a number")
        body = self.ask("DELETE", "/api/v1/intents", {}, status=400)
        self.assertEqual(body["error"], "PodID is required when 'all' is false")

    def test_the_status_names_the_enforcer(self):
        self.assertIn(self.ask("GET", "/api/v1/status")["data"]["enforcer"]["kind"], ("cfs", "observe"))


class CommandMatch(unittest.TestCase):
    def test_a_command_is_matched_against_arguments_and_against_names_of_threads(self):
        program = ("import threading, time\n"
                   "threading.Thread(target=lambda: (open('/proc/thread-self/comm', 'w').write('io'), time.sleep(600))).start()\n"
                   "time.sleep(600)")
        gold = Workload(["/usr/bin/python3", "-c", program, "--cell=1"], ["tier=gold"], "test-command-match")
        self.addCleanup(gold.stop)
        gold.find_cgroup("test-command-match")
        with harness.DecisionMaker(arguments=["--allow-public-key-exchange"]) as server:
            def pod():
                return next(((pod["pod_uid"], process["pid"])
                             for pod in server.request("GET", "/api/v1/pods/pids").body["data"]["pods"]
                             for process in pod["processes"]
                             if process["pid"] in gold.pids() and process["command"].startswith("python")), None)

            def names():
                return {name_of(tid): int(tid) for tid in os.listdir(f"/proc/{pid}/task")}

            def name_of(tid):
                with open(f"/proc/{pid}/task/{tid}/comm", encoding="utf-8") as file:
                    return file.read().strip()

            wait_for(pod, 5, "the process")
            uid, pid = pod()
            wait_for(lambda: "io" in names(), 5, "its thread")
            other = names()["io"]

            def nices():
                return scheduling_of(pid)[1], scheduling_of(other)[1]

            for match, regex, expected in (("cmdline", "--cell=[0-9]$", (-4, -4)), ("cmdline", "--cell=2", (0, 0)),
                                           ("exe", "^/usr/bin/python3", (-4, -4)), ("comm", "cell", (0, 0)),
                                           ("thread", "^io$", (0, -4))):
                with self.subTest(match=match, regex=regex):
                    intent = {"podID": uid, "commandRegex": regex, "commandMatch": match, "priority": 4}
                    self.assertEqual(server.request("POST", "/api/v1/intents", {"intents": [intent]}).status, 200)
                    wait_for(lambda: nices() == expected, 5, lambda: f"{expected}, not {nices()}")
            listed = server.request("GET", "/api/v1/scheduling/strategies").body["scheduling"]
            self.assertEqual([one["pid"] for one in listed], [other])
            answer = server.request("POST", "/api/v1/intents", {"intents": [{"podID": uid, "commandMatch": "name"}]})
            self.assertIn("intents[0].commandMatch must be comm, exe, cmdline or thread", answer.body["error"])


class SchedExt(unittest.TestCase):
    """Who names the enforcer sched_ext gets it where the kernel has it, and is told why where it has not."""

    def test_where_our_scheduler_cannot_be_used_another_enforcer_does_the_work_and_says_why(self):
        for kind in ("auto", "sched_ext"):
            with self.subTest(kind=kind), harness.DecisionMaker(
                    arguments=["--allow-public-key-exchange"],
                    environment={"DM_ENFORCER_KIND": kind}) as server:
                enforcer = server.request("GET", "/api/v1/status").body["data"]["enforcer"]
                reason = enforcer["reason"].removeprefix("set by the operator; ")
                self.assertEqual(reason != enforcer["reason"], kind == "sched_ext", enforcer)
                if os.path.exists("/sys/kernel/sched_ext"):
                    self.assertEqual(enforcer["kind"], "sched_ext", enforcer)
                else:
                    self.assertEqual(enforcer["kind"], "cfs", enforcer)
                    self.assertTrue(enforcer["approximate"])
                    self.assertTrue(reason.startswith("sched_ext: the kernel has no sched_ext; nice"), enforcer)


class ExternalScheduler(unittest.TestCase):
    def test_decisions_are_applied_once_the_scheduler_has_asked_for_them_and_nothing_is_written(self):
        gold = Workload(["sleep", "600"], ["tier=gold"], "test-external")
        self.addCleanup(gold.stop)
        gold.find_cgroup("test-external")
        with harness.DecisionMaker(arguments=["--allow-public-key-exchange"],
                                   environment={"DM_ENFORCER_KIND": "external"}) as server:
            def status():
                return server.request("GET", "/api/v1/status").body["data"]

            uid, pid = next((pod["pod_uid"], process["pid"])
                            for pod in server.request("GET", "/api/v1/pods/pids").body["data"]["pods"]
                            for process in pod["processes"] if process["pid"] in gold.pids())
            own = scheduling_of(pid)
            self.assertEqual(status()["enforcer"]["kind"], "external")
            server.request("POST", "/api/v1/intents", {"intents": [{"podID": uid, "priority": 7}]})
            wait_for(lambda: status()["intents"].get("degraded") == 1, 5, "the decision")
            self.assertIn("no scheduler has asked", status()["enforcer"]["reason"])
            taken = server.request("GET", "/api/v1/scheduling/strategies").body["scheduling"]
            self.assertEqual([one["pid"] for one in taken], [pid])
            wait_for(lambda: status()["intents"].get("applied") == 1, 5, "it to be applied")
            self.assertIn("a scheduler asks", status()["enforcer"]["reason"])
            self.assertEqual(scheduling_of(pid), own)


if __name__ == "__main__":
    unittest.main()
