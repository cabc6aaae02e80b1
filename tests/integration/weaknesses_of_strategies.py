# SPDX-License-Identifier: Apache-2.0
"""The tests of test_weaknesses.py about strategies, intents and nodes."""

import json
import re
import threading
import time

from harness import Workload, scheduling_of, wait_for
from shared_server import SharedServer, at_once


class Strategies(SharedServer):
    """Two workloads that sleep take the place of pods."""

    arguments = ("--allow-public-key-exchange",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.workloads = {}
        for name in ("one", "two"):
            workload = Workload(["sleep", "600"], [f"weakness={name}"], f"test-weakness-{name}")
            cls.addClassCleanup(workload.stop)
            workload.find_cgroup(f"test-weakness-{name}")
            cls.workloads[name] = workload

    def tearDown(self):
        for strategy in self.ask("GET", "strategies?limit=1000")["items"]:
            self.server.delete(strategy["id"])

    def select(self, workload, **fields):
        return {"labelSelectors": [{"key": "weakness", "value": workload}], **fields}

    def create(self, name, **fields):
        """A strategy for one workload; its intent is there when this returns."""
        made = self.server.create(**self.select(name, **fields))
        wait_for(lambda: self.intent_of(made), 5, f"the intent for {name}")
        return made

    def intent_of(self, strategy):
        return next((intent for intent in self.server.intents() if intent["StrategyID"] == strategy), None)

    def nice_of(self, name):
        return scheduling_of(self.workloads[name].pids()[0])[1]

    def wait_for_nice(self, name, nice):
        wait_for(lambda: self.nice_of(name) == nice, 5, lambda: f"nice {nice} of {name}; it is {self.nice_of(name)}")

    def test_namespaces_of_a_policy_bound_what_is_selected(self):
        """W8: a strategy without namespaces means the bound, another namespace is refused."""
        self.role("core", "schedule_strategy.create", "schedule_strategy.read", bounds={"k8sNamespace": "core"})
        self.user("bounded", ["core"])
        token, _ = self.pair("bounded")
        made = self.ask("POST", "strategies", self.select("one"), token=token)
        self.assertEqual(made["matchedPods"], 0)
        own = self.ask("GET", "strategies/self", token=token)["strategies"]
        self.assertEqual([strategy["K8sNamespace"] for strategy in own], [["core"]])
        self.ask("POST", "strategies", self.select("one", k8sNamespace=["core", "web"]), 403, token)

    def test_one_own_intent_in_a_list_takes_no_other_with_it(self):
        """W10: with an intent of somebody else in the list nothing is deleted."""
        theirs = self.create("one", priority=1)
        keys = ("schedule_strategy.create", "schedule_intent.read", "schedule_intent.delete")
        self.role("own", *keys, bounds={"self": True})
        self.user("owner", ["own"])
        token, _ = self.pair("owner")
        self.ask("POST", "strategies", self.select("one", priority=2), token=token)
        own = self.ask("GET", "intents/self", token=token)["intents"][0]["ID"]
        other = self.intent_of(theirs)["ID"]
        text = self.ask("DELETE", "intents", {"intentIds": [own, other]}, 404, token)
        self.assertTrue(text.startswith("one or more intents not found"), text)
        self.assertEqual(self.intent_of(theirs)["ID"], other)
        self.assertEqual(self.ask("GET", "intents/self", token=token)["intents"][0]["ID"], own)

    def test_a_selector_that_is_none_is_refused_and_never_widens_a_strategy(self):
        """W16: neither an empty key nor the syntax of selectors inside of a key or a value."""
        for item in ({"key": "", "value": "one"}, {"value": "one"}, {"key": "weakness", "value": "one,b!=c"},
                     {"key": "weakness in (one)", "value": ""}, {"key": "!weakness", "value": ""}):
            spec = {"labelSelectors": [item]}
            for path, body in (("strategies", spec), ("strategies/preview", {"spec": spec})):
                with self.subTest(path=path, item=item):
                    self.assertIn("labelSelectors[0]", self.ask("POST", path, body, 400))
        self.assertEqual(self.server.strategies(), [])

    def test_another_strategy_does_not_switch_off_those_that_are_there(self):
        """W23: while others are created, changed and deleted, the first stays in force in the kernel."""
        self.create("one", priority=3)
        self.wait_for_nice("one", -3)
        seen = set()
        for _ in range(10):
            other = self.create("two", priority=1)
            seen.add(self.nice_of("one"))
            self.ask("PUT", "strategies", self.select("two", strategyId=other, priority=2))
            seen.add(self.nice_of("one"))
            self.server.delete(other)
            seen.add(self.nice_of("one"))
        self.assertEqual(seen, {-3})

    def test_deleting_one_strategy_leaves_the_others_of_the_same_pod(self):
        """W24: the pod obeys the one that is left."""
        weak, strong = self.create("one", priority=2), self.create("one", priority=5, rank=1)
        self.wait_for_nice("one", -5)
        intent = self.intent_of(weak)["ID"]
        self.server.delete(strong)
        self.assertEqual([one["ID"] for one in self.server.intents()], [intent])
        self.wait_for_nice("one", -2)

    def test_a_deleted_intent_does_not_come_back(self):
        """W25: the pod stays excluded, whatever is written later."""
        strategy = self.create("one", priority=4)
        self.wait_for_nice("one", -4)
        self.ask("DELETE", "intents", {"intentIds": [self.intent_of(strategy)["ID"]]})
        self.wait_for_nice("one", 0)
        self.ask("PATCH", f"strategies/{strategy}", {"priority": 6})
        self.create("two", priority=1)
        self.assertIsNone(self.intent_of(strategy))
        self.assertEqual(self.nice_of("one"), 0)

    def test_a_strategy_reaches_pods_that_come_after_it(self):
        """W37: its intent names the node from the start, and goes with the pod."""
        strategy = self.server.create(**self.select("late", priority=1))
        self.assertIsNone(self.intent_of(strategy))
        late = Workload(["sleep", "600"], ["weakness=late"], "test-weakness-late")
        try:
            wait_for(lambda: self.intent_of(strategy), 5, "the intent of the late pod")
            self.assertEqual(self.intent_of(strategy)["NodeID"], "node-1")
        finally:
            late.stop()
        wait_for(lambda: self.intent_of(strategy) is None, 5, "the intent to go")

    def test_intents_go_with_their_strategy(self):
        """W38: with its end as with its deletion, and the kernel's values too."""
        ends = self.create("one", priority=2, expiresAt=int(time.time() * 1000) + 2500)
        deleted = self.create("two", priority=2)
        self.wait_for_nice("one", -2)
        self.server.delete(deleted)
        self.assertIsNone(self.intent_of(deleted))
        wait_for(lambda: self.intent_of(ends) is None, 5, "the strategy to end")
        for name in ("one", "two"):
            self.wait_for_nice(name, 0)

    def test_a_replacement_without_selectors_is_refused_unless_it_is_confirmed(self):
        """W40: a forgotten selector does not retarget a strategy to every pod."""
        strategy = self.create("one", priority=1)
        text = self.ask("PUT", "strategies", {"strategyId": strategy, "priority": 5}, 400)
        self.assertIn("confirmAll", text)
        self.assertEqual([(one["LabelSelectors"], one["Priority"]) for one in self.server.strategies()],
                         [([{"key": "weakness", "value": "one"}], 1)])
        self.assertEqual(len(self.server.intents()), 1)

    def test_what_could_never_work_is_refused_where_it_comes_in(self):
        """W41: regular expressions, priorities and times, in writes and in previews."""
        for field, value in (("commandRegex", "("), ("commandRegex", "a{1001}"), ("priority", 21), ("priority", -21),
                             ("executionTime", -1), ("executionTime", 99_999), ("executionTime", 100_000_001)):
            spec = self.select("one", **{field: value})
            for path, body in (("strategies", spec), ("strategies/preview", {"spec": spec})):
                with self.subTest(path=path, field=field, value=value):
                    self.assertIn(field, self.ask("POST", path, body, 400))
        self.assertEqual(self.server.strategies(), [])

    def test_a_change_moves_the_time_of_the_last_change_forward(self):
        """W45: and never back to 0."""
        strategy = self.create("one", priority=1)
        before = self.ask("GET", f"strategies/{strategy}")
        time.sleep(0.002)
        after = self.ask("PATCH", f"strategies/{strategy}", {"priority": 2})
        self.assertEqual(after["createdAt"], before["createdAt"])
        self.assertGreater(after["updatedAt"], before["updatedAt"])

    def test_an_intent_says_its_pod_by_name_and_what_is_known_of_it(self):
        """W50: a state that was read back, and resources of our own have small letters."""
        strategy = self.create("one", priority=1)
        wait_for(lambda: self.intent_of(strategy)["Status"] in ("verified", "degraded"), 5, "the kernel to be read")
        intent = self.intent_of(strategy)
        self.assertEqual((intent["PodName"], intent["State"], intent["Processes"]), ("test-weakness-one", 2, 1))
        for path in (f"strategies/{strategy}", "strategies", "intents"):
            keys = re.findall(r'"(\w+)":', json.dumps(self.ask("GET", path)))
            self.assertEqual([key for key in keys if key[0].isupper()], [], path)

    def test_a_priority_means_the_same_everywhere_and_0_means_none(self):
        """W55: higher is stronger, -20 to 20, and one that is left out leaves the process alone."""
        self.create("one")
        self.create("two", priority=-5)
        self.wait_for_nice("two", 5)
        wait_for(lambda: "pending" not in [intent["Status"] for intent in self.server.intents()], 5, "the node")
        self.assertEqual(self.nice_of("one"), 0)

    def test_processes_that_ended_leave_the_list(self):
        """W59: of the processes of a node, by pod."""
        script = "while read line; do sleep $line & done"
        starter = Workload(["sh", "-c", script], ["weakness=starter"], "test-weakness-starter")

        def commands():
            pods = self.ask("GET", "nodes/node-1/pods/pids")["pods"]
            pids = starter.pids()
            return sorted(process["command"] for pod in pods for process in pod["processes"]
                          if any(one["pid"] in pids for one in pod["processes"]))
        try:
            starter.find_cgroup("test-weakness-starter")
            starter.process.stdin.write("2\n")
            starter.process.stdin.flush()
            wait_for(lambda: commands() == ["sh", "sleep"], 3, lambda: f"the child; there are {commands()}")
            wait_for(lambda: commands() == ["sh"], 5, lambda: f"the child to leave; there are {commands()}")
        finally:
            starter.stop()

    def test_strategies_created_at_once_give_one_intent_each(self):
        """W65: never two for the same strategy and pod."""
        made = at_once(*[lambda: [self.server.create(**self.select("one", priority=1)) for _ in range(4)]] * 5)
        wait_for(lambda: len(self.server.intents()) >= 20, 5, "the intents")
        intents = [(intent["StrategyID"], intent["PodID"]) for intent in self.server.intents()]
        self.assertEqual(sorted(strategy for strategy, _ in intents), sorted(sum(made, [])))
        self.assertEqual(len(set(intents)), 20)

    def test_a_reader_sees_a_strategy_before_or_after_a_change_and_never_without_intents(self):
        """W67: an update is one step, for the lists and for the intents."""
        strategy = self.create("one", priority=1)
        intent = self.intent_of(strategy)["ID"]
        working = threading.Event()
        working.set()

        def change():
            try:
                for number in range(30):
                    self.ask("PUT", "strategies", self.select("one", strategyId=strategy, priority=1 + number % 2))
            finally:
                working.clear()

        def read():
            seen = set()
            while working.is_set():
                seen.add(tuple(one["ID"] for one in self.server.strategies() + self.server.intents()))
            return seen
        _, *seen = at_once(change, read, read)
        self.assertEqual(set().union(*seen), {(strategy, intent)})

    def test_lists_have_pages_that_belong_together(self):
        """W79: a page has no more than was asked for, and later ones are of the same state."""
        made = [self.server.create(**self.select("one", name=f"page-{number}")) for number in range(5)]
        page = self.ask("GET", "strategies?sort=name&limit=2")
        items, snapshot = page["items"], page["snapshot"]
        self.assertEqual((len(items), page["total"]), (2, 5))
        self.server.create(**self.select("one", name="page-0-later"))
        for offset in (2, 4):
            items += self.ask("GET", f"strategies?sort=name&limit=2&offset={offset}&snapshot={snapshot}")["items"]
        self.assertEqual([item["id"] for item in items], made)
        self.assertEqual(self.ask("GET", "intents?limit=1")["total"], 6)
