# SPDX-License-Identifier: Apache-2.0
"""The whole chain on real nodes: strategies that the manager is given, pods that the API server has, decision makers that are a
DaemonSet's pods, and at the end what the kernel has, by a watcher that asks nobody else.

Run by `make test-nodes`, in network and process namespaces of its own. What each process was asked for follows from what this test
does to strategies, labels and pods, and from nothing that the product says."""

import contextlib
import math
import time
import unittest

from chain_ground import AGENTS_NAMESPACE, APPS, CORE, ChainGround
from kernel_record import BAR, HEIRS_BAR, Asked, Life, Record, Usual, Watch, Wish, changed, figures, judge, put_back, share
from kernel_watch import now

LOOP = "while :; do sleep 2; done"  # a shell that makes a new process every two seconds
WEIGHT = 102  # cpu.shares that the kubelet derives from 100m
GOLD = Wish(priority=5, slice=5_000_000)
SILVER = Wish(priority=3, slice=20_000_000, pattern="^sleep$")
NAMED = Wish(priority=2, slice=8_000_000, pattern=".")
TIERS = {"gold": GOLD, "silver": SILVER, "named": NAMED, "none": Wish()}
FIRST, LATER = "first in its container", "later in its container"
MADE, DELETED, RELABELLED = "its strategy is made", "its strategy is deleted", "its label changes"
MERGE = "application/merge-patch+json"


def deployment(name, tier, replicas):
    container = {"name": "main", "image": "localhost/busybox:1", "imagePullPolicy": "Never", "command": ["sh", "-c", LOOP],
                 "resources": {"requests": {"cpu": "100m"}}}
    return {"metadata": {"name": name}, "spec": {
        "replicas": replicas, "selector": {"matchLabels": {"app": name}},
        "template": {"metadata": {"labels": {"app": name, "tier": tier}},
                     "spec": {"containers": [container], "terminationGracePeriodSeconds": 1,
                              "automountServiceAccountToken": False}}}}


def strategy(tier, **fields):
    wish = TIERS[tier]
    return {"labelSelectors": [{"key": "tier", "value": tier}], "k8sNamespace": ["shop"], "priority": wish.priority,
            "executionTime": wish.slice, "commandRegex": wish.pattern, **fields}


class Judgement(unittest.TestCase):
    """Of what was seen: each kind of mistake is found."""

    usual = Usual(nice=0, slice=1, weight=100)

    def life(self, *states, start=10, end=math.inf):
        return Life("pod", "1", True, start, end, [(when, command, list(values)) for when, command, *values in states])

    def judged(self, life, *asked):
        delays, wrong = judge(life, asked, self.usual.of_process)
        return [round(delay.seconds, 3) for delay in delays], [each.split(":")[0] for each in wrong]

    def test_what_is_right_late_has_its_delay(self):
        late = self.life((10.1, "sh", 0, 1), (12, "sh", -5, 1))
        self.assertEqual(self.judged(self.life((10.1, "sh", -5, 1)), Asked(0, Wish(5))), ([0.1], []))
        self.assertEqual(self.judged(late, Asked(0, Wish(5))), ([2], []))
        self.assertEqual(self.judged(late, Asked(11, Wish(5), "label")), ([1], []))

    def test_what_never_becomes_right_is_found_unless_it_ends_before_it_had_to(self):
        for asked in (Wish(priority=5), Wish(priority=0, slice=2), Wish(priority=5, slice=2)):
            self.assertEqual(self.judged(self.life((10.1, "sh", 0, 1)), Asked(0, asked)), ([math.inf], ["never right"]))
        self.assertEqual(self.judged(self.life((10.1, "sh", -5, 1)), Asked(0, Wish(5, 2))), ([math.inf], ["never right"]))
        self.assertEqual(self.judged(self.life((10.1, "sh", 0, 1), end=10.9), Asked(0, Wish(5))), ([], []))

    def test_what_does_not_stay_right_is_found(self):
        for other in ((0, 1), (-10, 1), (-5, 2)):
            self.assertEqual(self.judged(self.life((10.1, "sh", -5, 1), (20, "sh", *other)), Asked(0, Wish(5))),
                             ([0.1], ["did not stay right"]))

    def test_what_was_asked_for_before_may_still_arrive_within_the_bar(self):
        late = self.life((10.1, "sh", 0, 1), (10.2, "sh", -5, 1), (10.4, "sh", 0, 1))
        self.assertEqual(self.judged(late, Asked(0, Wish(5)), Asked(10.15, Wish(), "label")), ([0.25], []))

    def test_what_is_not_put_back_is_found(self):
        back = Asked(20, Wish(), "deleted")
        self.assertEqual(self.judged(self.life((10.1, "sh", -5, 1), (20.3, "sh", 0, 1)), Asked(0, Wish(5)), back),
                         ([0.1, 0.3], []))
        self.assertEqual(self.judged(self.life((10.1, "sh", -5, 1)), Asked(0, Wish(5)), back), ([0.1, math.inf], ["never right"]))

    def test_a_pattern_asks_only_for_what_it_finds(self):
        asked = Asked(0, Wish(5, 2, "^sleep$"))
        self.assertEqual(self.judged(self.life((10.1, "sh", 0, 1)), asked), ([], []))
        self.assertEqual(self.judged(self.life((10.1, "sh", -5, 2)), asked), ([math.inf], ["never right"]))
        found = self.life((10.1, "sh", 0, 1), (10.2, "sleep", 0, 1), (10.3, "sleep", -5, 2))
        self.assertEqual(self.judged(found, asked), ([0.3], []))

    def test_weights_are_held_against_the_pods_own(self):
        for wish, weight in ((Wish(5), 305), (Wish(-1), 80), (Wish(5, 0, "sh"), 100), (Wish(slice=2), 100)):
            self.assertEqual(self.usual.of_pod(wish, ""), [weight])

    def test_a_change_that_nobody_asked_for_is_found(self):
        self.assertEqual(changed([self.life((10.1, "sh", 0, 1))], [0, 1]), [])
        life = self.life((10.1, "sh", 0, 1), (11, "sh", 0, 2), (12, "sh", 0, 1))
        self.assertEqual(len(changed([life], [0, 1])), 1)

    def test_what_pause_had_from_runc_must_go_again(self):
        self.assertEqual(put_back([self.life((10.1, "pause", 0, 1))], [0, 1]), ([], []))
        delays, wrong = put_back([self.life((10.1, "pause", 0, 1), (10.2, "pause", -5, 1), (10.5, "pause", 0, 1))], [0, 1])
        self.assertEqual(([round(each, 3) for each in delays], wrong), ([0.4], []))
        self.assertEqual(len(put_back([self.life((10.1, "pause", -5, 1))], [0, 1])[1]), 1)

    def test_lines_become_lives(self):
        def line(when, processes, weights):
            return {"begin": when - 0.01, "end": when, "processes": processes, "weights": weights}
        record = Record([
            line(50, {"7@4990": ["p", "c", "runc:[2:INIT]", 0, 1]}, {"/p": ["p", "", "100"], "/p/c": ["p", "c", "100"]}),
            line(51, {"7@4990": ["p", "c", "sh", 0, 1], "8@5050": ["p", "c", "sleep", 0, 1], "9@4900": ["p", "d", "pause", 0, 1],
                      "10@5090": ["p", "c", "runc:[1:CHILD]", 0, 1]}, {"/p": ["p", "", "305"]}),
            line(52, {"8@5050": None, "10@5090": None}, {})])
        own = [(life.name, life.is_first, life.start, life.end, life.states) for life in record.own_processes()]
        self.assertEqual(own, [("7@4990", True, 49.9, math.inf, [(51, "sh", [0, 1])]),
                               ("8@5050", False, 50.5, 52, [(51, "sleep", [0, 1])])])
        self.assertEqual([life.name for life in record.pauses()], ["9@4900"])
        self.assertEqual([(life.start, life.states) for life in record.pods], [(49.9, [(50, "", [100]), (51, "", [305])])])
        self.assertEqual(share([3, 1, 2], 0.5), 2)


class Chain(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.ground = ChainGround()
        cls.addClassCleanup(cls.ground.stop)
        cls.ground.start()
        cls.cluster = cls.ground.cluster
        cls.numbers = 0

    def tearDown(self):
        for namespace in ("shop", "play"):
            self.cluster.request("DELETE", f"{APPS}{namespace}/deployments")
            self.cluster.wait_for(lambda: not self.ground.pods(namespace), 60, "the pods to go")
        self.delete_strategies()

    # --- what is done ---

    @contextlib.contextmanager
    def watched(self, *strategies, **replicas):
        """Deployments of these tiers in `shop`, and two that nobody asks anything for, one in another namespace; then these
        strategies, what the `with` does, and the strategies' end. All of it is watched."""
        self.asked, self.made = {}, []  # by pod; strategies
        for name, count in {**replicas, "none": 2}.items():
            self.cluster.request("POST", f"{APPS}shop/deployments", deployment(name, name, count))
        self.cluster.request("POST", f"{APPS}play/deployments", deployment("gold", "gold", 1))
        self.wait_until_settled()
        type(self).numbers += 1
        with Watch(self.cluster.directory / f"watch-{self.numbers}", self.ground.cgroup_roots()) as self.watch:
            time.sleep(2)
            self.asked = {uid: [Asked(0, Wish())] for uid in self.asked}
            since = now()
            self.made = [self.ground.manager.ask("POST", "/api/v1/strategies", each)["strategyId"] for each in strategies]
            self.ask_for_all(since, MADE)
            time.sleep(4)
            yield
            time.sleep(4)
            self.check_states()
            since = now()
            self.delete_strategies()
            for asked in self.asked.values():
                asked.append(Asked(since, Wish(), DELETED))
            time.sleep(4)
            self.meet()

    def delete_strategies(self):
        while self.made:
            self.ground.manager.ask("DELETE", f"/api/v1/strategies/{self.made.pop()}")

    def ask_for_all(self, since, why):
        for pod in self.ground.pods("shop"):
            self.asked[pod["metadata"]["uid"]].append(Asked(since, TIERS[pod["metadata"]["labels"]["tier"]], why))

    def meet(self):
        """Whatever pods there are now; those that are new were asked for as their labels say, from their start on."""
        for pod in self.ground.pods("shop"):
            self.asked.setdefault(pod["metadata"]["uid"], [Asked(0, TIERS[pod["metadata"]["labels"]["tier"]])])
        for pod in self.ground.pods("play"):
            self.asked.setdefault(pod["metadata"]["uid"], [Asked(0, Wish())])

    def scale(self, name, replicas):
        self.cluster.request("PATCH", f"{APPS}shop/deployments/{name}/scale", {"spec": {"replicas": replicas}}, MERGE)
        self.wait_until_settled()

    def wait_until_settled(self):
        """All that the deployments want runs, and nothing else is there."""
        def is_settled():
            self.meet()
            for namespace in ("shop", "play"):
                pods = self.ground.pods(namespace)
                deployments = self.cluster.request("GET", f"{APPS}{namespace}/deployments")["items"]
                wanted = sum(each["spec"]["replicas"] for each in deployments)
                ready = [pod for pod in pods if all(each.get("ready") for each in pod["status"].get("containerStatuses", [{}]))
                         and "deletionTimestamp" not in pod["metadata"]]
                if len(pods) != wanted or len(ready) != wanted:
                    return False
            return True
        self.cluster.wait_for(is_settled, 120, lambda: self.cluster.node_log("node1"))

    def relabel(self, pod, tier):
        since = now()
        change = {"metadata": {"labels": {"tier": tier}}}
        self.cluster.request("PATCH", f"{CORE}shop/pods/{pod['metadata']['name']}", change, MERGE)
        self.asked[pod["metadata"]["uid"]].append(Asked(since, TIERS[tier], RELABELLED))

    def cordon(self, node, is_on):
        self.cluster.request("PATCH", f"/api/v1/nodes/{node}", {"spec": {"unschedulable": is_on}}, MERGE)

    def delete(self, pods):
        for pod in pods:
            self.cluster.request("DELETE", f"{CORE}shop/pods/{pod['metadata']['name']}")
        self.wait_until_settled()

    def pods(self, name, node=None):
        return [pod for pod in self.ground.pods("shop")
                if pod["metadata"]["labels"]["app"] == name and node in (None, pod["spec"]["nodeName"])]

    def check_states(self):
        """What the manager says, while all that holds, is so too: nothing is said to be in force that cannot be."""
        wanted = sorted((pod["metadata"]["uid"], *(("degraded", "inside pod only") if TIERS[tier].pattern else ("verified", "")))
                        for pod in self.ground.pods("shop") if TIERS[tier := pod["metadata"]["labels"]["tier"]] != Wish())

        def told():
            intents = self.ground.manager.ask("GET", "/api/v1/intents/self")["intents"]
            return sorted((each["PodID"], each["Status"], each["Reason"]) for each in intents)
        self.cluster.wait_for(lambda: told() == wanted, 5, lambda: f"{wanted}: {told()}")

    # --- what came of it ---

    def usual_of(self, record, agents):
        """What processes have that nobody asks anything for, as those of the decision makers' own pods."""
        values = {tuple(values) for life in record.own_processes() if life.pod in agents for _, _, values in life.states}
        self.assertEqual(len(values), 1, "they are never changed")
        return Usual(*next(iter(values)), WEIGHT)

    def judge(self):
        """Prints how late everything was; {kind: delays}."""
        record = self.watch.record
        agents = {pod["metadata"]["uid"] for pod in self.ground.pods(AGENTS_NAMESPACE)}
        usual = self.usual_of(record, agents)
        self.assertEqual([life for life in record.own_processes() if life.pod not in agents | self.asked.keys()], [])
        never = {uid for uid, asked in self.asked.items() if all(each.wish == Wish() for each in asked)}
        left = [life for life in record.own_processes() if life.pod in never]
        self.assertGreater(len(left), 10)
        self.assertEqual(changed(left, [usual.nice, usual.slice]), [])
        # Before the kubelet has written them there is the kernel's default; the decision makers' pods request nothing.
        self.assertLessEqual({weight for life in record.containers for _, _, (weight,) in life.states}, {WEIGHT, 1024, 2})
        # Until it executes `pause`, what holds a pod's namespaces is a process like any other.
        again, wrong = put_back(record.pauses(), [usual.nice, usual.slice])
        by_kind = {("pause", "is as it was again"): again} if again else {}
        for lives, right, what in ((record.own_processes(), usual.of_process, "process"), (record.pods, usual.of_pod, "weight")):
            for life in lives:
                delays, mistakes = judge(life, self.asked[life.pod], right) if life.pod in self.asked else ([], [])
                wrong += mistakes
                for delay in delays:
                    new = FIRST if life.is_first or what == "weight" else LATER
                    by_kind.setdefault((what, delay.why or new), []).append(delay.seconds)
        self.print_figures(record, by_kind, left)
        self.assertEqual(len(wrong), 0, "\n".join(wrong))
        return by_kind

    def print_figures(self, record, by_kind, left):
        apart = record.longest_pause() * 1000
        print(f"\n{len(record.looks)} looks, at most {apart:.0f} ms apart; {len(left)} processes left alone")
        for kind, delays in sorted(by_kind.items()):
            print("  %s, %s:" % kind, figures(delays))
        new = [life for life in record.own_processes() if life.is_first and life.start > record.looks[0][1]]
        print("  until runc has executed a container's command:", figures([life.states[0][0] - life.start for life in new]))

    def check_bar(self, by_kind, *expected):
        self.assertEqual(set(expected) - by_kind.keys(), set())
        for kind, delays in by_kind.items():
            self.assertLess(share(delays, 0.99), HEIRS_BAR if kind[0] == "pause" else BAR, kind)

    # --- tests ---

    def test_a_deployment_goes_from_1_to_20_to_1(self):
        with self.watched(strategy("gold"), strategy("silver"), gold=1, silver=3):
            self.scale("gold", 20)
            self.assertEqual([len(self.pods("gold", node)) > 4 for node in self.ground.nodes], [True, True])
            time.sleep(4)
            self.scale("gold", 1)
        kinds = [(what, why) for what in ("process", "weight") for why in (FIRST, MADE, DELETED)]
        self.check_bar(self.judge(), *kinds, ("process", LATER))

    def test_labels_of_running_pods_change(self):
        turns = {"gold": "silver", "silver": "none", "none": "gold"}
        with self.watched(strategy("gold"), strategy("silver"), gold=4, silver=4):
            for _ in range(6):
                for pod in self.pods("gold") + self.pods("silver"):
                    self.relabel(pod, turns[pod["metadata"]["labels"]["tier"]])
                    time.sleep(0.1)
                time.sleep(2)
        self.check_bar(self.judge(), ("process", RELABELLED), ("weight", RELABELLED))

    def test_pods_are_made_anew_and_on_the_other_node(self):
        with self.watched(strategy("gold"), strategy("silver"), gold=6, silver=4):
            before = {pod["metadata"]["uid"] for pod in self.pods("gold")}
            self.delete(self.pods("gold"))
            self.assertEqual(before & {pod["metadata"]["uid"] for pod in self.pods("gold")}, set())
            for node, other in (self.ground.nodes, self.ground.nodes[::-1]):
                self.cordon(node, True)
                self.delete(self.pods("gold", node) + self.pods("silver", node))
                self.assertEqual((self.pods("gold", node), len(self.pods("gold", other))), ([], 6))
                self.cordon(node, False)
        self.check_bar(self.judge(), ("process", FIRST), ("process", LATER), ("weight", FIRST))

    def test_a_strategy_for_one_container_holds_once_the_kubelet_has_named_it(self):
        # Until the kubelet writes the pod's status nobody knows the container's id: that is what this waits for.
        with self.watched(strategy("named", container="main"), named=1):
            self.scale("named", 6)
        self.assertLess(max(self.judge()["process", FIRST]), 5)


if __name__ == "__main__":
    unittest.main()
