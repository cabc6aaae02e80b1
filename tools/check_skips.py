#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_skips.py RESULTS.xml [EXPECTED]: counts the skipped tests of a ctest run (--output-junit), and fails on one
that EXPECTED (default: tests/expected_skips.txt) does not name. A line there is a pattern and the reason:

    Guest.*   needs the kernel of a guest
"""

import sys
import xml.etree.ElementTree as ElementTree
from fnmatch import fnmatchcase
from pathlib import Path


def expected_patterns(text):
    lines = [line.split(None, 1) for line in text.split("\n") if line.strip() and not line.startswith("#")]
    for line in lines:
        if len(line) < 2:
            raise SystemExit(f"check_skips.py: '{line[0]}' has no reason")
    return [pattern for pattern, _ in lines]


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    expected = Path(sys.argv[2] if len(sys.argv) == 3 else Path(__file__).resolve().parent.parent / "tests/expected_skips.txt")
    patterns = expected_patterns(expected.read_text(encoding="utf-8"))
    cases = ElementTree.parse(sys.argv[1]).getroot().iter("testcase")
    # `disabled` tests are no skips: nothing here disables any.
    skipped = sorted(case.get("name") for case in cases if case.find("skipped") is not None)
    unexpected = [name for name in skipped if not any(fnmatchcase(name, pattern) for pattern in patterns)]
    print(f"{len(skipped)} tests skipped, {len(unexpected)} of them unexpectedly")
    for name in skipped:
        print(f"  {'UNEXPECTED ' if name in unexpected else ''}{name}")
    sys.exit(1 if unexpected else 0)


if __name__ == "__main__":
    main()
