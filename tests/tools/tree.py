# SPDX-License-Identifier: Apache-2.0
"""Source trees as data, for tests of the checks."""

import subprocess
import sys
import tempfile
import textwrap
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TOOLS = ROOT / "tools"
sys.path.insert(0, str(TOOLS))


class TreeTest(unittest.TestCase):
    """Each test has a temporary tree of its own, `self.root`."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name).resolve()

    def write(self, files):
        for path, text in files.items():
            target = self.root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(textwrap.dedent(text), encoding="utf-8")

    def run_tool(self, name, *arguments, environment=None):
        """(exit status, output) of a tool."""
        answer = subprocess.run([sys.executable, str(TOOLS / name), *map(str, arguments)], env=environment,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        return answer.returncode, answer.stdout
