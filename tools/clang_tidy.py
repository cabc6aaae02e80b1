#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""clang_tidy.py [--all] [--build DIR]: clang-tidy on changed sources, the newest first, or on all.

A changed header is looked at through a source: the one of the same name, else the first that includes it.
Environment:
  LINT_SECONDS  no more sources are started after so many seconds (360; without --all only); how many were not
                reached is printed
  LINT_BASE     what counts as changed: everything since this commit (see changed_files.py)
  JOBS          sources at a time (number of processors)
"""

import argparse
import os
import sys
from pathlib import Path

from changed_files import changed_files
from compile_flags import CompileFlags
from source_tree import read_text
from timed_pool import run_all

TIDY = "clang-tidy-19"
# A test that looks into an empty optional fails anyway, and EXPECT and ASSERT hide from clang-tidy that it was asked.
NOT_FOR_TESTS = "--checks=-bugprone-unchecked-optional-access"


def source_for(root, header, sources):
    beside = header.removesuffix(".h") + ".cpp"
    if beside in sources:
        return beside
    line = f'#include "{header.removeprefix("src/")}"'
    return next((source for source in sources if line in read_text(root, source)), None)


def sources_to_check(root, flags):
    known = flags.sources()
    chosen = []
    for path in changed_files(root, {".h", ".cpp"}):
        source = source_for(root, path, known) if path.endswith(".h") else path
        if source and flags.knows(source) and source not in chosen:
            chosen.append(source)
    return chosen


def command_for(root, build, source):
    extra = [NOT_FOR_TESTS] if source.endswith("_test.cpp") or source.startswith("tests/") else []
    return [TIDY, "--quiet", *extra, "-p", str(root / build), str(root / source)]


def report(name, ok, output, seconds):
    if ok:
        print(f"  {seconds:5.1f} s  {name}", flush=True)
        return
    # The counts of suppressed warnings are noise.
    lines = [line for line in output.split("\n") if "warnings generated" not in line and "Suppressed" not in line]
    print(f"FAILED  {name}\n" + "\n".join(lines), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", action="store_true", help="every source, without a limit of time")
    parser.add_argument("--build", default="build/tidy", help="folder with compile_commands.json")
    options = parser.parse_args()
    root = Path(__file__).resolve().parent.parent
    flags = CompileFlags(root, root / options.build)
    chosen = flags.sources() if options.all else sources_to_check(root, flags)
    limit = None if options.all else float(os.environ.get("LINT_SECONDS") or 360)
    commands = [(source, command_for(root, options.build, source)) for source in chosen]
    print(f"clang-tidy: {len(commands)} sources", flush=True)
    failed, unreached = run_all(commands, limit, report)
    if unreached:
        print(f"clang-tidy: {len(unreached)} of {len(commands)} sources not reached in {limit:.0f} s "
              "(make lint-full has no limit)")
    if failed:
        print(f"clang-tidy: {len(failed)} sources with findings: {' '.join(sorted(failed))}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
