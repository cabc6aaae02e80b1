# SPDX-License-Identifier: Apache-2.0
"""Every case of every *.replay file beside this, against the shipped binary; one server for each file."""

import unittest
from pathlib import Path

from case_file import parse
from replayer import Replayer


def suite_of(case_file):
    class Suite(unittest.TestCase):
        longMessage = False

        @classmethod
        def setUpClass(cls):
            cls.replayer = Replayer(case_file)
            cls.addClassCleanup(cls.replayer.stop)
            cls.replayer.start()

    for case in case_file.cases:
        def test(self, case=case):
            self.replayer.play(case)
        test.__doc__ = f"{case.place}: {case.name}"
        # The line in the name keeps their order, which is that of the file.
        setattr(Suite, f"test_{case.line:04d}_" + case.name.replace(" ", "_"), test)
    Suite.__name__ = Suite.__qualname__ = case_file.path.stem.replace("-", "_")
    return Suite


for _path in sorted(Path(__file__).parent.glob("*.replay")):
    _suite = suite_of(parse(_path))
    globals()[_suite.__name__] = _suite
del _suite

if __name__ == "__main__":
    unittest.main()
