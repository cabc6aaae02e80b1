# SPDX-License-Identifier: Apache-2.0
"""The fenced blocks of a document, and what their marks say. The syntax is described in check_docs.py."""

import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from source_tree import Finding

SHELLS = {"sh", "bash", "shell", "console"}
DOCUMENTS = ("*.md", "docs/*.md", "src/*.md", "tests/*.md", "config/*.md", "deployment/*.md", "bpf/*.md", "web/*.md")
FLAGS = {"run", "background"}
VALUES = {"wait-for", "timeout", "exit", "norun", "from"}

_FENCE = re.compile(r"^( {0,3})(`{3,}|~{3,})([^`\n]*)$")


def documents(paths):
    return [path for path in paths if any(fnmatchcase(path, pattern) for pattern in DOCUMENTS)]


@dataclass
class Step:
    command: str
    shown: list  # lines of expected output, or None where it is not looked at


@dataclass
class Block:
    document: str
    line: int
    info: str
    text: str
    options: dict = field(default_factory=dict)

    @property
    def place(self):
        return f"{self.document}:{self.line}"

    @property
    def language(self):
        return self.info.split()[0] if self.info.split() else ""

    @property
    def is_shell(self):
        return self.language in SHELLS

    @property
    def runs(self):
        return self.is_shell and "run" in self.options

    @property
    def title(self):
        lines = self.text.strip().split("\n")
        return lines[0] + (" ..." if len(lines) > 1 else "")

    @property
    def timeout(self):
        return float(self.options.get("timeout", 120))

    def steps(self):
        if self.language != "console":
            return [Step(self.text, None)]
        steps = []
        lines = iter(self.text.rstrip("\n").split("\n"))
        for line in lines:
            if line.startswith("$ "):
                command = line[2:]
                while command.endswith("\\"):
                    command += "\n" + next(lines, "").removeprefix("> ")
                steps.append(Step(command, []))
            elif line.startswith("> ") and steps and not steps[-1].shown:
                steps[-1].command += "\n" + line[2:]
            elif steps:
                steps[-1].shown.append(line)
        return steps


def blocks_of(document, text):
    blocks = []
    fence, start, info, indent, lines = None, 0, "", 0, []
    for number, line in enumerate(text.split("\n"), 1):
        match = _FENCE.match(line)
        if fence is None:
            if match:
                indent, fence, info = len(match[1]), match[2], match[3].strip()
                start, lines = number, []
        elif match and match[2].startswith(fence) and not match[3].strip():
            options = dict(word.partition("=")[::2] for word in info.split()[1:])
            blocks.append(Block(document, start, info, "\n".join(lines) + "\n", options))
            fence = None
        else:
            lines.append(line[min(indent, len(line) - len(line.lstrip())):])
    return blocks


def without_blocks(text):
    """The text with the lines of fenced blocks empty, so that line numbers stay."""
    lines = text.split("\n")
    fence = None
    for number, line in enumerate(lines):
        match = _FENCE.match(line)
        if fence is None and match:
            fence = match[2]
            lines[number] = ""
        elif fence is not None:
            if match and match[2].startswith(fence) and not match[3].strip():
                fence = None
            lines[number] = ""
    return "\n".join(lines)


def mark_problems(root, document, text):
    """Findings about info strings, and about quoted sources that are not as quoted."""
    for block in blocks_of(document, text):
        unknown = [word for word in block.options if word not in FLAGS | VALUES]
        if block.is_shell and unknown:
            yield Finding(document, block.line, f"unknown option {unknown[0]} of a block, see tools/check_docs.py")
        elif block.is_shell and "run" not in block.options and not block.options.get("norun"):
            yield Finding(document, block.line, "mark commands with `run`, or with `norun=REASON`")
        elif block.runs and not block.steps():
            yield Finding(document, block.line, 'a console block needs a line that begins with "$ "')
        elif "background" in block.options and len(block.steps()) != 1:
            yield Finding(document, block.line, "a background block holds one command")
        elif "from" in block.options:
            yield from quote_problems(root, block)


def quote_problems(root, block):
    source = root / block.options["from"]
    if not source.is_file():
        yield Finding(block.document, block.line, f"from={block.options['from']}: no such file")
    elif block.text.strip("\n") not in source.read_text(encoding="utf-8"):
        yield Finding(block.document, block.line, f"these lines do not stand in {block.options['from']}")
