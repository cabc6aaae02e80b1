# SPDX-License-Identifier: Apache-2.0
"""What takes a minute and more to see of how the manager follows an API server. Run by `make test-informer`."""

import time
import unittest

from informer_case import InformerCase
from informer_ground import wait_for
from kube_informer_test import SEED_RIGHTS

# From one list to the next where no watch is allowed.
POLL = 60


class LongInformer(InformerCase):
    def test_where_nothing_happens_one_watch_lasts_until_its_end(self):
        manager = self.start_manager()
        manager.wait_until_current(10)
        time.sleep(40)
        for name, kind in manager.kinds().items():
            with self.subTest(name):
                self.assertEqual((kind["lists"], kind["watches"], kind["trouble"]), (1, 1, ""))
        self.assertFalse(any("are not followed" in line for line in manager.log), "".join(manager.log))

    def test_where_no_watch_is_allowed_it_lists_every_minute_and_rights_that_come_back_are_used(self):
        self.ground.create_account("long-seed", SEED_RIGHTS)
        manager = self.start_manager(self.ground.kubeconfig("long-seed"))
        self.create_strategies(manager)
        self.create_pods(20)
        self.assert_right()
        time.sleep(5)
        begin, lists = time.monotonic(), manager.counts("lists")["namespaces"]
        times = []
        for count in (1, 2):
            wait_for(lambda count=count: manager.counts("lists")["namespaces"] >= lists + count, POLL + 10,
                     lambda: f"a list: {manager.kinds()}")
            times.append(time.monotonic())
        self.assertAlmostEqual(times[1] - times[0], POLL, delta=5)
        self.assertLess(times[0] - begin, POLL + 5)

        # Watches that are under way end with the server.
        self.ground.set_rights("long-seed", [SEED_RIGHTS[1]])
        self.restart_api_server()
        wait_for(lambda: "403" in manager.kinds()["pods"]["trouble"], 30,
                 lambda: f"pods to be forbidden: {manager.kinds()}")
        self.assertIn("warnings", manager.request("GET", "/health").body)
        self.assertIn("the pods are those of before", manager.status()["workloads"]["detail"])
        held = {agent.name: agent.intents() for agent in self.ground.agents}
        self.ground.create_pod(self.ground.nodes[0], {"tier": "gold"})
        time.sleep(5)
        self.assertEqual({agent.name: agent.intents() for agent in self.ground.agents}, held)
        self.ground.set_rights("long-seed", SEED_RIGHTS)
        took = self.assert_right(POLL + 30)
        self.say(f"right {took:.1f} s after the rights were back")
        manager.wait_until_current(10, "pods")


if __name__ == "__main__":
    unittest.main(verbosity=2)
