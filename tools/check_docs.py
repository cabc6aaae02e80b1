#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_docs.py [--static] [--list] [--only FILE]... [--root ROOT]: runs what the documents tell readers to type.

A fenced block whose language is `console` or `sh` says in its info string what to do with it:

    ```console run                    lines that begin with "$ " are commands, the lines after them their output
    ```sh run                         the whole block is one command; its output is not looked at
    ```sh run background wait-for=URL the block goes on in the background (a second terminal for the reader) until the
                                      document ends; the next block starts when URL answers 200
    ```sh norun=REASON                not run; REASON is one word, such as needs-a-cluster
    ```cpp from=PATH                  not run, but the lines must stand in the file PATH just so

Options of `run`: timeout=SECONDS (120 for each command, and for wait-for), exit=STATUS (0; of the block's last command).
Shell blocks with neither `run` nor `norun=` are refused.

Commands are run by bash exactly as written, all blocks of a document in one shell, in their order, in a fresh working
copy with a fresh HOME (so `cd` and variables last). `git clone` of an address that ends in /gthulhu or /gthulhu.git
clones a commit of this tree instead. In shown output `...` stands for anything within a line, and a line of only `...`
for any lines. A command goes over more lines by ending them with a backslash or, as at a terminal, by beginning the
next ones with "> ".

Whatever a document starts and leaves running is stopped by its process id at the end of the document.
`--static` checks only marks, links between documents and their anchors, and `from=`. `--list` prints the blocks.
"""

import argparse
import sys
from pathlib import Path

from doc_blocks import blocks_of, documents, mark_problems
from doc_links import link_problems
from doc_session import Session, StepFailed
from source_tree import files_of


def static_problems(root, document):
    text = (root / document).read_text(encoding="utf-8")
    return [*mark_problems(root, document, text), *link_problems(root, document, text)]


def run_document(root, document):
    """Whether every block of the document did what it says; prints each."""
    blocks = [block for block in blocks_of(document, (root / document).read_text(encoding="utf-8")) if block.runs]
    if not blocks:
        return True
    with Session(root, blocks) as session:
        for block in blocks:
            print(f"{block.place}: {block.title}", flush=True)
            try:
                session.run(block)
            except StepFailed as failure:
                print(f"FAILED {block.place}\n{failure}", flush=True)
                session.show_background()
                return False
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--static", action="store_true", help="run nothing")
    parser.add_argument("--list", action="store_true", help="print the shell blocks")
    parser.add_argument("--only", action="append", metavar="FILE", help="this document; may be repeated")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent)
    options = parser.parse_args()
    root = options.root.resolve()
    chosen = options.only or documents(files_of(root))
    for document in chosen:
        if not (root / document).is_file():
            sys.exit(f"check_docs.py: no document {document} in {root}")
    if options.list:
        for document in chosen:
            for block in blocks_of(document, (root / document).read_text(encoding="utf-8")):
                if block.is_shell:
                    print(f"{block.place}: {block.info}: {block.title}")
        return
    problems = [problem for document in chosen for problem in static_problems(root, document)]
    for problem in problems:
        print(problem)
    ok = not problems
    if not options.static and ok:
        ok = all([run_document(root, document) for document in chosen])
    sys.exit(0 if ok else 1)


if __name__ == "__main__":
    main()
