# SPDX-License-Identifier: Apache-2.0
"""Which files to look at first: those that changed, newest first."""

import os
import subprocess
from pathlib import Path

NEWEST_MAX = 60  # files, when the newest commits are all there is to go by


def git(root, *arguments):
    """The lines that git prints; none when there is no git or no repository."""
    try:
        answer = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, check=False)
    except OSError:
        return []
    return answer.stdout.split("\n")[:-1] if answer.returncode == 0 else []


def newest_first(root, paths):
    return sorted(paths, key=lambda path: -(Path(root) / path).stat().st_mtime)


def uncommitted(root):
    names = [line[3:].split(" -> ")[-1] for line in git(root, "status", "--porcelain", "-uall")]
    return newest_first(root, [name for name in names if (Path(root) / name).is_file()])


def base_of(root):
    """The commit that a change starts from, or None where HEAD is not ahead of anything known."""
    if os.environ.get("LINT_BASE"):
        base = git(root, "rev-parse", "--verify", os.environ["LINT_BASE"] + "^{commit}")
        if not base:
            raise SystemExit(f"LINT_BASE={os.environ['LINT_BASE']} is no commit")
        return base[0]
    fork = git(root, "merge-base", "HEAD", "origin/main")
    return fork[0] if fork and fork != git(root, "rev-parse", "HEAD") else None


def committed(root):
    base = base_of(root)
    span = [f"{base}..HEAD"] if base else ["HEAD"]
    names = git(root, "log", "--format=", "--name-only", *span)
    return names if base else list(dict.fromkeys(name for name in names if name))[:NEWEST_MAX]


def changed_files(root, endings):
    """Existing files with these endings, the newest change first, each once.

    Uncommitted ones; then those since LINT_BASE, or since the fork from origin/main, or, on main itself, those of the
    newest commits. Without any commit all files, the newest first.
    """
    names = [*uncommitted(root), *committed(root)]
    if not git(root, "rev-parse", "HEAD") and not names:
        found = [path for folder in ("src", "tests") for path in Path(root, folder).rglob("*")]
        names = newest_first(root, [path.relative_to(root).as_posix() for path in found])
    unique = dict.fromkeys(name for name in names if Path(name).suffix in endings)
    return [name for name in unique if (Path(root) / name).is_file()]
