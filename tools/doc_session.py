# SPDX-License-Identifier: Apache-2.0
"""A reader at a terminal: one shell for all blocks of a document, in a fresh working copy, with a fresh home."""

import ctypes
import os
import re
import secrets
import selectors
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from changed_files import git
from source_tree import files_of

PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h: orphans of our children become ours, so that they can be found
STOP_SECONDS = 10
OUTPUT_SHOWN = 4000  # characters of a failed command
# A cache outside the fresh home: it changes how long a build takes, not what it makes.
KEPT = ("PATH", "JOBS", "SKIP_INSTALL", "BACKPORTS", "CCACHE_DIR", "GTHULHU_TESTPEERS", "http_proxy", "https_proxy",
        "no_proxy", "SSL_CERT_FILE")


class StepFailed(Exception):
    pass


def matches(shown, output):
    """Whether the output is what the document shows; `...` is anything, a line of only `...` any lines."""
    parts = []
    for line in shown:
        if line.strip() == "...":
            parts.append(r"(?:[^\n]*\n)*?")
        else:
            parts.append(re.escape(line.rstrip()).replace(r"\.\.\.", r"[^\n]*") + r"[ \t]*\n")
    # Blank lines at the end are layout.
    text = output.rstrip() + "\n" if output.strip() else ""
    return re.fullmatch("".join(parts) + r"\n*", text) is not None


def descendants(of):
    """Process ids below `of`, children before their parents."""
    children = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, ValueError, IndexError):
                continue  # it ended meanwhile
            children.setdefault(parent, []).append(int(entry.name))
    found = []
    waiting = [of]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found[::-1]


def reap():
    """Takes the status of everything that ended, so that no zombie counts as running."""
    while True:
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                return
        except ChildProcessError:
            return


class Session:
    def __init__(self, root, blocks):
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        self._before = set(descendants(os.getpid()))
        self._folder = Path(tempfile.mkdtemp(prefix="check_docs."))
        self._number = 0
        self._waits = []
        home = self._folder / "home"
        home.mkdir()
        self._start_folder = self._folder / "gthulhu"
        clones = re.findall(r"git clone [^\n]*?(\S+/gthulhu(?:\.git)?)(?=\s|$)", "".join(b.text for b in blocks))
        if clones:
            self._start_folder = home
            self._make_repository(root, self._folder / "origin")
        else:
            self._copy(root, self._start_folder)
        self._environment = self._fresh_environment(home, clones)
        self._log = (self._folder / "background.log").open("w+", encoding="utf-8", errors="replace")
        self._shell = self._start_shell()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stop_everything()
        self._log.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    @staticmethod
    def _copy(root, target):
        """What a commit of everything would hold."""
        for path in git(root, "ls-files", "-co", "--exclude-standard") or files_of(root):
            if (root / path).is_file():
                (target / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(root / path, target / path)

    def _make_repository(self, root, origin):
        """What a clone would bring if everything here were committed."""
        self._copy(root, origin)
        identity = ["-c", "user.name=reader", "-c", "user.email=reader@localhost"]
        for command in (["init", "-q", "-b", "main"], ["add", "-A"], [*identity, "commit", "-q", "-m", "everything"]):
            subprocess.run(["git", "-C", str(origin), *command], check=True)

    def _fresh_environment(self, home, clones):
        environment = {name: os.environ[name] for name in KEPT if name in os.environ}
        environment.update(HOME=str(home), USER="reader", LANG="C.UTF-8", TERM="dumb", CI="true")
        environment.setdefault("CCACHE_DIR", str(Path(os.environ.get("HOME", "/root")) / ".cache/ccache"))
        for number, address in enumerate(sorted(set(clones))):
            environment[f"GIT_CONFIG_KEY_{number}"] = f"url.file://{self._folder}/origin.insteadOf"
            environment[f"GIT_CONFIG_VALUE_{number}"] = address
        if clones:
            environment["GIT_CONFIG_COUNT"] = str(len(set(clones)))
        return environment

    def _start_shell(self):
        return subprocess.Popen(
            ["bash", "--noprofile", "--norc"], cwd=self._start_folder, env=self._environment, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)

    def run(self, block):
        if "background" in block.options:
            self._run_background(block)
            return
        steps = block.steps()
        for step in steps:
            strict = step.shown is None and "exit" not in block.options
            status, output = self._type(step.command, block.timeout, strict)
            wanted = int(block.options.get("exit", 0)) if step is steps[-1] else 0
            if status != wanted:
                raise StepFailed(f"$ {step.command}\n{output[-OUTPUT_SHOWN:]}\nstatus {status}, expected {wanted}")
            if step.shown is not None and not matches(step.shown, output):
                shown = "\n".join(step.shown)
                raise StepFailed(f"$ {step.command}\n--- shown\n{shown}\n--- came\n{output[-OUTPUT_SHOWN:]}")

    def _script(self, command):
        self._number += 1
        script = self._folder / f"command{self._number}"
        script.write_text(command + "\n", encoding="utf-8")
        return script

    def _type(self, command, timeout, strict=False):
        """Runs a command in the shell; its status and what it printed on both channels.

        `strict`: the first line that fails ends the shell, and so the document.
        """
        end_mark = f"@@{secrets.token_hex(8)}"
        # Sourced, so that its variables and its folder last.
        run = f". {self._script(command)} < /dev/null"
        line = f"{f'set -e; {run}; set +e' if strict else run}; printf '\\n{end_mark} %s\\n' $?\n"
        self._shell.stdin.write(line.encode())
        self._shell.stdin.flush()
        pattern = re.compile(rb"\n" + end_mark.encode() + rb" (\d+)\n")
        output = b""
        deadline = time.monotonic() + timeout
        with selectors.DefaultSelector() as selector:
            selector.register(self._shell.stdout, selectors.EVENT_READ)
            while not (found := pattern.search(output)):
                text = output.decode(errors="replace")
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise StepFailed(f"$ {command}\n{text[-OUTPUT_SHOWN:]}\nnot done after {timeout:.0f} s")
                some = os.read(self._shell.stdout.fileno(), 65536)
                if not some:
                    raise StepFailed(f"$ {command}\n{text[-OUTPUT_SHOWN:]}\nit ended the shell")
                output += some
        return int(found[1]), output[:found.start()].decode(errors="replace")

    def _run_background(self, block):
        address = block.options.get("wait-for")
        if address and self._answers(address):
            raise StepFailed(f"something else already answers at {address}")
        folder = self._type("pwd", 10)[1].strip()
        command = block.steps()[0].command
        self._log.write(f"$ {command}\n")
        self._log.flush()
        process = subprocess.Popen(
            ["bash", "--noprofile", "--norc", str(self._script(command))], cwd=folder, env=self._environment,
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=subprocess.STDOUT, start_new_session=True)
        self._waits.append(process)
        deadline = time.monotonic() + block.timeout
        while address and not self._answers(address):
            if process.poll() is not None:
                raise StepFailed(f"$ {command}\nended with status {process.returncode} before {address} answered")
            if time.monotonic() > deadline:
                raise StepFailed(f"$ {command}\n{address} does not answer after {block.timeout:.0f} s")
            time.sleep(0.1)

    @staticmethod
    def _answers(address):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(address, timeout=2) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def show_background(self):
        self._log.flush()
        self._log.seek(0)
        text = self._log.read()
        if text:
            print("--- printed in the background\n" + text[-OUTPUT_SHOWN:], flush=True)

    def _ours(self):
        return [pid for pid in descendants(os.getpid()) if pid not in self._before]

    def _stop_everything(self):
        for number in (signal.SIGTERM, signal.SIGKILL):
            for pid in self._ours():
                try:
                    os.kill(pid, number)
                except ProcessLookupError:
                    pass
            deadline = time.monotonic() + STOP_SECONDS
            while self._ours() and time.monotonic() < deadline:
                reap()
                time.sleep(0.05)
        reap()
        self._shell.stdin.close()
        self._shell.stdout.close()
