# SPDX-License-Identifier: Apache-2.0
"""kill -9 at random instants under writes and process starts: nothing acknowledged is lost, nothing is doubled, nothing stays behind in the kernel."""

import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from harness import Standalone, Workload

ROUNDS = int(os.environ.get("CRASH_ROUNDS", "10"))
SEED = int(os.environ.get("CRASH_SEED", "0")) or random.SystemRandom().randrange(1, 2**31)
STATE_READER = os.path.join(os.path.dirname(__file__), "kernel_state.py")


class Writer(threading.Thread):
    """50 strategy writes a second: creations and deletions; remembers what was acknowledged."""

    def __init__(self, server, draw):
        super().__init__(daemon=True)
        self.server, self.draw = server, draw
        self.alive = True
        self.kept = {}         # id -> priority, acknowledged
        self.unsure = set()    # ids whose deletion was not answered
        self.deleted = set()   # acknowledged
        self.writes = 0

    def run(self):
        while self.alive:
            begin = time.monotonic()
            try:
                if self.kept and self.draw.random() < 0.5:
                    one = self.draw.choice(sorted(self.kept))
                    priority = self.kept.pop(one)
                    self.unsure.add(one)
                    self.server.delete(one)
                    self.unsure.discard(one)
                    self.deleted.add(one)
                    del priority
                else:
                    priority = self.draw.randint(-19, 20)
                    tier = self.draw.choice(["gold", "silver", "none"])
                    one = self.server.create(labelSelectors=[{"key": "tier", "value": tier}], priority=priority,
                                             commandRegex=self.draw.choice(["", "", "sleep", "sh"]))
                    self.kept[one] = priority
                self.writes += 1
            except (OSError, AssertionError, ValueError, KeyError, json.JSONDecodeError):
                if self.alive:
                    time.sleep(0.01)  # killed under us: not acknowledged
            time.sleep(max(0, 0.02 - (time.monotonic() - begin)))


# Starts 20 processes a second that live up to a second, as long as its input is open.
STARTER = "while read line; do sleep 0.$line & done"


class Crash(unittest.TestCase):
    def kernel_state(self, path):
        subprocess.run([sys.executable, STATE_READER, "save", path], check=True, timeout=60)

    def test_kill_9_loses_nothing_and_leaves_nothing_behind(self):
        print(f"seed {SEED}, {ROUNDS} rounds")
        draw = random.Random(SEED)
        with tempfile.TemporaryDirectory() as folder:
            self.kernel_state(folder + "/before.json")
            workloads = [Workload(["sh", "-c", STARTER], [f"tier={tier}"], f"test-crash-{tier}") for tier in ("gold", "silver")]
            self.kernel_state(folder + "/with-workloads.json")
            server = Standalone(folder).start().login()
            kept, total = {}, 0
            try:
                for number in range(ROUNDS):
                    kept, writes = self.round(server, workloads, draw, kept)
                    total += writes
                for one in list(kept):
                    server.delete(one)
                server.wait_for_states([])
                code = server.stop()
                self.assertEqual(code, 0, "".join(server.log[-300:]))
                time.sleep(1.2)  # the last short processes end
                self.assert_nothing_left(folder, "with-workloads.json")
            finally:
                for workload in workloads:
                    workload.process.stdin.close()
                    workload.process.wait(10)
                    workload.process.stdout.close()
                if server.process.poll() is None:
                    server.kill()
            print(f"{total} acknowledged writes in {ROUNDS} rounds")

    def round(self, server, workloads, draw, kept):
        writer = Writer(server, draw)
        writer.kept = dict(kept)
        writer.start()
        end = time.monotonic() + draw.uniform(0.1, 1.0)
        while time.monotonic() < end:
            for workload in workloads:
                workload.process.stdin.write(f"{draw.randint(1, 9)}\n")
                workload.process.stdin.flush()
            time.sleep(0.1)
        server.kill()
        writer.alive = False
        writer.join(40)
        server.start().login()
        stored = server.strategies()
        ids = [strategy["ID"] for strategy in stored]
        self.assertEqual(len(ids), len(set(ids)), "a strategy is doubled")
        missing = set(writer.kept) - set(ids)
        self.assertFalse(missing, f"acknowledged and lost (seed {SEED})")
        self.assertFalse(writer.deleted & set(ids), f"acknowledged deletions came back (seed {SEED})")
        for strategy in stored:
            self.assertEqual(strategy["Priority"], writer.kept.get(strategy["ID"], strategy["Priority"]))
        intents = [intent["ID"] for intent in server.intents()]
        self.assertEqual(len(intents), len(set(intents)), "an intent is doubled")
        # Creations that were stored and not answered, deletions that were not answered: both are known now.
        return {strategy["ID"]: strategy["Priority"] for strategy in stored}, writer.writes

    def assert_nothing_left(self, folder, before):
        self.kernel_state(folder + "/after.json")
        compared = subprocess.run([sys.executable, STATE_READER, "diff", os.path.join(folder, before), folder + "/after.json"],
                                  capture_output=True, text=True, timeout=60)
        self.assertEqual(compared.returncode, 0, f"seed {SEED}:\n{compared.stdout}{compared.stderr}")


if __name__ == "__main__":
    unittest.main()
