# SPDX-License-Identifier: Apache-2.0
"""Reads the text of /metrics, and refuses what Prometheus 0.0.4 or OpenMetrics 1.0.0 do not allow.

Stricter than both: every family has HELP and TYPE, once, in front of its samples, which stand together; a counter's name
ends in _total and no other's does."""

import re
from dataclasses import dataclass, field

TEXT = "text/plain; version=0.0.4; charset=utf-8; escaping=underscores"
OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
SAMPLE = re.compile(rf"({NAME})(?:\{{(.*)\}})? (\S+)")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\["\\n])*)"(,|$)')
NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Inf)|NaN")
KINDS = {"counter", "gauge", "histogram"}


class BadMetrics(AssertionError):
    """Names the line."""


@dataclass
class Family:
    kind: str
    help: str
    samples: dict = field(default_factory=dict)  # (name, sorted labels) → value


def parse(text, content_type):
    """Families by name; a counter's has its ending in both formats."""
    if content_type not in (TEXT, OPEN_METRICS):
        raise BadMetrics(f"the content type is {content_type}")
    is_open = content_type == OPEN_METRICS
    if not text.endswith("\n"):
        raise BadMetrics("the last line has no end")
    lines = text[:-1].split("\n")
    if is_open and lines.pop() != "# EOF":
        raise BadMetrics("OpenMetrics ends with # EOF")
    reader = Reader(is_open)
    for number, line in enumerate(lines, 1):
        try:
            reader.take(line)
        except BadMetrics as error:
            raise BadMetrics(f"line {number}: {error}: {line}") from None
    reader.end_family()
    return reader.families


class Reader:
    def __init__(self, is_open):
        self.is_open = is_open
        self.families = {}
        self.name = None  # of the family whose samples come
        self.helped = None  # the name of a HELP that waits for its TYPE, and the text

    def take(self, line):
        if line.startswith("# HELP "):
            self.end_family()
            name, _, words = line[7:].partition(" ")
            if self.helped or not re.fullmatch(NAME, name) or not words:
                raise BadMetrics("a HELP without TYPE, name or text")
            if re.search(r'\\(?![\\n"])' if self.is_open else r"\\(?![\\n])", words.replace("\\\\", "")):
                raise BadMetrics("an escape that does not exist")
            self.helped = name, words
        elif line.startswith("# TYPE "):
            self.take_type(*line[7:].partition(" ")[::2])
        elif line.startswith("#"):
            raise BadMetrics("neither HELP nor TYPE")
        else:
            self.take_sample(line)

    def take_type(self, name, kind):
        if not self.helped or self.helped[0] != name or kind not in KINDS:
            raise BadMetrics("a TYPE that does not follow its HELP, or is unknown")
        if kind == "counter" and self.is_open:
            name += "_total"
        if name in self.families:
            raise BadMetrics("the family stands twice")
        if name.endswith("_total") != (kind == "counter") or name.endswith("_total_total"):
            raise BadMetrics("_total is the ending of counters")
        self.families[name] = Family(kind, self.helped[1])
        self.name, self.helped = name, None

    def take_sample(self, line):
        found = SAMPLE.fullmatch(line)
        if not found or self.name is None or self.helped:
            raise BadMetrics("no sample of a family")
        name, inside, number = found.groups()
        family = self.families[self.name]
        parts = ("_bucket", "_sum", "_count") if family.kind == "histogram" else ("",)
        if name not in [self.name + part for part in parts]:
            raise BadMetrics(f"a sample that does not belong to {self.name}")
        if not NUMBER.fullmatch(number):
            raise BadMetrics("no number")
        value = float(number)
        if family.kind != "gauge" and not value >= 0:
            raise BadMetrics("a count below 0")
        series = name, labels_of(inside)
        if series in family.samples:
            raise BadMetrics("the series stands twice")
        family.samples[series] = value

    def end_family(self):
        family = self.families.get(self.name)
        if family and family.kind == "histogram":
            check_histogram(self.name, family)
        self.name = None


def labels_of(inside):
    labels = {}
    at = 0
    while inside is not None and at < len(inside):
        found = LABEL.match(inside, at)
        if not found or found.group(1) in labels:
            raise BadMetrics("labels that cannot be read, or stand twice")
        labels[found.group(1)] = re.sub(r"\\(.)", lambda escape: {"n": "\n"}.get(escape[1], escape[1]), found.group(2))
        at = found.end()
    if inside is not None and (not inside or inside.endswith(",")):
        raise BadMetrics("labels that cannot be read")
    return tuple(sorted(labels.items()))


def check_histogram(name, family):
    buckets = {}
    for (sample, labels), value in family.samples.items():
        if sample == name + "_bucket":
            others = tuple(label for label in labels if label[0] != "le")
            buckets.setdefault(others, []).append((float(dict(labels)["le"]), value))
    for others, steps in buckets.items():
        bounds, counts = zip(*steps)
        if list(bounds) != sorted(set(bounds)) or list(counts) != sorted(counts) or bounds[-1] != float("inf"):
            raise BadMetrics(f"{name}{others}: buckets are not cumulative up to +Inf")
        if family.samples.get((name + "_count", others)) != counts[-1] or (name + "_sum", others) not in family.samples:
            raise BadMetrics(f"{name}{others}: sum or count are missing or wrong")
