# SPDX-License-Identifier: Apache-2.0
"""Processes come and go faster than anybody can look, and so does the decision maker: what a pod was given is held in this pod and nowhere else.

CHURN_CYCLES (10,000) and CHURN_KILLS (10) choose the sizes; `make test-long` takes 1,000,000 and 100.
"""

import contextlib
import os
import random
import signal
import subprocess
import threading
import time
import unittest

from churned_node import SEED, SLICES, Churn, ChurnedNode, holders, text_of
from harness import move_into, scheduling_of, wait_for

CYCLES = int(os.environ.get("CHURN_CYCLES", "10000"))
KILLS = int(os.environ.get("CHURN_KILLS", "10"))
TICK_MS = 1000 // os.sysconf("SC_CLK_TCK")  # starts of processes are told apart by these


class Leavers(threading.Thread):
    """Children of processes in pods, each moved out once there is a decision for it; how long they keep what they were given."""

    def __init__(self, node):
        super().__init__(daemon=True)
        self.node = node
        self.parents = list(node.resting)
        self.alive = True
        self.seconds = []
        self.trouble = ""

    def run(self):
        own = scheduling_of(os.getpid())
        try:
            while self.alive:
                child = self.parents[len(self.seconds) % len(self.parents)].fork()
                wait_for(lambda pid=child: pid in self.node.served(), 5, f"a decision for the new process {child}")
                begin = time.monotonic()
                move_into(self.node.pods.outside, child)
                wait_for(lambda pid=child: scheduling_of(pid) == own, 5,
                         lambda pid=child: f"process {pid}, which left its pod, to have {own}; it has {scheduling_of(pid)}")
                self.seconds.append(time.monotonic() - begin)
                os.kill(child, signal.SIGKILL)
        except (OSError, AssertionError) as failure:
            self.trouble = repr(failure)

    def end(self):
        self.alive = False
        self.join(20)


class UnderProcesses(ChurnedNode):
    def setUp(self):
        super().setUp()
        for path in self.paths:
            self.rest_in(path)
        self.save_state("before.json")
        self.start_server()

    def churn(self):
        churn = Churn(self.pods)
        self.addCleanup(churn.end)
        return churn

    def test_what_pods_were_given_is_held_nowhere_else(self):
        churn, leavers = self.churn(), Leavers(self)
        leavers.start()
        begin = time.monotonic()
        answer = churn.ask("cycles", CYCLES, 2 * TICK_MS)
        seconds = time.monotonic() - begin
        leavers.end()
        print(f"{seconds:.0f} s: {answer}\n{len(leavers.seconds)} children left, most {max(leavers.seconds, default=0):.3f} s"
              f"\n{self.discovery()}")
        self.assertEqual(answer["cycles"], CYCLES)
        self.assertGreater(answer["reused"], 0.99 * answer["numbers"], answer["refusal"])
        self.assertEqual(answer["inherited"], 0, answer["faults"])
        self.assertGreater(answer["left"], 0)
        self.assertEqual((answer["held_late"], answer["back_late"]), (0, 0))
        self.assertEqual(leavers.trouble, "")
        self.assertLessEqual(max(leavers.seconds), 1)
        self.wait_until_in_step(5)
        self.assert_index_is_right()
        discovery = self.discovery()
        self.assertTrue(discovery["lost"] == 0 or discovery["rescans"] > 0, discovery)
        self.server.request("DELETE", "/api/v1/intents", {"all": True})
        wait_for(lambda: not holders(), 5, holders)
        self.assertEqual(self.served(), {})
        self.stop_and_compare("before.json")

    def test_lost_events_are_repaired(self):
        churn = self.churn()
        going, leaving = self.rest_in(self.paths[2]), self.rest_in(self.paths[2])
        coming = self.rest_in(self.pods.outside)
        self.wait_until_in_step(5)
        self.server.process.send_signal(signal.SIGSTOP)
        churn.ask("burst", 60_000)
        self.end(going)
        self.rest_in(self.paths[3]).fork()
        move_into(self.pods.outside, leaving.pid)
        move_into(self.paths[0], coming.pid)
        self.go_on()
        self.stop_and_compare("before.json")

    def test_a_process_whose_end_was_lost_is_not_served(self):
        churn = self.churn()
        self.wait_until_in_step(5)
        self.server.process.send_signal(signal.SIGSTOP)
        # Its start is among the events that are kept, but far behind the first ones.
        churn.ask("burst", 5_000)
        ends = self.rest_in(self.paths[0])
        churn.ask("burst", 60_000)
        self.end(ends)
        self.go_on()

    def go_on(self):
        """After events were lost, until it has read all that were not."""
        self.server.process.send_signal(signal.SIGCONT)
        begin = time.monotonic()
        wait_for(lambda: self.discovery()["rescans"] > 0, 5, "a look at everything")
        last = self.rest_in(self.paths[0])
        wait_for(lambda: last.pid in self.served(), 5, "the events to be read")
        self.wait_until_in_step(5)
        print(f"in step {time.monotonic() - begin:.3f} s after it went on: {self.discovery()}")
        self.assert_index_is_right()
        self.assertGreater(self.discovery()["lost"], 0)

    def test_who_has_the_number_of_one_that_joined_a_pod_and_ended_is_not_in_it(self):
        own = scheduling_of(os.getpid())
        self.server.process.send_signal(signal.SIGSTOP)
        first = subprocess.Popen(["sleep", "60"])
        move_into(self.paths[0], first.pid)
        first.kill()
        first.wait()
        time.sleep(2 * TICK_MS / 1000)  # so that their starts differ
        with open("/proc/sys/kernel/ns_last_pid", "w", encoding="utf-8") as file:
            file.write(str(first.pid - 1))
        second = os.fork()
        if second == 0:
            signal.pause()
            os._exit(0)
        try:
            self.assertEqual(second, first.pid, "the number was not given anew")
            last = self.rest_in(self.paths[0])
            self.server.process.send_signal(signal.SIGCONT)
            wait_for(lambda: last.pid in self.served(), 5, "the events to be read")
            self.assertNotIn(second, self.served())
            self.assertEqual(scheduling_of(second), own)
        finally:
            os.kill(second, signal.SIGKILL)
            os.waitpid(second, 0)

    def test_a_child_that_leaves_before_it_is_seen_is_put_back_at_stop(self):
        own = scheduling_of(os.getpid())
        self.server.process.send_signal(signal.SIGSTOP)
        child = self.resting[0].fork()
        move_into(self.pods.outside, child)
        self.assertIn(scheduling_of(child)[2], SLICES)  # by the kernel
        self.server.process.send_signal(signal.SIGCONT)
        self.assertEqual(self.server.stop(), 0)
        self.assertEqual(scheduling_of(child), own)


class Starter(threading.Thread):
    """Starts processes that live for up to half a second in the pods, and takes some out of them."""

    def __init__(self, paths, outside, draw):
        super().__init__(daemon=True)
        self.paths, self.outside, self.draw = paths, outside, draw
        self.alive = True
        self.children = []

    def run(self):
        while self.alive:
            path = self.draw.choice(self.paths)
            child = subprocess.Popen(["sleep", str(self.draw.uniform(0, 0.5))], preexec_fn=lambda: move_into(path, os.getpid()))
            self.children.append(child)
            if self.draw.random() < 0.2:
                with contextlib.suppress(ProcessLookupError):  # it is over
                    move_into(self.outside, child.pid)
            time.sleep(0.02)

    def end(self):
        self.alive = False
        self.join(20)

    def reap(self):
        for child in self.children:
            child.wait(20)


class UnderKills(ChurnedNode):
    def test_after_kill_9_it_is_back_in_step_within_a_second(self):
        print(f"seed {SEED}, {KILLS} rounds")
        draw = random.Random(SEED)
        for path in self.paths * 2:
            self.rest_in(path)
        self.save_state("before.json")
        self.start_server()
        rounds = [self.round(draw) for _ in range(KILLS)]
        whole = sorted(one["whole"] for one in rounds)
        worst = max(rounds, key=lambda one: one["whole"] - one["waited"])
        print(f"in step again after kill -9, {KILLS} rounds: p50 {whole[KILLS // 2]:.3f} s, most {whole[-1]:.3f} s; "
              f"most without waiting for a CPU: {worst}")
        self.assertLessEqual(worst["whole"] - worst["waited"], 1, f"{worst}; seed {SEED}")
        self.stop_and_compare("before.json")

    def round(self, draw):
        """Seconds from the exec until it listens and is in step; of them those that it waited for a CPU before it listened."""
        starter = Starter(self.paths, self.pods.outside, draw)
        starter.start()
        time.sleep(draw.uniform(0.05, 0.5))  # the instant is what is random here
        self.server.kill()
        starter.end()
        outside = self.change_something(draw)
        self.assertTrue(self.kernel_out_of_step(self.wanted()))
        begin = time.monotonic()
        self.server.start()
        listens = time.monotonic() - begin
        waited = int(text_of(f"/proc/{self.server.process.pid}/schedstat").split()[1]) / 1e9
        self.wait_until_in_step(10)
        whole = time.monotonic() - begin
        starter.reap()
        self.end(outside)
        return {"whole": round(whole, 3), "listens": round(listens, 3), "waited": round(waited, 3), "load": os.getloadavg()[0]}

    def change_something(self, draw):
        """While nobody looks: one ends, two start, one forks, one leaves, and so does a child of another. The one that left."""
        ends, forks, forks_a_leaver, leaves = draw.sample(self.resting, 4)
        self.end(ends)
        for path in draw.sample(self.paths, 2):
            self.rest_in(path)
        forks.fork()
        move_into(self.pods.outside, forks_a_leaver.fork())
        move_into(self.pods.outside, leaves.pid)
        return leaves


if __name__ == "__main__":
    unittest.main()
