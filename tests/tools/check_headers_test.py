# SPDX-License-Identifier: Apache-2.0
import json
import os
import shutil
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from tree import TreeTest  # noqa: E402

COMPILER = "clang++-19"


@unittest.skipUnless(shutil.which(COMPILER), f"{COMPILER} is not installed")
class CheckHeaders(TreeTest):
    def check(self, *arguments):
        self.write({"src/net/a.cpp": "int a;\n"})
        entry = {"directory": str(self.root), "file": str(self.root / "src/net/a.cpp"),
                 "command": f"/usr/bin/ccache {COMPILER} -I{self.root}/src -std=c++20 -o a.o -c {self.root}/src/net/a.cpp"}
        self.write({"build/tidy/compile_commands.json": json.dumps([entry])})
        return self.run_tool("check_headers.py", "--root", self.root, *arguments)

    def test_accepts_headers_that_stand_alone(self):
        self.write({"src/net/a.h": "#pragma once\n#include <string>\nstruct A { std::string text; };\n",
                    "src/core/b.h": '#pragma once\n#include "net/a.h"\nstruct B { A a; };\n'})
        self.assertEqual(self.check("--all"), (0, "headers: 2 compiled alone, 0 failed\n"))

    def test_refuses_a_header_that_leans_on_an_earlier_include(self):
        self.write({"src/net/a.h": "#pragma once\nstruct A { std::string text; };\n"})
        status, output = self.check("--all")
        self.assertEqual(status, 1)
        self.assertIn("src/net/a.h: does not stand alone", output)

    def test_refuses_a_header_that_cannot_be_included_twice(self):
        self.write({"src/net/a.h": "struct A {};\n"})
        self.assertEqual(self.check("src/net/a.h")[0], 1)

    def test_wants_to_know_how_to_compile(self):
        status, output = self.run_tool("check_headers.py", "--root", self.root)
        self.assertEqual(status, 1)
        self.assertIn("cmake --preset tidy", output)


class Selection(TreeTest):
    """What make lint looks at first."""

    def git(self, *arguments):
        import subprocess
        subprocess.run(["git", "-C", str(self.root), "-c", "user.name=a", "-c", "user.email=a@b", *arguments], check=True,
                       stdout=subprocess.DEVNULL, env={**os.environ, "HOME": "/nowhere"})

    def commit(self, path):
        self.write({path: "// any\n"})
        self.git("add", ".")
        self.git("commit", "-q", "-m", path)

    def changed(self, base=None):
        from changed_files import changed_files
        before = os.environ.pop("LINT_BASE", None)
        if base:
            os.environ["LINT_BASE"] = base
        try:
            return changed_files(self.root, {".cpp"})
        finally:
            os.environ.pop("LINT_BASE", None)
            if before:
                os.environ["LINT_BASE"] = before

    def test_takes_the_newest_first_and_only_what_exists(self):
        self.git("init", "-q", "-b", "main")
        for path in ["src/a.cpp", "src/b.cpp", "src/gone.cpp", "src/c.h"]:
            self.commit(path)
        (self.root / "src/gone.cpp").unlink()
        self.write({"src/new.cpp": "// uncommitted\n"})
        self.assertEqual(self.changed(), ["src/new.cpp", "src/b.cpp", "src/a.cpp"])
        self.assertEqual(self.changed("HEAD~3"), ["src/new.cpp", "src/b.cpp"])
        with self.assertRaises(SystemExit):
            self.changed("nonsense")

    def test_takes_what_a_branch_added(self):
        self.git("init", "-q", "-b", "main")
        self.commit("src/a.cpp")
        self.git("update-ref", "refs/remotes/origin/main", "HEAD")
        self.commit("src/b.cpp")
        self.assertEqual(self.changed(), ["src/b.cpp"])

    def test_takes_everything_where_nothing_is_committed(self):
        self.write({"src/a.cpp": "", "tests/b.cpp": ""})
        self.assertEqual(sorted(self.changed()), ["src/a.cpp", "tests/b.cpp"])

    def test_no_command_starts_after_the_time_is_over(self):
        from timed_pool import run_all
        failed, unreached = run_all([("a", ["false"]), ("b", ["true"])], 60)
        self.assertEqual((failed, unreached), (["a"], []))
        failed, unreached = run_all([("a", ["false"]), ("b", ["true"])], 0)
        self.assertEqual((failed, sorted(unreached)), ([], ["a", "b"]))


if __name__ == "__main__":
    unittest.main()
