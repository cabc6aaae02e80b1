# SPDX-License-Identifier: Apache-2.0
"""/metrics of both servers: that the text is right, and that counts of pods do not fall."""

import os
import signal
import unittest

from confined import built_with_bpf
from harness import Standalone, Workload, wait_for
from metrics_text import OPEN_METRICS, TEXT, BadMetrics, parse

# Each would be taken by a reader that looks less closely.
FAULTS = [
    (TEXT, "a 1\n"),
    (TEXT, "# TYPE a gauge\na 1\n"),
    (TEXT, "# HELP a A.\na 1\n"),
    (TEXT, "# HELP a A.\n# TYPE b gauge\nb 1\n"),
    (TEXT, "# HELP a A.\n# TYPE a gauge\na 1"),
    (TEXT, "# HELP a A.\n# TYPE a gauge\na 1\na 1\n"),
    (TEXT, "# HELP a A.\n# TYPE a gauge\na{b=\"1\",c=\"2\"} 1\na{c=\"2\",b=\"1\"} 1\n"),
    (TEXT, "# HELP a A.\n# TYPE a gauge\na 1\n# HELP a A.\n# TYPE a gauge\na{b=\"1\"} 1\n"),
    (TEXT, "# HELP a A.\n# TYPE a gauge\n# HELP b B.\n# TYPE b gauge\na 1\n"),
    (TEXT, "# HELP a A.\n# TYPE a gauge\na one\n"),
    (TEXT, "# HELP a A.\n# TYPE a gauge\na{b=\"\"\"} 1\n"),
    (TEXT, "# HELP a A.\n# TYPE a gauge\na{b=\"\\x\"} 1\n"),
    (TEXT, "# HELP a A.\n# TYPE a gauge\na{b=\"1\",b=\"2\"} 1\n"),
    (TEXT, "# HELP a A.\n# TYPE a gauge\na{b=\"1\",} 1\n"),
    (TEXT, "# HELP a A.\n# TYPE a gauge\na{} 1\n"),
    (TEXT, "# HELP a A.\n# TYPE a gauge\na{b=\"1\n2\"} 1\n"),
    (TEXT, "# HELP a A.\\x\n# TYPE a gauge\na 1\n"),
    (TEXT, "# HELP a A.\n# TYPE a counter\na 1\n"),
    (TEXT, "# HELP a_total A.\n# TYPE a_total gauge\na_total 1\n"),
    (TEXT, "# HELP a_total A.\n# TYPE a_total counter\na_total -1\n"),
    (TEXT, "# HELP a A.\n# TYPE a gauge\na 1\n# EOF\n"),
    (TEXT, "# HELP h H.\n# TYPE h histogram\nh_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n"),
    (TEXT, "# HELP h H.\n# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_sum 1\nh_count 1\n"),
    (TEXT, "# HELP h H.\n# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 2\n"),
    (OPEN_METRICS, "# HELP a A.\n# TYPE a gauge\na 1\n"),
    (OPEN_METRICS, "# HELP a_total A.\n# TYPE a_total counter\na_total 1\n# EOF\n"),
    (OPEN_METRICS, "# HELP a A.\n# TYPE a counter\na 1\n# EOF\n"),
    ("text/plain", "# HELP a A.\n# TYPE a gauge\na 1\n"),
]


def set_quota(cgroup, microseconds_of_100_000):
    """On both versions of cgroups."""
    if os.path.exists(f"{cgroup}/cpu.max"):
        name, value = "cpu.max", f"{microseconds_of_100_000} 100000"
    else:
        name, value = "cpu.cfs_quota_us", str(microseconds_of_100_000)
    with open(f"{cgroup}/{name}", "w", encoding="ascii") as file:
        file.write(value)


class Checker(unittest.TestCase):
    def test_it_reads_what_is_right(self):
        text = '# HELP a_total A \\\\ \\n.\n# TYPE a_total counter\na_total{b="\\\\ \\" \\n {}, é",c=""} 1e+20\n'
        family = parse(text, TEXT)["a_total"]
        self.assertEqual(family.samples, {("a_total", (("b", '\\ " \n {}, é'), ("c", ""))): 1e20})
        text = text.replace("HELP a_total", "HELP a").replace("TYPE a_total", "TYPE a")
        self.assertEqual(parse(text + "# EOF\n", OPEN_METRICS)["a_total"].samples, family.samples)

    def test_it_refuses_what_is_wrong(self):
        for content_type, text in FAULTS:
            with self.subTest(text), self.assertRaises(BadMetrics):
                parse(text, content_type)


class Metrics(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Standalone(arguments=["--allow-public-key-exchange"],
                                environment={"MACHINE_ID": 'rack\n"7"\\\n'}).start().login()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def metrics(self, server="decisionmaker", accept=None):
        answer = self.server.request("GET", "/metrics", server=server, headers={"Accept": accept} if accept else {})
        self.assertEqual(answer.status, 200, answer.text)
        return parse(answer.text, answer.headers["Content-Type"])

    def pods(self, name):
        """By pod name, the values of a family of pods."""
        family = self.metrics().get("gthulhu_pod_" + name)
        return {dict(labels)["pod_name"]: value for (_, labels), value in family.samples.items()} if family else {}

    def test_both_servers_speak_both_formats(self):
        for server in ("manager", "decisionmaker"):
            self.assertEqual(self.server.request("GET", "/metrics", server=server).headers["Content-Type"], TEXT)
            plain = self.metrics(server)
            opened = self.metrics(server, "application/openmetrics-text")
            self.assertEqual({name: family.kind for name, family in plain.items()},
                             {name: family.kind for name, family in opened.items()})
            self.assertIn(f"gthulhu_{server}_http_requests_total", plain)

    def test_counts_of_a_pod_do_not_fall_when_its_processes_end(self):
        """Two shells that go round and round end one after the other; the one that began them stays."""
        loop = "while :; do sleep 0.01; done"
        workload = Workload(["sh", "-c", f"sh -c '{loop}' & sh -c '{loop}' & wait; {loop}"], ["metrics=yes"], "metrics-of-a-pod")
        self.addCleanup(workload.stop)
        workload.find_cgroup("metrics-of-a-pod")
        strategy = self.server.create(labelSelectors=[{"key": "metrics", "value": "yes"}], commandRegex="^sh$", priority=1)
        self.addCleanup(self.server.delete, strategy)
        name = "metrics-of-a-pod"
        wait_for(lambda: self.pods("process_count").get(name) == 3, 10, lambda: f"three shells: {self.metrics()}")
        wait_for(lambda: self.pods("voluntary_ctx_switches_total")[name] > 20, 10, "switches")
        families = ("cpu_time_nanoseconds_total", "wait_time_nanoseconds_total", "run_count_total",
                    "voluntary_ctx_switches_total", "involuntary_ctx_switches_total", "cpu_migrations_total")
        before = {family: self.pods(family)[name] for family in families}
        self.assertGreater(before["cpu_time_nanoseconds_total"], 0)
        for left in (2, 1):
            shells = [pid for pid in workload.pids() if self.is_loop(pid)]
            os.kill(shells[0], signal.SIGKILL)
            wait_for(lambda expected=left: self.pods("process_count")[name] == expected, 10, "a shell less")
            after = {family: self.pods(family)[name] for family in families}
            for family in families:
                self.assertGreaterEqual(after[family], before[family], family)
            before = after

    def test_waits_for_a_quota_are_counted_apart_from_those_for_a_cpu(self):
        """A pod that wants a CPU and may have a fifth of one."""
        name = "waits-of-a-pod"
        workload = Workload(["sh", "-c", "read line; while :; do :; done"], ["metrics=waits"], name)
        self.addCleanup(workload.stop)
        set_quota(workload.find_cgroup(name), 20_000)
        strategy = self.server.create(labelSelectors=[{"key": "metrics", "value": "waits"}], priority=1)
        self.addCleanup(self.server.delete, strategy)
        wait_for(lambda: name in self.pods("throttled_periods_total"), 10, "an entry of the pod")
        workload.process.stdin.write("\n")
        workload.process.stdin.flush()
        wait_for(lambda: self.pods("throttled_periods_total")[name] > 5, 10, "periods without quota")
        self.assertGreaterEqual(self.pods("quota_periods_total")[name], self.pods("throttled_periods_total")[name])
        self.assertGreater(self.pods("throttled_seconds_total")[name], 0.3)
        status = self.server.request("GET", "/api/v1/status", token=self.server.agent_token(),
                                     server="decisionmaker").body["data"]["runQueueWaits"]
        self.assertEqual(status["counted"], status["reason"] == "")
        if not built_with_bpf():
            self.assertIn("built without BPF", status["reason"])
            self.assertNotIn("gthulhu_pod_run_queue_wait_seconds", self.metrics())
            return
        self.assertTrue(status["counted"], status)
        wait_for(lambda: self.pods("throttled_waits_total")[name] > 5, 10, "waits for the quota")
        self.assertGreater(self.pods("throttled_wait_seconds_total")[name], 0.3)
        histogram = self.metrics()["gthulhu_pod_run_queue_wait_seconds"].samples
        counts = {dict(labels)["pod_name"]: value for (part, labels), value in histogram.items() if part.endswith("_count")}
        self.assertGreater(counts[name], 0)
        cut = self.pods("preempted_bursts_total")[name]
        self.assertGreater(cut, 5, "who runs into its quota could have gone on")
        bursts = {(part, dict(labels)["pod_name"]): value for (part, labels), value
                  in self.metrics()["gthulhu_pod_cpu_burst_seconds"].samples.items() if "bucket" not in part}
        self.assertGreater(bursts["gthulhu_pod_cpu_burst_seconds_sum", name], 0.1)
        self.assertGreaterEqual(bursts["gthulhu_pod_cpu_burst_seconds_count", name], cut)

    @staticmethod
    def is_loop(pid):
        try:
            with open(f"/proc/{pid}/cmdline", encoding="utf-8") as file:
                return file.read().startswith("sh\0-c\0while")
        except OSError:
            return False

    def test_the_figures_of_a_scheduler_carry_the_machines_id(self):
        """Without the line end behind it, and what is inside is escaped."""
        self.assertNotIn("nr_queued", self.metrics())
        answer = self.server.request("POST", "/api/v1/metrics", {"nr_queued": 3}, token=self.server.agent_token(),
                                     server="decisionmaker")
        self.assertEqual(answer.status, 200, answer.text)
        self.assertEqual(self.metrics()["nr_queued"].samples, {("nr_queued", (("machine_id", 'rack\n"7"\\'),)): 3})


if __name__ == "__main__":
    unittest.main()
