# SPDX-License-Identifier: Apache-2.0
"""Each row of docs/compatibility.md with an id has a case, and each case names rows that exist."""

import re
import unittest
from pathlib import Path

from case_file import parse

HERE = Path(__file__).resolve().parent
TABLE = HERE.parent.parent / "docs" / "compatibility.md"


def ids_of_table(text):
    return re.findall(r"^\| `([a-z0-9-]+)` \|", text, re.MULTILINE)


def rows_of_cases():
    return {row for path in HERE.glob("*.replay") for case in parse(path).cases for row in case.rows}


class Rows(unittest.TestCase):
    def test_every_row_has_a_case_and_every_case_its_row(self):
        table = ids_of_table(TABLE.read_text(encoding="utf-8"))
        self.assertEqual(len(table), len(set(table)), "an id stands twice")
        self.assertGreater(len(table), 40)
        self.assertEqual(set(table) - rows_of_cases(), set(), "rows without a case")
        self.assertEqual(rows_of_cases() - set(table), set(), "cases whose row is missing")

    def test_rows_are_read_from_the_first_column_only(self):
        self.assertEqual(ids_of_table("| `a-b` | x |\n| | `c` |\n|  | `d` | e |\n"), ["a-b"])


if __name__ == "__main__":
    unittest.main()
