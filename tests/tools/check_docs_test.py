# SPDX-License-Identifier: Apache-2.0
import subprocess
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from tree import TreeTest  # noqa: E402


def fenced(info, *lines):
    return "\n".join(["```" + info, *lines, "```", ""])


class CheckDocs(TreeTest):
    def check(self, text, *arguments):
        (self.root / "README.md").write_text(text, encoding="utf-8")
        return self.run_tool("check_docs.py", "--root", self.root, *arguments)

    def assert_runs(self, text):
        status, output = self.check(text)
        self.assertEqual(status, 0, output)
        return output

    def assert_fails(self, text, reason, *arguments):
        status, output = self.check(text, *arguments)
        self.assertEqual(status, 1, output)
        self.assertIn(reason, output)


class Commands(CheckDocs):
    def test_compares_output_with_what_is_shown(self):
        self.assert_runs(fenced("console run", "$ echo one; echo two >&2", "one", "two", "$ true", "$ echo three", "three"))
        self.assert_fails(fenced("console run", "$ echo one", "two"), "--- came\none")
        self.assert_fails(fenced("console run", "$ echo one; echo more", "one"), "--- came\none\nmore")
        self.assert_fails(fenced("console run", "$ true", "one"), "--- shown\none")
        self.assert_fails(fenced("console run", "$ echo one"), "--- came\none")

    def test_takes_dots_as_a_wildcard(self):
        self.assert_runs(fenced("console run", "$ echo pid 123 ended", "pid ... ended"))
        self.assert_runs(fenced("console run", "$ seq 1 5", "1", "...", "5"))
        self.assert_runs(fenced("console run", "$ seq 1 2", "1", "...", "2"))
        self.assert_fails(fenced("console run", "$ echo pid 123 failed", "pid ... ended"), "--- came")
        self.assert_fails(fenced("console run", "$ seq 1 5", "1", "...", "6"), "--- came")
        self.assert_fails(fenced("console run", "$ echo axb", "a.b"), "--- came")

    def test_wants_the_status_that_is_announced(self):
        self.assert_fails(fenced("console run", "$ false"), "status 1, expected 0")
        self.assert_fails(fenced("console run", "$ false", "$ true"), "status 1, expected 0")
        self.assert_runs(fenced("console run exit=3", "$ true", "$ (exit 3)"))
        self.assert_fails(fenced("console run exit=3", "$ true"), "status 0, expected 3")

    def test_a_shell_block_fails_with_its_first_failing_line(self):
        self.assert_runs(fenced("sh run", "a=1", "test $a = 1"))
        self.assert_fails(fenced("sh run", "false", "true"), "it ended the shell")

    def test_commands_may_have_more_lines(self):
        self.assert_runs(fenced("console run", "$ echo one \\", "    two", "one two"))
        self.assert_runs(fenced("console run", "$ for i in 1 2; do", "> echo $i", "> done", "1", "2"))
        self.assert_runs(fenced("sh run", "cat > file <<EOF", "text", "EOF", 'test "$(cat file)" = text'))

    def test_all_blocks_share_one_shell_in_a_fresh_copy_with_a_fresh_home(self):
        self.write({"sub/data": "here\n"})
        output = self.assert_runs(
            fenced("sh run", "export A=1", "cd sub", "touch ~/trace made") +
            fenced("console run", "$ echo $A; cat data", "1", "here", "$ ls ~", "trace"))
        self.assertIn("README.md:1:", output)
        self.assertFalse((self.root / "sub/made").exists())

    def test_a_document_knows_nothing_of_the_one_before(self):
        (self.root / "CONTRIBUTING.md").write_text(fenced("sh run", "export A=1"), encoding="utf-8")
        self.assert_runs(fenced("console run", "$ echo \"<$A>\"", "<>"))

    def test_stops_what_takes_too_long(self):
        start = time.monotonic()
        self.assert_fails(fenced("sh run timeout=0.3", "sleep 60"), "not done after 0 s")
        self.assertLess(time.monotonic() - start, 20)

    def test_leaves_no_process_behind(self):
        pids = self.root / "pids"
        self.assert_runs(fenced(
            "sh run", f"sleep 300 & echo $! >> {pids}", f"setsid sh -c 'echo $$ >> {pids}; sleep 300' &",
            f"(sh -c 'trap \"\" TERM HUP; echo $$ > {pids}2; while :; do sleep 0.1; done' &)", "sleep 0.3")
            .replace("sh run", "sh run timeout=10"))
        for pid in [*pids.read_text().split(), *(self.root / "pids2").read_text().split()]:
            self.assertFalse(Path("/proc", pid).exists(), f"process {pid} still runs")

    def test_clones_this_tree_instead_of_the_address(self):
        self.write({"sub/data": "here\n"})
        self.assert_runs(fenced("console run", "$ git clone -q https://git.example.org/gthulhu.git", "$ cd gthulhu",
                                "$ cat sub/data", "here", "$ git status --short"))
        self.assert_fails(fenced("sh run", "git clone -q file:///nowhere/other.git"), "nowhere/other.git")


class Background(CheckDocs):
    @staticmethod
    def free_port():
        import socket
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            return listener.getsockname()[1]

    def test_waits_until_a_server_answers_and_stops_it_at_the_end(self):
        port = self.free_port()
        self.assert_runs(
            fenced(f"sh run background wait-for=http://127.0.0.1:{port}/", f"python3 -m http.server -b 127.0.0.1 {port}") +
            fenced("console run", f"$ curl -s -o /dev/null -w '%{{http_code}}\\n' http://127.0.0.1:{port}/", "200"))
        import urllib.error
        import urllib.request
        with self.assertRaises(urllib.error.URLError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2)

    def test_says_when_the_server_ended_or_never_answers(self):
        address = f"http://127.0.0.1:{self.free_port()}/"
        block = f"sh run background timeout=0.5 wait-for={address}"
        self.assert_fails(fenced(block, "echo the reason; exit 4"), "ended with status 4")
        self.assert_fails(fenced(block, "echo the reason; exit 4"), "the reason")
        self.assert_fails(fenced(block, "sleep 60"), "does not answer")

    def test_refuses_a_server_that_somebody_else_runs(self):
        port = self.free_port()
        server = subprocess.Popen([sys.executable, "-m", "http.server", "-b", "127.0.0.1", str(port)], cwd=self.root,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(server.wait)
        self.addCleanup(server.terminate)
        for _ in range(100):
            if subprocess.run(["curl", "-s", "-o", "/dev/null", f"http://127.0.0.1:{port}/"], check=False).returncode == 0:
                break
            time.sleep(0.05)
        self.assert_fails(fenced(f"sh run background wait-for=http://127.0.0.1:{port}/", "sleep 60"),
                          "something else already answers")


class Static(CheckDocs):
    def test_refuses_commands_that_nobody_marked(self):
        self.assert_fails(fenced("sh", "make"), "README.md:1: mark commands", "--static")
        self.assert_fails(fenced("console norun", "$ make"), "mark commands", "--static")
        self.assert_fails(fenced("sh run wait=3", "make"), "unknown option wait", "--static")
        self.assert_fails(fenced("console run", "make"), 'begins with "$ "', "--static")
        self.assertEqual(self.check(fenced("sh norun=needs-a-cluster", "false"), "--static")[0], 0)
        self.assertEqual(self.check(fenced("text", "anything"), "--static")[0], 0)

    def test_a_block_that_is_not_run_is_not_run(self):
        self.assert_runs(fenced("sh norun=needs-a-cluster", "false"))

    def test_holds_quoted_sources_against_their_files(self):
        self.write({"src/a.h": "int a;\nint b;\nint c;\n"})
        self.assertEqual(self.check(fenced("cpp from=src/a.h", "int b;", "int c;"), "--static"), (0, ""))
        self.assert_fails(fenced("cpp from=src/a.h", "int a;", "int c;"), "do not stand in src/a.h", "--static")
        self.assert_fails(fenced("cpp from=src/b.h", "int a;"), "no such file", "--static")

    def test_follows_links(self):
        self.write({"docs/a.md": "# One Thing: `x`\n\n# Twice\n\n# Twice\n\n[up](../README.md#top) [here](#twice-1)\n"})
        good = "# Top\n[a](docs/a.md) [b](docs/a.md#one-thing-x) ![c](docs) [d](https://example.org/x) `[e](nowhere)`\n"
        self.assertEqual(self.check(good + fenced("text", "[f](nowhere)") + "\n[g]: docs/a.md\n", "--static"), (0, ""))

    def test_refuses_dead_links(self):
        self.write({"docs/a.md": "# One\n"})
        self.assert_fails("# Top\n\n[a](docs/b.md)\n", "README.md:3: the link docs/b.md leads nowhere", "--static")
        self.assert_fails("# Top\n[a](docs/a.md#two)\n", "names no heading", "--static")
        self.assert_fails("# Top\n[a](#bottom)\n", "names no heading", "--static")
        self.assert_fails("[a](../outside.md)\n", "leaves the repository", "--static")
        self.assert_fails("[a]: docs/b.md\n", "leads nowhere", "--static")

    def test_lists_blocks_and_takes_single_documents(self):
        self.write({"docs/a.md": fenced("sh run", "false")})
        status, output = self.check(fenced("sh run", "make", "make test"), "--list")
        self.assertEqual((status, output), (0, "README.md:1: sh run: make ...\ndocs/a.md:1: sh run: false\n"))
        self.assertEqual(self.check("# Top\n", "--only", "README.md")[0], 0)
        self.assert_fails("# Top\n", "no document missing.md", "--only", "missing.md")


if __name__ == "__main__":
    unittest.main()
