# SPDX-License-Identifier: Apache-2.0
""".ci/run with a make that only pretends."""

import os
import shutil
import subprocess
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from tree import ROOT, TreeTest  # noqa: E402

MAKE = """\
#!/bin/sh
echo "made $1 CI=$CI"
waits_for=$(cat "$(dirname "$0")/$1.waits" 2> /dev/null)
until [ -z "$waits_for" ] || [ -s "$waits_for" ]; do sleep 0.01; done
cat "$(dirname "$0")/$1.out" 2> /dev/null
exit "$(cat "$(dirname "$0")/$1.status" 2> /dev/null || echo 0)"
"""


INSTALL = '#!/bin/sh\necho "installed $*"\n'
BUILD = '#!/bin/sh\nsleep 0.2\necho "built $*"\n'


class CiRun(TreeTest):
    def run_ci(self, files, build=BUILD, **variables):
        self.write({"bin/make": MAKE, "tools/install.sh": INSTALL, "tests/peers/kube/build.sh": build,
                    **{f"bin/{name}": text for name, text in files.items()}})
        for program in ["bin/make", "tools/install.sh", "tests/peers/kube/build.sh"]:
            (self.root / program).chmod(0o755)
        (self.root / ".ci").mkdir()
        shutil.copy2(ROOT / ".ci/run", self.root / ".ci/run")
        answer = subprocess.run([self.root / ".ci/run"], env={"PATH": f"{self.root}/bin:{os.environ['PATH']}", **variables},
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                check=False)
        return answer.returncode, answer.stdout

    def test_runs_all_and_ends_with_the_sum_of_the_distinct_tests(self):
        status, output = self.run_ci({
            "test.out": "100% tests passed, 0 tests failed out of 12\n",
            "sanitize.out": "100% tests passed, 0 tests failed out of 10\n",
            "test-real.out": "100% tests passed, 0 tests failed out of 3\n\nTotal Test time (real) =  28.10 sec\n"})
        self.assertEqual(status, 0, output)
        made = [line for line in output.split("\n") if line.startswith("made")]
        self.assertEqual(made, [f"made {step} CI=true" for step in ["lint", "test", "sanitize", "test-real"]])
        for line in ["lint        6 min: 0 min ", "test       13 min: ", "sanitize   22 min: ", "test-real  17 min: "]:
            self.assertIn(line, output)
        self.assertEqual(output.rstrip("\n").split("\n")[-1], "100% tests passed, 0 tests failed out of 15")

    def test_stops_at_the_first_failure_and_fails(self):
        status, output = self.run_ci({"test.out": "90% tests passed, 1 tests failed out of 10\n", "test.status": "2"})
        self.assertEqual(status, 2)
        self.assertNotIn("made sanitize", output)
        self.assertRegex(output, r"test +13 min: 0 min \d+ s  FAILED")
        self.assertIn("sanitize   22 min: not run", output)
        self.assertEqual(output.rstrip("\n").split("\n")[-1], "90% tests passed, 1 tests failed out of 10")

    def test_waits_for_the_api_server_before_the_tests_that_need_it(self):
        status, output = self.run_ci({"test-real.out": "100% tests passed, 0 tests failed out of 3\n",
                                      "test.out": "100% tests passed, 0 tests failed out of 3\n"})
        self.assertEqual(status, 0, output)
        lines = output.split("\n")
        self.assertEqual(lines[0], "installed build test lint peers real")
        self.assertEqual(lines.index("made test-real CI=true"), lines.index("built control") + 1)

    def test_fails_with_the_log_of_an_api_server_that_could_not_be_built(self):
        status, output = self.run_ci({"test.out": "100% tests passed, 0 tests failed out of 12\n"},
                                     build="#!/bin/sh\necho no such module\nexit 3\n")
        self.assertEqual(status, 1)
        self.assertIn("=== make test-real\nno such module\n", output)
        self.assertRegex(output, r"test-real +17 min: 0 min \d+ s  FAILED")
        self.assertNotIn("made test-real", output)

    def test_ends_the_build_of_the_api_server_when_something_else_fails(self):
        begin = time.monotonic()
        self.run_ci({"lint.status": "1", "lint.waits": str(self.root / "pid")}, build=f"#!/bin/sh\necho $$ > {self.root}/pid\nsleep 60 & wait\n")
        self.assertLess(time.monotonic() - begin, 30)
        pid = int((self.root / "pid").read_text(encoding="utf-8"))
        with self.assertRaises(ProcessLookupError):
            while time.monotonic() - begin < 30:
                os.killpg(pid, 0)
                time.sleep(0.01)

    def test_builds_no_api_server_without_backports(self):
        status, output = self.run_ci({"test.out": "100% tests passed, 0 tests failed out of 3\n",
                                      "test-real.out": "100% tests passed, 0 tests failed out of 3\n"}, BACKPORTS="0")
        self.assertEqual(status, 0, output)
        self.assertNotIn("installed", output)
        self.assertNotIn("built", output)

    def test_fails_when_lint_fails(self):
        status, output = self.run_ci({"lint.status": "1"})
        self.assertEqual(status, 1)
        self.assertNotIn("made test", output)

    def test_fails_when_no_test_was_counted(self):
        status, output = self.run_ci({"test.out": "nothing\n"})
        self.assertEqual(status, 1)
        self.assertIn("without the closing line of ctest", output)


if __name__ == "__main__":
    unittest.main()
