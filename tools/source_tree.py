# SPDX-License-Identifier: Apache-2.0
"""What the checks share: the files of a source tree, and C++ cut into tokens."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

# Folders that hold nothing of ours.
FOREIGN_FOLDERS = {".git", "build", "node_modules", "__pycache__", ".cache"}
CPP_ENDINGS = {".h", ".cpp", ".c"}


@dataclass(frozen=True)
class Finding:
    """One violated rule. `line` is 0 where it concerns the whole file."""

    path: str
    line: int
    text: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.text}" if self.line else f"{self.path}: {self.text}"


def files_of(root, *folders):
    """Paths below `root`, relative to it and sorted; only of these folders, when any are given."""
    root = Path(root)
    found = []
    for start in [root / folder for folder in folders] or [root]:
        for folder, names, files in os.walk(start):
            names[:] = sorted(set(names) - FOREIGN_FOLDERS)
            found += [(Path(folder) / name).relative_to(root).as_posix() for name in files]
    return sorted(found)


def cpp_files(root, *folders):
    return [path for path in files_of(root, *folders) if Path(path).suffix in CPP_ENDINGS]


def read_text(root, path):
    return (Path(root) / path).read_text(encoding="utf-8", errors="replace")


@dataclass(frozen=True)
class Token:
    kind: str  # "name", "number", "text" (a string or character literal), "mark", "directive", "comment"
    text: str
    line: int


_TOKEN = re.compile(
    r"""
    (?P<comment> //(?:\\\n|[^\n])* | /\*.*?\*/ )
  | (?P<raw> (?:u8|[uUL])?R"(?P<fence>[^()\\\s]{0,16})\(.*?\)(?P=fence)" )
  | (?P<text> (?:u8|[uUL])?"(?:\\.|[^"\\\n])*" | (?:u8|[uUL])?'(?:\\.|[^'\\\n])*' )
  | (?P<directive> (?<![^\n]) [ \t]* \#(?:\\\n|//.*|/\*.*?\*/|[^\n/]|/)* )
  | (?P<number> \.?[0-9](?:[eEpP][+-]|'?[\w.])* )
  | (?P<name> [A-Za-z_]\w* )
  | (?P<mark> :: | -> | && | \[\[ | \]\] | [^\s\w] )
    """,
    re.VERBOSE | re.DOTALL,
)


def tokens_of(source):
    """All tokens of a C++ source, comments and preprocessor directives included, without blanks."""
    tokens = []
    line = 1
    place = 0
    for match in _TOKEN.finditer(source):
        line += source.count("\n", place, match.start())
        place = match.start()
        kind = match.lastgroup if match.lastgroup != "fence" else "raw"
        if match.group("raw") is not None:
            kind = "text"
        tokens.append(Token(kind, match.group().strip(), line))
    return tokens


def code_of(tokens):
    """Only what the compiler proper sees."""
    return [token for token in tokens if token.kind not in ("comment", "directive")]


def closing_index(tokens, start):
    """Where the bracket that opens at `start` closes; len(tokens) when it never does."""
    pairs = {"(": ")", "[": "]", "{": "}", "[[": "]]"}
    opening, closing = tokens[start].text, pairs[tokens[start].text]
    depth = 0
    for index in range(start, len(tokens)):
        if tokens[index].kind != "mark":
            continue
        if tokens[index].text == opening:
            depth += 1
        elif tokens[index].text == closing:
            depth -= 1
            if depth == 0:
                return index
    return len(tokens)
