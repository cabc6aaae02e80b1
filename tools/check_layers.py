#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_layers.py [ROOT]: holds the #include lines of ROOT (default: this repository) against the tables below.

The tables are docs/architecture.md in a form that a machine can check. Exit status 1 when any line breaks them.
"""

import re
import sys
from fnmatch import fnmatchcase
from pathlib import Path

from source_tree import Finding, cpp_files, read_text

# Which of our folders a folder may include, besides itself. The longest entry that fits a file counts.
# An adapter is a module of its own: `adapters` does not stand in its own row.
MODULES = {
    "src/base": [],
    "src/core": ["src/base"],
    "src/wire": ["src/core", "src/base"],
    "src/app": ["src/core", "src/base"],
    "src/app/ports": ["src/core", "src/base"],
    "src/net": ["src/base"],
    "src/rest": ["src/app", "src/wire", "src/net", "src/core", "src/base"],
    "src/adapters/*": ["src/app/ports", "src/core", "src/wire", "src/net", "src/base"],
    "src/adapters/bpf": ["src/app/ports", "src/core", "src/wire", "src/net", "src/base", "bpf"],
    "src/adapters/sched_ext": ["src/adapters/bpf", "src/app/ports", "src/core", "src/wire", "src/net", "src/base"],
    "src/cli": ["src/net", "src/wire", "src/core", "src/base"],
    "src/main": ["src/*"],
    "bpf": [],
    "tests/fakes": ["src/app/ports", "src/core", "src/base"],
    "tests/contract": ["src/app/ports", "src/adapters", "src/wire", "src/core", "src/base", "tests/fakes"],
    "tests": ["src/*", "tests/*", "bpf"],
}

# What a test beside a source may include on top of what its module may.
TEST_MAY_INCLUDE = ["tests/fakes", "tests/contract", "bpf"]

# Tests, and what they share beside the sources: no other file may include that.
TEST_SUPPORT = ["*_fixture.h", "*_for_test.h", "*/test_*.h"]
TESTS = ["*_test.cpp", *TEST_SUPPORT, "tests/*"]

# Headers of ours that only some files may include: header, files.
RESERVED = [
    ("src/base/log.h",
     ["src/base/log*.cpp", "src/app/manager/*", "src/app/agent/*", "src/rest/*", "src/cli/*", "src/main/*",
      "tests/*"]),
]

# Libraries of others: header pattern, files that may include it. The first pattern that fits counts.
LIBRARIES = [
    ("tl/expected.hpp", ["src/base/result.h"]),
    ("spdlog/*", ["src/base/*.cpp"]),
    ("fmt/*", ["src/base/*.cpp"]),
    ("re2/*", ["src/core/match/command_pattern.cpp"]),
    ("openssl/*", ["src/base/digest.cpp", "src/adapters/crypto/*", "src/net/*.cpp", *TESTS]),
    ("zlib.h", ["src/net/*.cpp"]),
    ("argon2.h", ["src/adapters/crypto/*.cpp", "tests/bench/yardsticks/*"]),
    ("crypt.h", ["src/adapters/crypto/*.cpp"]),
    ("sqlite3.h", ["src/adapters/store_sqlite/*"]),
    ("mongoc/*", ["src/adapters/store_mongo/*"]),
    ("bson/*", ["src/adapters/store_mongo/*"]),
    ("boost/json*", ["src/wire/*.cpp"]),
    ("boost/describe*", ["src/wire/*.cpp"]),
    # Never in a header outside net; tests/scale has a server of its own for thousands of requests that wait.
    ("boost/*", ["src/net/*", "src/adapters/*.cpp", "tests/scale/*"]),
    ("toml++/*", ["src/main/*.cpp"]),
    ("yaml-cpp/*", ["src/main/*.cpp", "src/cli/*.cpp", "src/adapters/kube/*.cpp"]),
    ("CLI/*", ["src/cli/*.cpp", "src/main/*.cpp"]),
    ("bpf/*", ["src/adapters/bpf/*", "bpf/*", "tests/bench/*", "tests/waits/*", "tests/real/scheduler_*",
               "tests/real/*.bpf.c"]),
    ("gtest/*", TESTS),
    ("gmock/*", TESTS),
    ("benchmark/*", ["tests/bench/*"]),
    ("fuzzer/*", ["tests/fuzz/*"]),
]

# Headers of the C library and the kernel: no library of others.
SYSTEM = ["sys/*", "linux/*", "asm/*", "netinet/*", "arpa/*", "net/if*.h"]  # and every <name.h>

# What pure code may not even name: clocks it would have to be told, files, sockets, threads, chance.
PURE = "src/core"
IMPURE = [
    "ctime", "fstream", "iostream", "filesystem", "thread", "mutex", "shared_mutex", "condition_variable", "future",
    "random", "coroutine",
]  # and every header of SYSTEM
PURE_TYPES = ["sys/types.h"]  # names of types, such as pid_t, and nothing else
PURE_EXCEPT = TESTS  # its tests may draw random cases, with a fixed seed


INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)


def is_in(path, patterns):
    return any(fnmatchcase(path, pattern) for pattern in patterns)


def module_of(path):
    """The folder of MODULES that `path` belongs to, its wildcard filled in, and what it may include."""
    best = None
    for pattern in MODULES:
        folder = "/".join(path.split("/")[: pattern.count("/") + 1])
        if fnmatchcase(folder, pattern) and folder != path:
            rank = (pattern.count("/"), "*" not in pattern)
            if best is None or rank > best[0]:
                best = (rank, folder, pattern)
    return (None, []) if best is None else (best[1], MODULES[best[2]])


def may_include(path, target):
    module, allowed = module_of(path)
    if is_in(path, TESTS):
        allowed = allowed + TEST_MAY_INCLUDE
    # A part of a module with rules of its own, such as app/ports, is open to the rest of that module.
    folders = [module, *allowed]
    return any(target.startswith(folder + "/") or fnmatchcase(target, folder + "/*") for folder in folders)


def locate(root, path, name):
    """Where a quoted include is: from src, or from the root, never beside the including file."""
    if path.startswith("bpf/") and (Path(root) / "bpf" / name).is_file():
        return "bpf/" + name
    for folder in ("src/", ""):
        if (Path(root) / (folder + name)).is_file():
            return folder + name
    return None


def check_own(root, path, name):
    if ".." in name.split("/"):
        return "include from the source root, without '..'"
    target = locate(root, path, name)
    if target is None:
        return f'"{name}" is no file of ours below src/ or the root; libraries of others take <>'
    if not may_include(path, target):
        return f'{module_of(path)[0]} may not include "{name}"'
    if is_in(target, TEST_SUPPORT) and not is_in(path, TESTS):
        return f'"{name}" is for tests'
    for header, files in RESERVED:
        if target == header and not is_in(path, files):
            return f'"{name}" is reserved for {", ".join(files)}'
    return None


def is_system(name):
    return is_in(name, SYSTEM) or ("/" not in name and name.endswith(".h"))


def check_foreign(path, name):
    for pattern, files in LIBRARIES:
        if fnmatchcase(name, pattern):
            return None if is_in(path, files) else f"<{name}> may be included only by {', '.join(files)}"
    if path.startswith(PURE + "/") and not is_in(path, PURE_EXCEPT) and name not in PURE_TYPES:
        if name in IMPURE or is_system(name):
            return f"{PURE} is pure and may not include <{name}>"
    if ("/" in name or "." in name) and not is_system(name):
        return f"<{name}> belongs to no library of tools/check_layers.py"
    return None


def check_file(root, path):
    source = read_text(root, path)
    for match in INCLUDE.finditer(source):
        own, foreign = match.groups()
        problem = check_own(root, path, own) if own else check_foreign(path, foreign)
        if problem:
            yield Finding(path, source.count("\n", 0, match.start()) + 1, problem)


def check(root):
    findings = []
    for path in cpp_files(root, "src", "bpf", "tests"):
        if module_of(path)[0] is None:
            findings.append(Finding(path, 0, "belongs to no module of tools/check_layers.py"))
            continue
        findings += check_file(root, path)
    return findings


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    if not cpp_files(root, "src"):
        sys.exit(f"check_layers.py: {root} has no sources in src/")
    findings = check(root)
    for finding in findings:
        print(finding)
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
