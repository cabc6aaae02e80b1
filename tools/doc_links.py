# SPDX-License-Identifier: Apache-2.0
"""Links inside and between documents: the file must exist, and its heading too. Addresses with a scheme are left alone."""

import re
from urllib.parse import unquote

from doc_blocks import without_blocks
from source_tree import Finding

_CODE = re.compile(r"(`+)(?:(?!\1).)+?\1", re.DOTALL)
_LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
_REFERENCE = re.compile(r"^ {0,3}\[[^\]]+\]:\s*<?(\S+?)>?\s*$", re.MULTILINE)
_HEADING = re.compile(r"^ {0,3}#{1,6}\s+(.*?)\s*#*\s*$", re.MULTILINE)
_ANCHOR = re.compile(r"<a\s+(?:id|name)=\"([^\"]+)\"")


def anchors_of(text):
    """What the headings are called in links, by the rule of GitHub."""
    plain = without_blocks(text)
    found = set(_ANCHOR.findall(plain))
    for heading in _HEADING.findall(plain):
        heading = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        number, name = 0, slug
        while name in found:
            number += 1
            name = f"{slug}-{number}"
        found.add(name)
    return found


def targets_of(text):
    """(line, target) of each link."""
    plain = _CODE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), without_blocks(text))
    for pattern in (_LINK, _REFERENCE):
        for match in pattern.finditer(plain):
            yield plain.count("\n", 0, match.start()) + 1, match[1]


def link_problems(root, document, text):
    for line, target in targets_of(text):
        if re.match(r"[a-z][a-z0-9+.-]*:", target):
            continue
        path, _, anchor = unquote(target).partition("#")
        file = (root / document).parent / path if path else root / document
        if not file.resolve().is_relative_to(root):
            yield Finding(document, line, f"the link {target} leaves the repository")
        elif not file.exists():
            yield Finding(document, line, f"the link {target} leads nowhere")
        elif anchor and file.suffix == ".md" and anchor not in anchors_of(file.read_text(encoding="utf-8")):
            yield Finding(document, line, f"the link {target} names no heading")
