# SPDX-License-Identifier: Apache-2.0
"""What the tests of how the manager follows a cluster have in common to begin with: one cluster, and for each test a
manager of its own, who has never seen it."""

import time
import unittest

from informer_ground import AGENTS_NAMESPACE, Ground, Manager
from pod_churn import TIERS

USER = f"system:serviceaccount:{AGENTS_NAMESPACE}:manager"


def percentiles(seconds):
    """p50 and p99 for people."""
    ordered = sorted(seconds)
    at = lambda share: ordered[min(len(ordered) - 1, int(len(ordered) * share))]  # noqa: E731
    return f"p50 {at(0.5) * 1000:.0f} ms, p99 {at(0.99) * 1000:.0f} ms of {len(ordered)}"


class InformerCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.ground = Ground()
        cls.addClassCleanup(cls.ground.stop)
        cls.ground.start()
        cls.cluster = cls.ground.cluster

    def setUp(self):
        self.managers = []
        self.ground.strategies.clear()
        for agent in self.ground.agents:
            agent.history.clear()
        self.addCleanup(self.end)

    def end(self):
        for manager in self.managers:
            outcome = self._outcome.result
            if any(test is self for test, _ in outcome.failures + outcome.errors):
                print("the manager's last lines:", *manager.log[-30:], sep="\n", flush=True)
            manager.__exit__()
        self.ground.delete_all("shop", "play")

    def start_manager(self, kubeconfig=None, login=True, **settings):
        manager = Manager(kubeconfig or self.ground.kubeconfig(), **settings)
        self.managers.append(manager)
        manager.start()
        return manager.login() if login else manager

    def create_strategies(self, manager):
        """By equality, by existence, by namespace, and one for every pod that is not protected."""
        for index, fields in enumerate((
                *({"labelSelectors": [{"key": "tier", "value": tier}]} for tier in TIERS),
                {"labelSelectors": [{"key": "traced"}], "k8sNamespace": ["shop"]},
                {"k8sNamespace": ["play"]},
                {"confirmAll": True})):
            self.ground.create_strategy(manager, name=f"strategy {index}", priority=index, **fields)

    def create_pods(self, count=60):
        """Of all kinds, on all nodes, and such as must get nothing."""
        ground = self.ground
        made = []
        for index in range(count):
            labels = {"tier": TIERS[index % 2], **({"traced": "yes"} if index % 3 == 0 else {})}
            node = ground.nodes[index % len(ground.nodes)]
            made.append(ground.create_pod(node, labels, "play" if index % 5 == 0 else "shop"))
        finished, _ = ground.create_pod(ground.nodes[0], {"tier": "gold"})
        ground.set_status(finished, phase="Succeeded")
        ground.create_pod(None, {"tier": "gold"})  # no scheduler has seen it
        own, _ = ground.create_pod(ground.nodes[0], {"tier": "gold", "app": "decisionmaker"})
        self.addCleanup(ground.delete, self.create_system_pod())
        return made, (finished, own)

    def create_system_pod(self):
        return self.ground.create_pod(self.ground.nodes[0], {"tier": "gold"}, "kube-system")[0]

    def delay(self, node, intent, since, seconds=10):
        """From then until its node's decision maker had it."""
        agent = self.ground.agent(node)
        self.cluster.wait_for(lambda: agent.first_held(intent, since), seconds, f"{intent} at {node}")
        return agent.first_held(intent, since) - since

    def assert_right(self, seconds=10):
        took = self.ground.wait_for_plan(seconds)
        self.assertEqual(self.spurious(), [])
        return took

    def spurious(self):
        return self.ground.truth.spurious(self.ground.agents, self.ground.strategies)

    def say(self, text):
        print(f"\n{self._testMethodName}: {text}", flush=True)

    def restart_api_server(self, kill=True, while_down=lambda: None):
        """How long it was away."""
        begin = time.monotonic()
        self.cluster.stop_api_server(kill)
        while_down()
        self.cluster.start_api_server()
        return time.monotonic() - begin
