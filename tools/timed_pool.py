# SPDX-License-Identifier: Apache-2.0
"""Runs commands, a few at a time, until a time is over."""

import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor


def jobs():
    """JOBS of the environment, else the number of processors."""
    return int(os.environ.get("JOBS") or os.cpu_count() or 1)


def run_all(named_commands, seconds=None, report=None):
    """Runs [(name, argv)] in this order, none started after `seconds`; calls report(name, ok, output, seconds).

    Returns (names that failed, names that were not reached).
    """
    end = None if seconds is None else time.monotonic() + seconds
    failed, unreached = [], []

    def run(item):
        name, argv = item
        if end is not None and time.monotonic() >= end:
            unreached.append(name)
            return
        start = time.monotonic()
        answer = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if answer.returncode != 0:
            failed.append(name)
        if report:
            report(name, answer.returncode == 0, answer.stdout, time.monotonic() - start)

    with ThreadPoolExecutor(max_workers=jobs()) as pool:
        list(pool.map(run, named_commands))
    return failed, unreached
