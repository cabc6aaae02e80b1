#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tidy.py [--sizes] [ROOT]: rules of docs/style.md that neither compiler nor clang-tidy knows.

Each finding is one line with its file, and the exit status is then 1. Long files and functions are named too; only
files over the upper limit are findings. `--sizes` prints the longest files and functions instead of checking.
"""

import argparse
import re
import sys
from pathlib import Path

import cpp_rules
from source_tree import CPP_ENDINGS, Finding, files_of, read_text, tokens_of

# Words that say nothing about what a thing is for (docs/style.md).
BANNED_WORDS = {"util", "utils", "helper", "helpers", "common", "misc", "impl", "data2"}

FILE_LINES = 400  # more is named
FILE_LINES_MAX = 600  # more is a finding
FUNCTION_LINES = 70  # more is named

FOLDERS = ("src", "bpf", "tests", "tools", "cmake", "config", "docs", "deployment", "web", ".ci")
CODE_ENDINGS = CPP_ENDINGS | {".py", ".sh", ".cmake", ".ts", ".tsx"}
CODE_NAMES = {"CMakeLists.txt", "Makefile", "run"}
LICENCES = {"bpf/": "GPL-2.0-only"}  # everything else: Apache-2.0

# Spelled in parts, so that this file does not find itself.
OPEN_END = re.compile(r"\b(?:" + "|".join(("TO" + "DO", "FIX" + "ME", "HA" + "CK", "X" * 3)) + r")\b(?!\(#\d+\))")
# Folders of one machine, and hosts that only some network can resolve.
MACHINE = re.compile(
    r"(?<![\w.])/wo" + r"rk/|\.\./sha" + r"red/"
    r"|(?:https?://[\w.-]+|\b[\w-]+\.[\w-]+)\.(?:corp|intranet|lan|internal)\b"
)
MACHINE_ALLOWED = {"host.docker.internal"}


def words_of(identifier):
    """'MakeHTTPUtil_v2' -> make, http, util, v2"""
    parts = re.findall(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+\d*|[A-Z]+\d*|\d+", identifier)
    return [part.lower() for part in parts]


def banned_in(identifier):
    return sorted(BANNED_WORDS.intersection(words_of(identifier)))


def is_code(path):
    return Path(path).suffix in CODE_ENDINGS or Path(path).name in CODE_NAMES


def check_path(path):
    for part in path.split("/"):
        for word in banned_in(part.split(".")[0]):
            yield Finding(path, 0, f"'{word}' in a file name says nothing: name it after what it is for")


def check_licence(path, source):
    if not is_code(path):
        return
    licence = next((name for start, name in LICENCES.items() if path.startswith(start)), "Apache-2.0")
    first_lines = source.split("\n", 2)[: 2 if source.startswith("#!") else 1]
    if not any(re.search(rf"SPDX-License-Identifier: {re.escape(licence)}( |$)", line) for line in first_lines):
        yield Finding(path, 1, f"the first line must be 'SPDX-License-Identifier: {licence}' in a comment")


def check_lines(path, source):
    for number, line in enumerate(source.split("\n"), 1):
        if OPEN_END.search(line):
            yield Finding(path, number, "unfinished work needs the number of its issue, as in " + "TO" + "DO(#12)")
        for match in MACHINE.finditer(line):
            if match.group() not in MACHINE_ALLOWED:
                yield Finding(path, number, f"'{match.group()}' exists on one machine or network only")


def check_size(path, source):
    lines = source.count("\n")
    if lines > FILE_LINES_MAX:
        yield Finding(path, 0, f"{lines} lines, more than {FILE_LINES_MAX}: split it")


def check_identifiers(path, tokens):
    for name, line in cpp_rules.own_identifiers(tokens):
        for word in banned_in(name):
            yield Finding(path, line, f"'{word}' in '{name}' says nothing: name it after what makes it different")


def check_cpp(path, source, enums):
    tokens = tokens_of(source)
    findings = list(check_identifiers(path, tokens))
    findings += [Finding(path, line, text) for line, text in cpp_rules.problems(path, tokens, enums)]
    return findings


def check(root):
    paths = [path for path in files_of(root) if path.startswith(tuple(f + "/" for f in FOLDERS)) or "/" not in path]
    texts = {path: read_text(root, path) for path in paths if is_code(path) or Path(path).suffix in {".md", ".toml"}}
    cpp = {path: text for path, text in texts.items() if Path(path).suffix in CPP_ENDINGS}
    enums = set().union(*(cpp_rules.enums_in(tokens_of(text)) for text in cpp.values()))
    findings = []
    for path in paths:
        findings += check_path(path)
    for path, text in texts.items():
        findings += [*check_licence(path, text), *check_lines(path, text)]
        if is_code(path):
            findings += check_size(path, text)
    for path, text in cpp.items():
        findings += check_cpp(path, text, enums)
    return findings


def long_parts(root):
    """(lines, what) of files and functions over their limits, longest first."""
    files, functions = [], []
    for path in files_of(root):
        if not is_code(path):
            continue
        text = read_text(root, path)
        if text.count("\n") > FILE_LINES:
            files.append((text.count("\n"), path))
        if Path(path).suffix in CPP_ENDINGS:
            functions += [
                (lines, f"{path}:{line} {name}")
                for name, line, lines in cpp_rules.functions_in(tokens_of(text))
                if lines > FUNCTION_LINES
            ]
    return sorted(files, reverse=True), sorted(functions, reverse=True)


def print_sizes(root):
    files, functions = long_parts(root)
    for lines, what in files:
        print(f"note: file of {lines} lines (over {FILE_LINES}): {what}")
    for lines, what in functions:
        print(f"note: function of {lines} lines (over {FUNCTION_LINES}): {what}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", nargs="?", type=Path, default=Path(__file__).resolve().parent.parent)
    parser.add_argument("--sizes", action="store_true", help="only name what is long")
    options = parser.parse_args()
    print_sizes(options.root)
    if options.sizes:
        return
    if not files_of(options.root, "src"):
        sys.exit(f"tidy.py: {options.root} has no src/")
    findings = check(options.root)
    for finding in findings:
        print(finding)
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
