# SPDX-License-Identifier: Apache-2.0
"""How soon a new process of a favoured workload is favoured itself."""

import os
import subprocess
import time
import unittest

from harness import Standalone, Workload, scheduling_of, weight_of

COUNT = int(os.environ.get("NEW_PROCESSES", "200"))
BOUND_MS = 50
SLICE_NS = 2_000_000


def percentile(values, part):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


class NewProcesses(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Standalone().start().login()
        cls.gold = Workload(["sleep", "600"], ["tier=gold"], "test-new-processes")
        cls.gold.find_cgroup("test-new-processes")
        cls.weight = weight_of(cls.gold.cgroup)
        cls.server.create(labelSelectors=[{"key": "tier", "value": "gold"}], priority=10, executionTime=SLICE_NS)
        cls.server.wait_for_states(["verified"])

    @classmethod
    def tearDownClass(cls):
        cls.gold.stop()
        cls.server.stop()

    def enter(self, pid):
        with open(os.path.join(self.gold.cgroup, "cgroup.procs"), "w", encoding="utf-8") as file:
            file.write(str(pid))

    def wait_until_favoured(self, pid, begin):
        while True:
            state = scheduling_of(pid)
            now = time.monotonic()
            if state is not None and state[1] == -10 and state[2] == SLICE_NS:
                return (now - begin) * 1000
            if now - begin > 5:
                self.fail(f"process {pid} is {state} after 5 s")
            time.sleep(0.0005)

    def check(self, delays, what):
        print(f"{what}: p50 {percentile(delays, 0.5):.1f} ms, p99 {percentile(delays, 0.99):.1f} ms, max {max(delays):.1f} ms, n {len(delays)}")
        self.assertLessEqual(percentile(delays, 0.99), BOUND_MS)
        self.assertAlmostEqual(weight_of(self.gold.cgroup) / self.weight, 1.25 ** 10, delta=0.1)

    def test_a_process_moved_in_from_outside_is_favoured_within_50_ms(self):
        delays = []
        for _ in range(COUNT):
            child = subprocess.Popen(["sleep", "60"])
            try:
                begin = time.monotonic()
                self.enter(child.pid)
                delays.append(self.wait_until_favoured(child.pid, begin))
            finally:
                child.kill()
                child.wait()
        self.check(delays, "moved in")

    def test_a_process_started_in_the_cgroup_is_favoured_within_50_ms(self):
        # It is forked by somebody in the cgroup whose own values are the normal ones, so nothing is inherited.
        delays = []
        for _ in range(COUNT):
            begin = time.monotonic()
            child = subprocess.Popen(["sleep", "60"], preexec_fn=lambda: self.enter(os.getpid()))
            try:
                delays.append(self.wait_until_favoured(child.pid, begin))
            finally:
                child.kill()
                child.wait()
        self.check(delays, "started in")

    def test_a_process_that_leaves_gets_its_own_values_back(self):
        child = subprocess.Popen(["nice", "-n", "3", "sleep", "60"])
        try:
            own = scheduling_of(child.pid)
            time.sleep(0.05)  # nice(1) has not yet become sleep(1) at once
            own = scheduling_of(child.pid)
            self.enter(child.pid)
            begin = time.monotonic()
            while scheduling_of(child.pid)[1] != 3 - 10 and time.monotonic() - begin < 2:
                time.sleep(0.001)
            self.assertEqual(scheduling_of(child.pid)[1], 3 - 10)
            with open(os.path.join(os.path.dirname(os.path.dirname(self.gold.cgroup)), "cgroup.procs"), "w", encoding="utf-8") as file:
                file.write(str(child.pid))
            begin = time.monotonic()
            while scheduling_of(child.pid) != own and time.monotonic() - begin < 2:
                time.sleep(0.001)
            self.assertEqual(scheduling_of(child.pid), own)
        finally:
            child.kill()
            child.wait()


if __name__ == "__main__":
    unittest.main()
