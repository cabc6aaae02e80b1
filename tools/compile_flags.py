# SPDX-License-Identifier: Apache-2.0
"""How the `tidy` preset compiles each source: its compile_commands.json, read."""

import json
import shlex
from pathlib import Path


class CompileFlags:
    def __init__(self, root, build):
        self.root = Path(root).resolve()
        database = Path(build) / "compile_commands.json"
        if not database.is_file():
            raise SystemExit(f"{database} is missing: run cmake --preset tidy first")
        self._flags = {}
        for entry in json.loads(database.read_text(encoding="utf-8")):
            source = Path(entry["file"]).resolve()
            if source.is_relative_to(self.root):
                self._flags[source.relative_to(self.root).as_posix()] = self._without_output(entry)

    @staticmethod
    def _without_output(entry):
        words = shlex.split(entry["command"])
        while "clang" not in Path(words[0]).name:  # ccache stands before the compiler
            words = words[1:]
        kept = []
        skip = False
        for word in words:
            if skip or word in ("-c", entry["file"]):
                skip = False
            elif word == "-o":
                skip = True
            else:
                kept.append(word)
        return kept

    def sources(self):
        return sorted(self._flags)

    def knows(self, source):
        return source in self._flags

    def near(self, path):
        """The flags of the source that shares most of `path`'s folders; None when there is no source at all."""
        wanted = Path(path).parts

        def shared(source):
            parts = Path(source).parts
            return next((i for i, (a, b) in enumerate(zip(wanted, parts)) if a != b), len(parts))

        # Tests see more include folders than a header of their module may count on.
        best = max(self._flags, key=lambda source: (shared(source), not source.endswith("_test.cpp")), default=None)
        return None if best is None else self._flags[best]
