# SPDX-License-Identifier: Apache-2.0
"""What pods a test has made, and when: whether an intent was taken from a node although nothing had asked for that."""

import threading
import time

from plain_plan import is_selected, is_there

# An intent that vanishes this long after its pod began to match, or before it ceased to, is no mistake: requests and
# deliveries take their time.
MARGIN = 2.0


class State:
    """A pod as some request left it; the request took from `begin` to `end`. Without `pod`: gone, or not known."""

    def __init__(self, begin, pod):
        self.begin = begin
        self.end = time.monotonic()
        self.pod = pod


class Truth:
    """Of the pods of one test. A pod must never match again what it has ceased to match, or changes that come late
    would look like mistakes."""

    def __init__(self):
        self.states = {}  # by uid, in their order
        self.lock = threading.Lock()

    def is_now(self, uid, pod, begin):
        with self.lock:
            self.states.setdefault(uid, []).append(State(begin, pod))

    def matched_throughout(self, uid, node, strategy, moment):
        with self.lock:
            states = list(self.states.get(uid, ()))
        before = [state for state in states if state.end <= moment - MARGIN]
        during = [state for state in states if state.end > moment - MARGIN and state.begin <= moment + MARGIN]
        return bool(before) and all(
            state.pod is not None and state.pod["spec"].get("nodeName") == node and is_there(state.pod)
            and is_selected(strategy, state.pod) for state in [before[-1], *during])

    def spurious(self, agents, strategies):
        """(node, time, strategy, uid) of each intent that an agent was told to forget although it was right."""
        return [(agent.name, moment, strategy, uid) for agent in agents for moment, (strategy, uid) in agent.vanished()
                if self.matched_throughout(uid, agent.name, strategies[strategy], moment)]
