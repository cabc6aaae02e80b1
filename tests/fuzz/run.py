#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""run.py [--seconds N] [TARGET...]: fuzz targets out of build/fuzz, all or these, JOBS at a time.

Without --seconds it is the short form: seeds, and then always the same made-up inputs (seed 1), for at most ten seconds
a target; nothing is kept. With it, N seconds a target with other inputs each time, and what covers something new is
kept in build/fuzz/corpus for the next time.

One line for each target. An input that broke something is in build/fuzz/findings/TARGET, and is printed with the report;
the exit status is then 1. `planted` has a bug on purpose, and must find it.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import seeds

ROOT = Path(__file__).resolve().parent.parent.parent
BUILD = ROOT / "build/fuzz"
SHORT_SECONDS = 10
SHORT_RUNS = 100_000
PRINTED_BYTES = 600  # of an input
# A wrong answer to one input takes less; one that takes longer is a finding.
LIMITS = ["-timeout=10", "-rss_limit_mb=1024", "-malloc_limit_mb=512", "-max_len=4096"]


class Outcome:
    def __init__(self, name, output, failed, findings):
        self.name, self.output, self.failed, self.findings = name, output, failed, findings
        covered = re.findall(r"cov: (\d+) ft: (\d+) corp: (\d+)", output)
        executions = re.findall(r"stat::number_of_executed_units: (\d+)", output)
        self.covered, self.corpus = (covered[-1][0], covered[-1][2]) if covered else ("?", "?")
        self.executions = int(executions[-1]) if executions else 0

    def line(self):
        verdict = "FAILED" if self.failed else "ok"
        return f"  {self.name:13} {self.executions:>10} inputs, {self.covered:>5} edges, corpus {self.corpus:>5}: {verdict}"


def run(name, seconds, folder):
    given, words = seeds.write(name, folder)
    findings = BUILD / "findings" / name
    os.makedirs(findings, exist_ok=True)
    before = set(findings.iterdir())
    corpus = BUILD / "corpus" / name if seconds else folder / "corpus"
    os.makedirs(corpus, exist_ok=True)
    options = [f"-max_total_time={seconds}"] if seconds else \
        [f"-max_total_time={SHORT_SECONDS}", "-seed=1", f"-runs={SHORT_RUNS}"]
    command = [BUILD / f"tests/fuzz/{name}_fuzz", *options, *LIMITS, f"-dict={words}", f"-artifact_prefix={findings}/",
               "-print_final_stats=1", "-reload=0", corpus, given]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    new = sorted(set(findings.iterdir()) - before)
    return Outcome(name, done.stdout.decode(errors="replace"), done.returncode != 0, new)


def show(outcome):
    """What broke and where, and the input in a form that can be put into a test."""
    lines = [line for line in outcome.output.splitlines() if "crtstuff" not in line and not line.startswith("0x")]
    signs = ("broken invariant", "Assertion", "ERROR:", "runtime error")
    begin = next((i for i, line in enumerate(lines) if any(sign in line for sign in signs)), max(0, len(lines) - 30))
    print("\n".join("    " + line[:PRINTED_BYTES] for line in lines[begin:begin + 30]))
    for path in outcome.findings:
        data = path.read_bytes()
        print(f"    {path.relative_to(ROOT)} ({len(data)} bytes): {data[:PRINTED_BYTES]!r}")
        print(f"    again: build/fuzz/tests/fuzz/{outcome.name}_fuzz {path.relative_to(ROOT)}")


def planted_is_found(folder):
    outcome = run("planted", 0, folder)
    found = outcome.failed and "heap-buffer-overflow" in outcome.output and outcome.findings
    for path in outcome.findings:
        path.unlink()
    print(f"  planted: the bug that is there on purpose was {'found' if found else 'NOT FOUND'}", flush=True)
    if not found:
        print(outcome.output)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=0, metavar="N")
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    options = parser.parse_args()
    known = [name for name in seeds.SEEDS if name != "planted"]
    for name in options.targets:
        if name not in known:
            parser.error(f"no target {name}; there are {', '.join(known)}")
    folder = Path(tempfile.mkdtemp())
    try:
        ok = planted_is_found(folder / "planted")
        with ThreadPoolExecutor(int(os.environ.get("JOBS") or os.cpu_count())) as pool:
            for outcome in pool.map(lambda name: run(name, options.seconds, folder / name), options.targets or known):
                print(outcome.line(), flush=True)
                if outcome.failed:
                    show(outcome)
                    ok = False
    finally:
        shutil.rmtree(folder)
    sys.exit(0 if ok else 1)


if __name__ == "__main__":
    main()
