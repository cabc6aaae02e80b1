# SPDX-License-Identifier: Apache-2.0
"""JSON with the order of its keys and with doubles, and whether an answer is as expected.

An object must begin with the expected keys in their order; keys that we add may follow. Everything else must be equal,
but for placeholders: strings such as "<id>" in the expected text (README.md has the list).
"""

import json
import re


class Object(list):
    """(key, value) pairs in the order of the text."""

    def keys(self):
        return [key for key, _ in self]

    def get(self, name):
        return next((value for key, value in self if key == name), None)


class Fraction(str):
    """A number that is no integer, as it was written: 1.0 is not 1."""


def refuse_constant(text):
    raise ValueError(f"{text} is not JSON")


def parse(text):
    return json.loads(text, object_pairs_hook=Object, parse_float=Fraction, parse_constant=refuse_constant)


PLACEHOLDERS = {
    "any": lambda value: True,
    "text": lambda value: type(value) is str,
    "bool": lambda value: type(value) is bool,
    "int": lambda value: type(value) is int,
    "ms": lambda value: type(value) is int and 1_600_000_000_000 < value < 10_000_000_000_000,
    "seconds": lambda value: type(value) is int and 1_600_000_000 < value < 10_000_000_000,
    "id": lambda value: type(value) is str and re.fullmatch(r"[0-9a-f]{24}", value) is not None,
    "time": lambda value: type(value) is str and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value) is not None,
    "token": lambda value: type(value) is str and re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+", value) is not None,
    "hex64": lambda value: type(value) is str and re.fullmatch(r"[0-9a-f]{64}", value) is not None,
}
PLACEHOLDER = re.compile(r"<(\w+)(?::(\w+))?>")
STARTS_WITH = "<starts with>"
GAP = "<...>"


def shown(value):
    if isinstance(value, Object):
        return "{" + ",".join(f"{json.dumps(key)}:{shown(item)}" for key, item in value) + "}"
    if isinstance(value, list):
        return "[" + ",".join(shown(item) for item in value) + "]"
    return str(value) if isinstance(value, Fraction) else json.dumps(value, ensure_ascii=False)


def problems(expected, got, captured, path="body"):
    """What is wrong with `got`, a sentence each; values of "<kind:NAME>" go into `captured`."""
    if isinstance(expected, Object):
        return object_problems(expected, got, captured, path)
    if isinstance(expected, list):
        return list_problems(expected, got, captured, path)
    if isinstance(expected, str) and not isinstance(expected, Fraction):
        return text_problems(expected, got, captured, path)
    if type(expected) is not type(got) or expected != got:
        return [f"{path} is {shown(got)}, not {shown(expected)}"]
    return []


def object_problems(expected, got, captured, path):
    if not isinstance(got, Object):
        return [f"{path} is {shown(got)}, not an object"]
    keys = got.keys()
    found = [f"{path} has the key {key!r} twice" for key in sorted({key for key in keys if keys.count(key) > 1})]
    missing = [key for key in expected.keys() if key not in keys]
    found += [f"{path} lacks the key {key!r}" for key in missing]
    if not missing and keys[: len(expected)] != expected.keys():
        found.append(f"{path} begins with the keys {keys[: len(expected)]}, not with {expected.keys()}"
                     f" (keys that are added come after these)")
    for key, value in expected:
        if key in keys:
            found += problems(value, got.get(key), captured, f"{path}.{key}")
    return found


def list_problems(expected, got, captured, path):
    if isinstance(got, Object) or not isinstance(got, list):
        return [f"{path} is {shown(got)}, not a list"]
    if GAP not in expected:
        if len(expected) != len(got):
            return [f"{path} has {len(got)} elements, not {len(expected)}: {shown(got)}"]
        return [text for i, (want, have) in enumerate(zip(expected, got))
                for text in problems(want, have, captured, f"{path}[{i}]")]
    values = matched_with_gaps(expected, got)
    if values is None:
        return [f"{path} is {shown(got)}, which has not {shown([item for item in expected if item != GAP])} in this order"]
    captured.update(values)
    return []


def matched_with_gaps(expected, got):
    """What is captured when GAP stands for any elements; None when nothing fits."""
    if not expected:
        return {} if not got else None
    if expected[0] == GAP:
        for skipped in range(len(got) + 1):
            values = matched_with_gaps(expected[1:], got[skipped:])
            if values is not None:
                return values
        return None
    values = {}
    if not got or problems(expected[0], got[0], values):
        return None
    rest = matched_with_gaps(expected[1:], got[1:])
    return None if rest is None else {**values, **rest}


def text_problems(expected, got, captured, path):
    if expected.startswith(STARTS_WITH):
        start = expected[len(STARTS_WITH):]
        if not isinstance(got, str) or not got.startswith(start):
            return [f"{path} is {shown(got)}, which does not begin with {shown(start)}"]
        return []
    placeholder = PLACEHOLDER.fullmatch(expected)
    if not placeholder:
        return [] if type(got) is str and got == expected else [f"{path} is {shown(got)}, not {shown(expected)}"]
    kind, name = placeholder.groups()
    if not PLACEHOLDERS[kind](got):
        return [f"{path} is {shown(got)}, which is no <{kind}>"]
    if name:
        captured[name] = got
    return []
