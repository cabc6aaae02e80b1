# SPDX-License-Identifier: Apache-2.0
"""A label, a strategy, a kernel: who gets how much of one CPU."""

import os
import time
import unittest

from harness import Standalone, Workload, cpu_ticks, scheduling_of, weight_of

SECONDS = float(os.environ.get("SHARES_SECONDS", "10"))
BUSY = "while :; do :; done"


class Shares(unittest.TestCase):
    def setUp(self):
        self.gold = Workload(["taskset", "-c", "0", "sh", "-c", BUSY], ["tier=gold"], "test-gold")
        # Two busy processes in one workload: shares are between workloads, not between processes.
        self.plain = Workload(["taskset", "-c", "0", "sh", "-c", f"({BUSY}) & {BUSY}"], [], "test-plain")
        self.gold.find_cgroup("test-gold")
        self.plain.find_cgroup("test-plain")

    def tearDown(self):
        for workload in (self.gold, self.plain):
            for pid in workload.pids() if os.path.exists(workload.cgroup) else []:
                os.kill(pid, 15)
            workload.stop()

    def ratio(self):
        before = cpu_ticks(self.gold.pids()), cpu_ticks(self.plain.pids())
        time.sleep(SECONDS)
        after = cpu_ticks(self.gold.pids()), cpu_ticks(self.plain.pids())
        return (after[0] - before[0]) / (after[1] - before[1])

    def test_priority_10_is_worth_9_3_shares_and_nothing_remains_of_it(self):
        with Standalone() as server:
            before = self.ratio()
            weight_before = weight_of(self.gold.cgroup)
            strategy = server.create(labelSelectors=[{"key": "tier", "value": "gold"}], priority=10)
            server.wait_for_states(["verified"])
            weight_with = weight_of(self.gold.cgroup)
            favoured = self.ratio()
            server.delete(strategy)
            server.wait_for_states([])
            after = self.ratio()
            print(f"gold : plain before {before:.2f}, with priority 10 {favoured:.2f}, after {after:.2f}; "
                  f"weight {weight_before} -> {weight_with} -> {weight_of(self.gold.cgroup)}")
            self.assertAlmostEqual(before, 1, delta=0.05)
            self.assertAlmostEqual(favoured, 1.25 ** 10, delta=0.05 * 1.25 ** 10)
            self.assertAlmostEqual(after, 1, delta=0.05)
            self.assertEqual(weight_of(self.gold.cgroup), weight_before)
            self.assertEqual({scheduling_of(pid)[1] for pid in self.gold.pids()}, {0})

    def test_a_command_pattern_favours_inside_the_pod_only_and_says_so(self):
        with Standalone() as server:
            server.create(labelSelectors=[{"key": "tier", "value": "gold"}], commandRegex="^sh$", priority=5)
            server.wait_for_states(["degraded"])
            self.assertEqual(server.intents()[0]["Reason"], "inside pod only")
            self.assertEqual({scheduling_of(pid)[1] for pid in self.gold.pids()}, {-5})


if __name__ == "__main__":
    unittest.main()
