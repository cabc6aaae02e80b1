#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_headers.py [--all] [--build DIR] [--root ROOT] [HEADER...]: compiles headers alone.

A header must bring all it needs, and survive being included twice. Without names: the changed ones (see
changed_files.py), as many as HEADER_SECONDS (60) allow; `--all`: every one. Compiled like a source of their module.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from changed_files import changed_files
from compile_flags import CompileFlags
from source_tree import files_of
from timed_pool import run_all


def is_ours(path):
    return path.endswith(".h") and path.startswith(("src/", "tests/"))


def include_name(header):
    return header.removeprefix("src/")


def command_for(flags, header, probe_folder):
    probe = Path(probe_folder) / (header.replace("/", "__") + ".cpp")
    probe.write_text(f'#include "{include_name(header)}"\n' * 2, encoding="utf-8")
    return [*flags.near(header), "-fsyntax-only", str(probe)]


def report(name, ok, output, _seconds):
    if not ok:
        print(f"{name}: does not stand alone\n{output}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent)
    parser.add_argument("--build", default="build/tidy", help="folder with compile_commands.json, relative to ROOT")
    parser.add_argument("headers", nargs="*", metavar="HEADER")
    options = parser.parse_args()
    flags = CompileFlags(options.root, options.root / options.build)
    limit = None
    if options.headers:
        headers = options.headers
    elif options.all:
        headers = [path for path in files_of(options.root, "src", "tests") if is_ours(path)]
    else:
        headers = [path for path in changed_files(options.root, {".h"}) if is_ours(path)]
        limit = float(os.environ.get("HEADER_SECONDS") or 60)
    if headers and flags.near(headers[0]) is None:
        sys.exit("check_headers.py: no source is compiled, so no header can be")
    with tempfile.TemporaryDirectory() as folder:
        commands = [(header, command_for(flags, header, folder)) for header in headers]
        failed, unreached = run_all(commands, limit, report)
    print(f"headers: {len(headers) - len(unreached)} compiled alone, {len(failed)} failed"
          + (f", {len(unreached)} not reached in {limit:.0f} s" if unreached else ""))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
