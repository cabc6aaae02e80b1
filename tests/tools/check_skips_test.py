# SPDX-License-Identifier: Apache-2.0
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from tree import TreeTest  # noqa: E402

RESULTS = """\
<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="x" tests="3"><testcase name="A.runs" status="run"/>
<testcase name="A.skips" status="notrun"><skipped message="SKIP_REGULAR_EXPRESSION_MATCHED"/></testcase></testsuite>
"""


class CheckSkips(TreeTest):
    def check(self, expected):
        self.write({"results.xml": RESULTS, "expected.txt": expected})
        return self.run_tool("check_skips.py", self.root / "results.xml", self.root / "expected.txt")

    def test_counts_expected_skips(self):
        self.assertEqual(self.check("# why\nA.sk*  no kernel\n"), (0, "1 tests skipped, 0 of them unexpectedly\n  A.skips\n"))

    def test_refuses_an_unexpected_skip(self):
        status, output = self.check("B.*  no kernel\n")
        self.assertEqual(status, 1)
        self.assertIn("UNEXPECTED A.skips", output)

    def test_refuses_an_expectation_without_a_reason(self):
        self.assertEqual(self.check("A.skips\n"), (1, "check_skips.py: 'A.skips' has no reason\n"))


if __name__ == "__main__":
    unittest.main()
