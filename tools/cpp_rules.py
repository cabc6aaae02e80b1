# SPDX-License-Identifier: Apache-2.0
"""Rules of tools/tidy.py about C++, over the tokens of one file."""

import re
from pathlib import Path

from source_tree import closing_index, code_of

COROUTINE_WORDS = {"co_await", "co_return", "co_yield"}
# What a function may have between its parameters and its body, and a lambda after its captures.
AFTER_PARAMETERS = {"const", "noexcept", "override", "final", "mutable", "&", "&&", "try", "constexpr", "static"}
# Before `[`, these words begin an expression; any other name before it is subscripted.
BEFORE_LAMBDA = {"return", "co_return", "co_await", "co_yield", "case", "else", "do"}
# Names that a library gives and that cannot be chosen: OpenSSL's NID_commonName, virtual functions of Beast's parser,
# fields of the kernel's struct sched_attr.
GIVEN_NAMES = re.compile(r"NID_\w+|on_\w+_impl|(sched_)?util_(min|max)")
CONTROL_WORDS = {"if", "for", "while", "switch", "catch", "return", "sizeof", "decltype", "alignof", "noexcept"}


def own_identifiers(tokens):
    """(name, line) of identifiers, less those of std and those that other libraries gave."""
    code = code_of(tokens)
    for index, token in enumerate(code):
        if token.kind != "name" or GIVEN_NAMES.fullmatch(token.text):
            continue
        before = [earlier.text for earlier in code[max(0, index - 2):index]]
        if before != ["std", "::"]:
            yield token.text, token.line


def enums_in(tokens):
    """Names of enumerations that are defined here."""
    code = code_of(tokens)
    names = set()
    for index, token in enumerate(code):
        if token.text == "enum":
            rest = [follower.text for follower in code[index + 1:index + 4]]
            rest = rest[1:] if rest and rest[0] in ("class", "struct") else rest
            if rest and re.match(r"\w+$", rest[0]):
                names.add(rest[0])
    return names


def problems(path, tokens, enums):
    """(line, text) for each broken rule. `enums` are the names of all enumerations of the project."""
    code = code_of(tokens)
    found = []
    if Path(path).suffix == ".h":
        found += once_problems(path, tokens)
    found += await_problems(code)
    found += lambda_problems(code)
    found += default_problems(code, enums)
    found += skip_problems(code)
    found += range_problems(code)
    found += [(t.line, "no task runs detached: put it into a TaskGroup") for t in code if t.text == "detached"]
    return found


def range_problems(code):
    """`for (x : owner()->items)`: C++20 ends the owner before the first turn."""
    found = []
    for index, token in enumerate(code[:-1]):
        if token.text != "for" or code[index + 1].text != "(":
            continue
        inside = code[index + 2:closing_index(code, index + 1)]
        colon = next((place for place, inner in enumerate(inside) if inner.text == ":"), None)
        if colon is None:
            continue
        texts = [inner.text for inner in inside[colon + 1:]]
        if any(pair == (")", "->") for pair in zip(texts, texts[1:])):
            found.append((token.line, "a range-for does not keep alive what a call returned: name it before the loop"))
    return found


def once_problems(path, tokens):
    if path.startswith("bpf/"):  # kernel style, also seen by C
        return []
    if any(t.kind == "directive" and re.match(r"#\s*pragma\s+once", t.text) for t in tokens):
        return []
    return [(1, "a header needs #pragma once")]


def await_problems(code):
    """In one statement with co_await: names, literals and calls only (docs/style.md, coroutines)."""
    for index, token in enumerate(code):
        if token.text != "co_await":
            continue
        before = code[index - 1].text if index else ";"
        if before not in {";", "{", "}", "=", ")", "co_return", "else", ":"}:
            yield token.line, f"co_await after '{before}': it may begin a statement, or follow '=' or co_return"
        depth = 0
        for place in range(index + 1, len(code)):
            text = code[place].text
            if text in "([{":
                depth += 1
            if text in ")]}":
                depth -= 1
            if text == ";" and depth <= 0 or depth < 0:
                break
            if text == "{":
                yield token.line, "a statement with co_await may not contain '{': name the value first"
                break
            if text == "[" and code[place + 1].text != "]":
                yield token.line, "a statement with co_await may not contain '[...]': name the value first"
                break
            if text == "?":
                yield token.line, "a statement with co_await may not contain '?': name the value first"
                break


def lambdas_in(code):
    """(index of '[', has captures, index of the body's '{', index of its '}') for each lambda."""
    for index, token in enumerate(code):
        if token.kind != "mark" or token.text != "[":
            continue
        before = code[index - 1] if index else None
        if before and (before.text in (")", "]") or before.kind in ("text", "number")):
            continue
        if before and before.kind == "name" and before.text not in BEFORE_LAMBDA:
            continue
        end = closing_index(code, index)
        body = lambda_body(code, end + 1)
        if body is not None:
            yield index, end > index + 1, body, closing_index(code, body)


def lambda_body(code, place):
    """The '{' of the lambda whose captures end before `place`; None when that is no lambda."""
    if place < len(code) and code[place].text == "<":  # template parameters
        while place < len(code) and code[place].text != ">":
            place += 1
        place += 1
    if place < len(code) and code[place].text == "(":
        place = closing_index(code, place) + 1
    elif place >= len(code) or code[place].text not in AFTER_PARAMETERS | {"{", "->"}:
        return None
    for after in range(place, min(place + 60, len(code))):
        if code[after].text == "{":
            return after
        if code[after].text in (";", "}", "="):
            return None
    return None


def lambda_problems(code):
    lambdas = list(lambdas_in(code))
    for index, token in enumerate(code):
        if token.text not in COROUTINE_WORDS:
            continue
        around = [part for part in lambdas if part[2] < index < part[3]]
        if around:
            start, captures = max(around, key=lambda part: part[2])[:2]
            if captures:
                yield code[start].line, "a lambda that is a coroutine has no captures: pass state as parameters"


def default_problems(code, enums):
    for index, token in enumerate(code):
        if token.text != "switch":
            continue
        body = closing_index(code, index + 1) + 1
        if body >= len(code) or code[body].text != "{":
            continue
        ours, default = None, None
        depth = 0
        for place in range(body, closing_index(code, body)):
            text = code[place].text
            depth += {"{": 1, "}": -1}.get(text, 0)
            if depth != 1:
                continue
            if text == "case":
                qualified = [t.text for t in code[place + 1:place + 12] if t.kind == "name"]
                follows = {t.text for t in code[place + 1:place + 3]}
                if "::" in follows:
                    ours = ours or next((name for name in qualified if name in enums), None)
            if text == "default" and code[place + 1].text == ":":
                default = code[place].line
        if ours and default:
            yield default, f"no default over {ours}: a new enumerator must be an error of the compiler"


def skip_problems(code):
    for index, token in enumerate(code):
        if token.text == "GTEST_SKIP":
            rest = "".join(t.text if t.kind != "text" else '"' for t in code[index + 1:index + 7])
            if not rest.startswith("()<<"):
                yield token.line, 'a skipped test says why: GTEST_SKIP() << "reason"'
        if token.kind == "name" and token.text.startswith("DISABLED_") and token.text != "DISABLED_MustFail":
            yield token.line, "a disabled test is counted by nobody: skip it with a reason"


def functions_in(tokens):
    """(name, line, lines) of function bodies outside other functions; a guess, good enough for a report."""
    code = code_of(tokens)
    index = 0
    while index < len(code):
        if code[index].text != "{":
            index += 1
            continue
        name = function_name(code, index)
        if name is None:  # a namespace, a class, an initializer
            index += 1
            continue
        end = closing_index(code, index)
        last = code[min(end, len(code) - 1)].line
        yield name, code[index].line, last - code[index].line + 1
        index = end + 1


def function_name(code, body):
    """The name of the function whose body opens at `body`, or None."""
    place = body - 1
    while place > 0 and (code[place].text in AFTER_PARAMETERS or code[place].kind == "name" or
                         code[place].text in ("::", "<", ">", "->", "*", ",")):
        if code[place].text in ("namespace", "class", "struct", "enum", "union", "return", "else", "do"):
            return None
        place -= 1
    if place <= 0 or code[place].text not in (")", "}"):
        return None
    depth = 0
    while place > 0:
        text = code[place].text
        if text in (")", "}"):
            depth += 1
        elif text in ("(", "{"):
            if depth == 0:
                return None
            depth -= 1
            # Members that a constructor initializes look like calls too: go on to the left of ':' and ','.
            if depth == 0 and text == "(" and code[place - 1].kind == "name" and code[place - 2].text not in (",", ":"):
                name = code[place - 1].text
                return None if name in CONTROL_WORDS else name
        elif depth == 0 and text == ";":
            return None
        place -= 1
    return None
