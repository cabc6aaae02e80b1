# SPDX-License-Identifier: Apache-2.0
"""That .clang-tidy refuses what it is there for, and that clang_tidy.py sees it."""

import json
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from tree import ROOT, TOOLS, TreeTest  # noqa: E402


@unittest.skipUnless(shutil.which("clang-tidy-19"), "clang-tidy-19 is not installed")
class ClangTidy(TreeTest):
    def check(self, code, path="src/net/a.cpp"):
        self.write({path: code})
        shutil.copy2(ROOT / ".clang-tidy", self.root)
        for name in ["clang_tidy.py", "changed_files.py", "compile_flags.py", "source_tree.py", "timed_pool.py"]:
            (self.root / "tools").mkdir(exist_ok=True)
            shutil.copy2(TOOLS / name, self.root / "tools")
        source = str(self.root / path)
        entry = {"directory": str(self.root), "file": source, "command": f"clang++-19 -std=c++20 -o a.o -c {source}"}
        self.write({"build/tidy/compile_commands.json": json.dumps([entry])})
        answer = subprocess.run([sys.executable, self.root / "tools/clang_tidy.py"], stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True, check=False)
        return answer.returncode, answer.stdout

    def test_accepts_a_clean_source(self):
        status, output = self.check("int twice(int number) { return 2 * number; }\n")
        self.assertEqual(status, 0, output)
        self.assertIn("clang-tidy: 1 sources", output)

    def test_refuses_a_bug_and_a_name_of_another_form(self):
        status, output = self.check("int TwiceOf(int number) { int* p = nullptr; return *p + number; }\n")
        self.assertEqual(status, 1)
        self.assertIn("FAILED  src/net/a.cpp", output)
        self.assertIn("clang-analyzer-core.NullDereference", output)
        self.assertIn("readability-identifier-naming", output)


if __name__ == "__main__":
    unittest.main()
