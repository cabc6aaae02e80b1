# SPDX-License-Identifier: Apache-2.0
"""What kernel_watch.py wrote down, held against what was asked for: how late each process and each weight of a pod was, what was
never right, what did not stay so, and what was changed although nobody asked. Times are seconds since boot.

A process that no look has seen, because it lived for less than the time between two, is not there; nor does one count that ended
before the bar without having been right."""

import json
import math
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from kernel_watch import TICKS

# What runc is called while it starts a container, and a shell's copy that is about to become one of busybox's commands.
ON_THE_WAY = re.compile(r"runc$|runc:\[|exe$")
PAUSE = "pause"  # holds a pod's namespaces; no strategy is for it
BAR = 1.0
HEIRS_BAR = 2.0  # for what was inherited and nobody asked for, as docs/enforcers.md has it


class Wish(NamedTuple):
    """Of one strategy. Without a slice that stays as it was; with a pattern the weight does, and what it does not find."""
    priority: int = 0
    slice: int = 0
    pattern: str = ""


class Usual(NamedTuple):
    """What processes have before anybody asks; and the pods' weight, which their description says."""
    nice: int
    slice: int
    weight: int

    def of_process(self, wish, command):
        if command == PAUSE or not re.search(wish.pattern, command):
            return [self.nice, self.slice]
        return [self.nice - wish.priority, wish.slice or self.slice]

    def of_pod(self, wish, _command):
        return [self.weight if wish.pattern else int(self.weight * 1.25 ** wish.priority + 0.5)]


class Life(NamedTuple):
    """Of a process, or of the weight of a cgroup."""
    pod: str
    name: str
    is_first: bool  # process of its container
    start: float
    end: float  # when it was seen to be gone
    states: list  # (when it was seen, command, values), whenever that changed


class Asked(NamedTuple):
    """Of a pod, from then on; `why` says what began it."""
    since: float
    wish: Wish
    why: str = ""


class Delay(NamedTuple):
    life: Life
    command: str
    why: str  # empty: it started after it was asked for
    seconds: float  # since it was asked for, or since its start if that is later; infinite if it never came true


class Record:
    def __init__(self, lines):
        self.looks = []
        self.processes, self.pods, self.containers = [], [], []
        values, lives = {}, {}
        for line in lines:
            self.looks.append((line["begin"], line["end"]))
            for key, state in {**line["processes"], **line["weights"]}.items():
                if state is None:
                    lives[key] = lives[key]._replace(end=line["end"])
                    continue
                values.setdefault(key, []).append(state)
                if key not in lives:
                    lives[key] = Life(state[0], key, False, line["begin"], math.inf, [])
                is_process = key in line["processes"]
                lives[key].states.append((line["end"], *((state[2], state[3:]) if is_process else ("", [int(state[2])]))))
        self._sort(values, lives)

    def _sort(self, values, lives):
        containers = set()
        for key, life in lives.items():
            _, container, *_ = values[key][0]
            if "/" in key:
                (self.containers if container else self.pods).append(life)
                continue
            states = [state for state in life.states if not ON_THE_WAY.match(state[1])]
            if states:
                start = int(key.rpartition("@")[2]) / TICKS
                self.processes.append(life._replace(start=start, is_first=container not in containers, states=states))
                containers.add(container)
        # A pod's weight matters from its first process to its last.
        own = {}
        for life in self.own_processes():
            own.setdefault(life.pod, []).append(life)
        self.pods = [pod._replace(start=min(life.start for life in own[pod.pod]), end=max(life.end for life in own[pod.pod]))
                     for pod in self.pods if pod.pod in own]

    def own_processes(self):
        return [life for life in self.processes if life.states[0][1] != PAUSE]

    def pauses(self):
        return [life for life in self.processes if life.states[0][1] == PAUSE]

    def longest_pause(self):
        """Between the ends of two looks: what could not be seen earlier."""
        return max(after[1] - before[1] for before, after in zip(self.looks, self.looks[1:]))


def judge(life, asked, right):
    """Its delays, and what is wrong. Of `asked` the last counts; right(wish, command) is what it should have."""
    delays, wrong = [], []
    for before, (begin, wish, why), after in zip([Asked(0, Wish()), *asked], asked, [*asked[1:], Asked(math.inf, Wish())]):
        end, since = min(life.end, after.since), max(begin, life.start)
        states = states_between(life, since, end)
        if not states:
            continue
        command = states[-1][1]  # a copy of a process executes its own command a moment later
        states = [state for state in states if state[1] == command]
        wanted = right(wish, command)
        good = settled(states, wanted, since)
        what = f"{life.name} {command} of {life.pod}, {'new' if since == life.start else why}, has"
        if good is None and end - since < BAR:
            continue  # it ended before it had to be right
        if good is None:
            wrong.append(f"never right: {what} {states[-1][2]}, not {wanted}")
        elif lost := [state for state in states[good:] if state[2] != wanted]:
            wrong.append(f"did not stay right: {what} {lost[0][2]}, not {wanted}, {lost[0][0] - since:.3f} s after {since:.3f}")
        is_new = since == life.start
        if good != 0 or wanted != right(Wish() if is_new else before.wish, command):
            delays.append(Delay(life, command, "" if is_new else why, math.inf if good is None else states[good][0] - since))
    return delays, wrong


def settled(states, wanted, since):
    """The place of the first right state that no wrong one follows within the bar. What was asked for before may still arrive,
    and a copy of a process has what that has."""
    good = None
    for place, (when, _, values) in enumerate(states):
        if values != wanted and when - since < BAR:
            good = None
        elif values == wanted and good is None:
            good = place
    return good


def states_between(life, begin, end):
    """Those that it had then, each with when it was seen, or the beginning where that is later."""
    ends = [when for when, _, _ in life.states[1:]] + [life.end]
    return [(max(when, begin), command, values) for (when, command, values), until in zip(life.states, ends)
            if when < end and until > begin] if begin < end else []


def changed(lives, values):
    """Those that did not have these values all the time."""
    return [f"changed: {life.name} of {life.pod} had {other}, not {values}" for life in lives
            for _, _, other in life.states if other != values]


def put_back(lives, values):
    """Delays, from the first look to the last change, and what is wrong, where something may be held for a moment only."""
    late = [life for life in lives if any(other != values for _, _, other in life.states)]
    wrong = [f"not put back: {life.name} of {life.pod} has {life.states[-1][2]}, not {values}" for life in late
             if life.states[-1][2] != values and life.end - life.states[0][0] > HEIRS_BAR]
    return [life.states[-1][0] - life.states[0][0] for life in late if life.states[-1][2] == values], wrong


def share(delays, part):
    """The smallest delay that this part of them does not pass."""
    ordered = sorted(delays)
    return ordered[max(0, math.ceil(len(ordered) * part) - 1)]


def figures(delays):
    """In milliseconds."""
    return f"n {len(delays)}, p50 {share(delays, 0.5) * 1000:.0f} ms, p99 {share(delays, 0.99) * 1000:.0f} ms, " \
           f"most {max(delays) * 1000:.0f} ms" if delays else "none"


class Watch:
    """kernel_watch.py as a process of its own, while the `with` lasts; then `record`."""

    def __init__(self, file, roots):
        self.file = file
        self.command = [sys.executable, str(Path(__file__).with_name("kernel_watch.py")), str(file), *roots]
        self.record = None

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE)
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        assert self.process.wait(10) == 0
        with open(self.file, encoding="utf-8") as file:
            self.record = Record(map(json.loads, file))
