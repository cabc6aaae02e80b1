# SPDX-License-Identifier: Apache-2.0
"""The manager behind a proxy that cuts, drops, doubles, reorders, stalls and refuses, while pods come and go all the
time: no intent is ever taken from a node without reason, and all is right soon after the faults end.

FAULT_SECONDS=N (10), FAULT_SEED=N. Exit code 77 (skipped) when BACKPORTS=0 says that there is no Go to build an API
server with."""

import collections
import os
import random
import sys
import threading
import time
import unittest

from api_requests import per_second, shortest_span
from fault_proxy import FaultProxy
from informer_case import InformerCase, percentiles
from pod_churn import Churn

SECONDS = float(os.environ.get("FAULT_SECONDS", "10"))
SEED = int(os.environ.get("FAULT_SEED", "0")) or random.SystemRandom().randrange(1, 2**31)
# One of the long form is longer than any watch may be silent.
FULL_STALL = 75 if SECONDS >= 600 else min(20, SECONDS / 6)
RECOVERY = 60
# What the beginnings of connections differ by.
JITTER = 0.2


class Truth(InformerCase):
    """The search for intents that vanish finds one."""

    def test_an_intent_that_is_taken_away_without_reason_is_found(self):
        ground = self.ground
        manager = self.start_manager()
        name = ground.create_strategy(manager, labelSelectors=[{"key": "tier", "value": "gold"}])
        ground.create_pod(ground.nodes[0], {"tier": "gold"})
        self.assert_right()
        time.sleep(2.1)
        manager.delete(name)
        self.cluster.wait_for(lambda: not ground.agents[0].intents(), 5, "the intent to vanish")
        # As far as this knows the strategy is there.
        time.sleep(0.1)
        self.assertEqual([(node, strategy) for node, _, strategy, _ in self.spurious()], [(ground.nodes[0], name)])
        ground.strategies.clear()
        for agent in ground.agents:
            agent.history.clear()


class Faults(InformerCase):
    def test_no_intent_vanishes_without_reason_and_all_is_right_when_the_faults_end(self):
        ground = self.ground
        proxy = FaultProxy(self.cluster, SEED)
        self.addCleanup(proxy.stop)
        print(f"FAULT_SEED={SEED}", flush=True)
        manager = self.start_manager(ground.kubeconfig(url=proxy.url, authority=proxy.authority), audit="10s")
        self.create_strategies(manager)
        manager.wait_until_current(10)
        proxy.is_faulty = True
        stall = threading.Timer(SECONDS / 2, proxy.stall_all, (FULL_STALL,))
        stall.start()
        with Churn(ground, "shop", rate=15, seed=SEED) as churn:
            time.sleep(SECONDS)
            stall.join()
            proxy.is_faulty = False
        took = ground.wait_for_plan(RECOVERY)
        spurious = self.spurious()
        streams = collections.defaultdict(list)
        for asked in proxy.asked:
            streams[asked.stream].append(asked.time)
        most = max(per_second(times) for times in streams.values())
        delays = [delay for agent in ground.agents for delay in self.delays(agent)]
        requests = {stream: len(times) for stream, times in streams.items()}
        self.say(f"{SECONDS:.0f} s, {churn.changes} changes, faults {dict(proxy.done)}; "
                 f"created to held: {percentiles(delays)}; requests {requests}, at most {most:.1f}/s of a stream; "
                 f"events {manager.counts('events')['pods']} of which no news {manager.counts('repeated')['pods']}, "
                 f"lost {manager.counts('lost')['pods']}; {len(spurious)} intents vanished without reason; "
                 f"right {took:.1f} s after the end")
        self.assertEqual(spurious, [])
        for stream, times in streams.items():
            # Six requests that are a second apart take five.
            self.assertGreaterEqual(shortest_span(times, 6) or 5, 5 - JITTER, stream)

    def delays(self, agent):
        """From the creation of each pod that its node's decision maker has heard of until then."""
        first = {}
        for entry in agent.history:
            for _, uid in entry.intents:
                first.setdefault(uid, entry.time)
        states = self.ground.truth.states
        return [held - states[uid][0].begin for uid, held in first.items()
                if uid in states and states[uid][0].pod["spec"].get("nodeName") == agent.name]


if __name__ == "__main__":
    if os.environ.get("BACKPORTS") == "0":
        print("skipped: BACKPORTS=0, so there is no Go to build Kubernetes with")
        sys.exit(77)
    unittest.main(verbosity=2)
