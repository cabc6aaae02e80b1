# SPDX-License-Identifier: Apache-2.0
"""The manager against a real API server: what changes there is soon on the nodes, and nothing that the server does to
it, and nothing that is taken from it, leaves anything wrong there.

INFORMER_RESTARTS=N (3) restarts of the API server. Exit code 77 (skipped) when BACKPORTS=0 says that there is no Go to
build one with."""

import os
import sys
import time
import unittest

from api_requests import per_second, requests_of
from informer_case import USER, InformerCase, percentiles
from informer_ground import ALL_RIGHTS, wait_for
from plain_plan import plan
from pod_churn import Churn
from simulated_agents import Agent

RESTARTS = int(os.environ.get("INFORMER_RESTARTS", "3"))
ALL_KINDS = ("pods", "namespaces", "nodes")
SEED_RIGHTS = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"]},
               {"apiGroups": [""], "resources": ["namespaces"], "verbs": ["get", "list"]}]


class PlainPlan(unittest.TestCase):
    """The plan that all is compared with."""

    def test_is_what_the_documents_say(self):
        def pod(uid, namespace="shop", node="n", phase="Running", **labels):
            return {"metadata": {"uid": uid, "namespace": namespace, "labels": labels},
                    "spec": {"nodeName": node}, "status": {"phase": phase}}

        pods = [pod("a", tier="gold"), pod("b", tier="silver"), pod("c", "play"), pod("d", "kube-system", tier="gold"),
                pod("e", app="decisionmaker", tier="gold"), pod("f", phase="Failed", tier="gold"),
                pod("g", node="", tier="gold")]
        for fields, expected in (({"labelSelectors": [{"key": "tier", "value": "gold"}]}, "a"),
                                 ({"labelSelectors": [{"key": "tier"}]}, "ab"),
                                 ({"k8sNamespace": ["play"]}, "c"),
                                 ({"k8sNamespace": ["kube-system"]}, "d"),
                                 ({"excludedNamespaces": ["shop"]}, "c"),
                                 ({"includeProtected": True}, "abcde"),
                                 ({}, "abc")):
            with self.subTest(fields):
                self.assertEqual(plan({"s": fields}, pods), {"n": {("s", uid) for uid in expected}})


class Informer(InformerCase):
    def test_pods_that_come_change_move_and_go_are_followed_within_a_second(self):
        ground = self.ground
        manager = self.start_manager()
        self.create_strategies(manager)
        gold, silver = list(ground.strategies)[:2]
        made, others = self.create_pods()
        created = [self.delay(pod["spec"]["nodeName"], ((gold, silver)[pod["metadata"]["labels"]["tier"] != "gold"],
                                                        pod["metadata"]["uid"]), begin) for pod, begin in made]
        self.assert_right()
        moved, relabelled, deleted = [], [], []
        for pod, _ in made[:20:2]:
            begin = ground.relabel(pod, tier="silver")
            relabelled.append(self.delay(pod["spec"]["nodeName"], (silver, pod["metadata"]["uid"]), begin))
        for pod, _ in made[20:30]:
            node, uid = pod["spec"]["nodeName"], pod["metadata"]["uid"]
            begin = ground.delete(pod)
            agent = ground.agent(node)
            self.cluster.wait_for(lambda agent=agent, uid=uid, begin=begin: agent.first_without(uid, begin), 10,
                                  f"{uid} to leave {node}")
            deleted.append(agent.first_without(uid, begin) - begin)
        for pod, _ in made[30:40]:
            ground.delete(pod)
            node = ground.nodes[(ground.nodes.index(pod["spec"]["nodeName"]) + 1) % len(ground.nodes)]
            again, begin = ground.create_pod(node, {"tier": "gold"})
            moved.append(self.delay(node, (gold, again["metadata"]["uid"]), begin))
        self.assert_right()
        for what in (created, relabelled, deleted, moved):
            self.assertLess(max(what), 1)
        # One of our own has been in no set at all, not for an instant.
        seen = {uid for agent in ground.agents for entry in agent.history for _, uid in entry.intents}
        self.assertTrue(seen.isdisjoint({others[1]["metadata"]["uid"]}))
        self.say(f"created: {percentiles(created)}; relabelled: {percentiles(relabelled)}; "
                 f"deleted: {percentiles(deleted)}; moved: {percentiles(moved)}")

    def test_restarts_of_the_api_server_cost_one_list_each_and_lose_nothing(self):
        manager = self.start_manager()
        self.create_strategies(manager)
        manager.wait_until_current(10)
        recovered, most, away, tries = [], dict.fromkeys(ALL_KINDS, 0), [], 0
        began = time.time()
        before = manager.counts("lists")
        everywhere = list(self.ground.strategies)[-1]
        with Churn(self.ground, "shop"):
            for index in range(RESTARTS):
                time.sleep(1)
                lists, watches = manager.counts("lists"), manager.counts("watches")
                begin = time.monotonic()
                away.append(self.restart_api_server(kill=index % 2 == 0))
                pod, asked = self.ground.create_pod(self.ground.nodes[0], {"tier": "gold"}, "play")
                recovered.append(self.delay(self.ground.nodes[0], (everywhere, pod["metadata"]["uid"]), asked, 40))
                self.wait_until_watched_again(manager, watches)
                # Also those that reached nobody.
                attempts = max(count - watches[kind] for kind, count in manager.counts("watches").items())
                tries = max(tries, attempts / (time.monotonic() - begin))
                for kind, count in manager.counts("lists").items():
                    most[kind] = max(most[kind], count - lists[kind])
            time.sleep(1)
        took = self.assert_right()
        asked = [request for request in requests_of(self.ground.audit_log, USER) if request.time >= began]
        told = {kind: sum(request[1:] == ("list", kind) for request in asked) for kind in ALL_KINDS}
        rates = {kind: per_second([request.time for request in asked if request[1:] == ("watch", kind)])
                 for kind in ALL_KINDS}
        lists = {kind: count - before[kind] for kind, count in manager.counts("lists").items()}
        self.say(f"{RESTARTS} restarts of {sum(away) / len(away):.1f} s; lists at most for one {most}, in all {lists}, "
                 f"in the audit log {told}; watches/s at most {rates} in the audit log, {tries:.1f} tried around a "
                 f"restart; a new pod is known after {percentiles(recovered)}; right {took:.1f} s after the end")
        # One whose watch cache knows nothing of before says 410 to whoever has heard of nothing since.
        self.assertGreater(told["nodes"], 0)
        self.assertLessEqual(max(most.values()), 1)
        self.assertLessEqual(max(told.values()), RESTARTS)
        self.assertLessEqual(max(tries, *rates.values()), 1)

    def test_what_the_server_has_forgotten_is_listed_once_and_what_it_has_not_never(self):
        manager = self.start_manager()
        self.create_strategies(manager)
        self.create_pods(20)
        manager.wait_until_current(10)
        seen = {}
        self.addCleanup(setattr, self.cluster, "arguments", self.ground.always)
        self.cluster.arguments = [*self.ground.always, "--watch-cache=false"]
        # With its watch cache a server that starts has forgotten everything: the restarts above.
        for is_compacted in (False, True):
            # Nobody's watch has seen these, so that what the manager knows of is older.
            for index in range(10):
                self.cluster.request("POST", "/api/v1/namespaces/default/configmaps",
                                     {"metadata": {"generateName": "passes-"}})
            lists, watches = manager.counts("lists"), manager.counts("watches")
            self.restart_api_server(while_down=self.cluster.compact if is_compacted else lambda: None)
            self.ground.create_pod(self.ground.nodes[0], {"tier": "gold"})
            self.wait_until_watched_again(manager, watches)
            self.assert_right(40)
            listed = {kind: count - lists[kind] for kind, count in manager.counts("lists").items()}
            seen["compacted" if is_compacted else "not compacted"] = listed
            with self.subTest(is_compacted=is_compacted):
                self.assertEqual(listed, dict.fromkeys(ALL_KINDS, int(is_compacted)))
        self.say(f"lists after a restart without a watch cache: {seen}")

    @staticmethod
    def wait_until_watched_again(manager, watches):
        """That each kind has a watch of after the restart: it is the last one for a while."""
        def is_steady():
            before = manager.counts("watches")
            time.sleep(1.6)
            return manager.is_current() and before == manager.counts("watches") and all(
                before[kind] > watches[kind] for kind in ALL_KINDS)
        wait_for(is_steady, 40, lambda: f"watches: {manager.kinds()}")

    def test_a_new_token_in_the_file_is_used_when_the_old_one_ends(self):
        manager = self.start_manager()
        self.create_strategies(manager)
        manager.wait_until_current(10)
        old = (self.cluster.directory / "manager.token").read_text(encoding="utf-8")
        self.ground.create_account("manager", ALL_RIGHTS)
        new = self.ground.write_token("manager").read_text(encoding="utf-8")
        self.assertNotEqual(new, old)
        # The watches that are under way were asked for while the old one was good.
        self.restart_api_server()
        self.assertEqual(self.status_of(old), 401)
        begin = time.monotonic()
        pod, _ = self.ground.create_pod(self.ground.nodes[1], {"tier": "gold"})
        self.assert_right(40)
        self.say(f"followed with the new token {time.monotonic() - begin:.1f} s after the server was back")
        manager.wait_until_current(10)

    def status_of(self, token):
        try:
            self.cluster.request("GET", "/api/v1/namespaces/shop", token=token)
        except Exception as refused:
            return refused.status
        return 200

    def test_with_the_least_rights_pods_are_followed_and_what_is_forbidden_is_told(self):
        self.ground.create_account("seed", SEED_RIGHTS)
        manager = self.start_manager(self.ground.kubeconfig("seed"))
        self.create_strategies(manager)
        made, _ = self.create_pods(20)
        self.assert_right()
        wait_for(lambda: manager.kinds()["namespaces"]["trouble"] and manager.kinds()["nodes"]["trouble"], 5,
                 lambda: f"trouble: {manager.kinds()}")
        kinds = manager.kinds()
        self.assertTrue(kinds["pods"]["current"])
        for kind, lists in (("nodes", 0), ("namespaces", 1)):
            self.assertIn("403", kinds[kind]["trouble"])
            self.assertFalse(kinds[kind]["current"])
            self.assertEqual(kinds[kind]["complete"], bool(lists))
        # The rest is a matter of minutes: kube_informer_long_test.py.
        self.assertEqual(kinds["namespaces"]["lists"], 1)
        self.assertLessEqual(kinds["namespaces"]["watches"], 3)
        health = manager.request("GET", "/health")
        self.assertEqual((health.status, health.body.get("warnings", [])), (200, []))
        # What nobody lists of nodes and namespaces keeps nothing from the pods.
        self.ground.delete(made[0][0])
        self.assert_right(2)

    def test_a_manager_that_starts_before_the_api_server_catches_up_by_itself(self):
        kubeconfig = self.ground.kubeconfig()
        self.create_pods(20)
        self.cluster.stop_api_server()
        try:
            manager = self.start_manager(kubeconfig)
            wait_for(lambda: manager.kinds()["pods"]["trouble"], 5, lambda: f"trouble: {manager.status()}")
            health = manager.request("GET", "/health")
            self.assertEqual((health.status, health.body["status"]), (200, "healthy"))
            self.assertTrue(health.body["warnings"])
            self.assertIn("no pods yet", manager.status()["workloads"]["detail"])
            self.create_strategies(manager)
            time.sleep(2)
            attempts = {kind: counts["lists"] + counts["watches"] for kind, counts in manager.kinds().items()}
            self.assertLessEqual(max(attempts.values()), 3)
        finally:
            self.cluster.start_api_server()
        took = self.assert_right(40)
        manager.wait_until_current(10)
        self.assertNotIn("warnings", manager.request("GET", "/health").body)
        self.say(f"right {took:.1f} s after the server was there; attempts before {attempts}")

    def test_who_is_no_decision_maker_of_the_node_gets_nothing(self):
        ground = self.ground
        manager = self.start_manager()
        self.create_strategies(manager)
        self.create_pods(8)
        self.assert_right()
        stranger, liar = Agent("stranger"), Agent("liar", claims=ground.nodes[3])
        for agent in (stranger, liar):
            self.addCleanup(agent.stop)
        ground.create_agent_pod(stranger, ground.nodes[2], "shop")
        honest = ground.agent_pods[ground.nodes[1]]
        ground.delete(honest)
        lying = ground.create_agent_pod(liar, ground.nodes[1])
        try:
            ground.create_pod(ground.nodes[1], {"tier": "gold"})
            right, begin = ground.create_pod(ground.nodes[2], {"tier": "gold"})
            self.delay(ground.nodes[2], (list(ground.strategies)[0], right["metadata"]["uid"]), begin)
            time.sleep(1)
            for agent in (stranger, liar):
                self.assertEqual(agent.messages, {"PUT": 0, "PATCH": 0}, agent.name)
            trouble = {node["name"]: node["trouble"] for node in manager.status()["nodes"]}
            self.assertIn(f"says that it is {ground.nodes[3]}", trouble[ground.nodes[1]])
            self.assertFalse(trouble[ground.nodes[2]])
        finally:
            ground.delete(lying)
            ground.agent_pods[ground.nodes[1]] = ground.create_agent_pod(ground.agents[1])
        self.assert_right()

    def test_a_decision_maker_that_hangs_or_has_lost_its_disk_is_brought_up_again(self):
        ground = self.ground
        manager = self.start_manager()
        self.create_strategies(manager)
        made, _ = self.create_pods(20)
        self.assert_right()
        ground.agents[0].restart_without_disk()
        lost = self.assert_right(40)
        ground.agents[1].hang(True)
        begin = time.monotonic()
        for pod, _ in made[:8]:
            ground.delete(pod)
        other, since = ground.create_pod(ground.nodes[2], {"tier": "gold"})
        self.assertLess(self.delay(ground.nodes[2], (list(ground.strategies)[0], other["metadata"]["uid"]), since), 1)
        time.sleep(1)
        ground.agents[1].hang(False)
        hung = self.assert_right(40)
        silence = time.monotonic() - begin - hung
        self.say(f"right {lost:.1f} s after a lost disk, {hung:.1f} s after {silence:.1f} s of silence")


if __name__ == "__main__":
    if os.environ.get("BACKPORTS") == "0":
        print("skipped: BACKPORTS=0, so there is no Go to build Kubernetes with")
        sys.exit(77)
    unittest.main(verbosity=2)
