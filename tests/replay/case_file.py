# SPDX-License-Identifier: Apache-2.0
"""Reads *.replay files: requests and the answers that they must have. The form is described in README.md."""

import re
from dataclasses import dataclass, field
from pathlib import Path

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
FILE_LINES = ("environment", "workload")
REQUEST_LINES = ("row", "go", "as", "server", "times", "within", "sign", "header", "header-repeat", "body",
                 "body-hex", "body-repeat")
ANSWER_LINES = ("header", "no-header", "ok", "error", "error+", "json", "text", "contains", "lacks", "claims", "any")
BODY_FORMS = ("ok", "error", "error+", "json", "text", "any")


class BadCaseFile(Exception):
    """Not in the form of README.md; the message has file and line."""


@dataclass
class Case:
    name: str
    place: str
    line: int
    method: str = ""
    path: str = ""
    status: int = 0
    request: list = field(default_factory=list)  # (keyword, argument)
    answer: list = field(default_factory=list)

    def request_values(self, keyword):
        return [argument for word, argument in self.request if word == keyword]

    def request_value(self, keyword, default=None):
        values = self.request_values(keyword)
        return values[-1] if values else default

    @property
    def rows(self):
        return self.request_values("row")


@dataclass
class CaseFile:
    path: Path
    environment: dict = field(default_factory=dict)
    workloads: list = field(default_factory=list)  # (name, labels)
    cases: list = field(default_factory=list)


def logical_lines(text):
    """(number, line): comments and empty lines left out, indented lines put to the one before."""
    lines = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if line[0].isspace() and lines:
            lines[-1] = (lines[-1][0], lines[-1][1] + line.strip())
        else:
            lines.append((number, line.rstrip()))
    return lines


def parse(path, text=None):
    path = Path(path)
    parsed = CaseFile(path)
    case, in_answer = None, False
    for number, line in logical_lines(path.read_text(encoding="utf-8") if text is None else text):
        place = f"{path.name}:{number}"
        word, _, argument = line.partition(" ")
        if word == "==":
            check_complete(case)
            case, in_answer = Case(argument.strip(), place, number), False
            parsed.cases.append(case)
        elif case is None:
            read_file_line(parsed, word, argument, place)
        elif word == "->":
            if not re.fullmatch(r"[1-5]\d\d", argument):
                raise BadCaseFile(f"{place}: '->' needs a status, not '{argument}'")
            case.status, in_answer = int(argument), True
        elif in_answer:
            if word not in ANSWER_LINES:
                raise BadCaseFile(f"{place}: '{word}' says nothing about an answer; known: {', '.join(ANSWER_LINES)}")
            case.answer.append((word, argument))
        elif word in METHODS:
            case.method, case.path = word, argument
        elif word in REQUEST_LINES:
            case.request.append((word, argument))
        else:
            raise BadCaseFile(f"{place}: '{word}' says nothing about a request; known: {', '.join(REQUEST_LINES)}")
    check_complete(case)
    return parsed


def read_file_line(parsed, word, argument, place):
    if word == "environment":
        name, _, value = argument.partition("=")
        parsed.environment[name] = value
    elif word == "workload":
        name, *labels = argument.split()
        parsed.workloads.append((name, labels))
    else:
        raise BadCaseFile(f"{place}: '{word}' is unknown before the first case; known: {', '.join(FILE_LINES)}")


def check_complete(case):
    if case is None:
        return
    if not case.method or not case.status:
        raise BadCaseFile(f"{case.place}: a case needs a request line (METHOD PATH) and '-> STATUS'")
    if not any(word in BODY_FORMS for word, _ in case.answer):
        raise BadCaseFile(f"{case.place}: a case says what the body is: one of {', '.join(BODY_FORMS)}")
    if bool(case.rows) != bool(case.request_values("go")):
        raise BadCaseFile(f"{case.place}: 'row' and 'go' belong together: what we do otherwise, and what the Go system answers")
