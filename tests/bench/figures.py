# SPDX-License-Identifier: Apache-2.0
"""What the bench programs print, and their exit code."""

import math


def percentile(values, share):
    """The smallest of `values` that is not below this share (0 to 1) of them."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def judge(figures):
    """Prints (name, figure, unit, bar, whether the bar is the least or the most), a line each; 1 when one is missed."""
    missed = 0
    print(f"  {'what':<34} {'figure':>8}  {'bar':>8}")
    for name, figure, unit, bar, at_least in figures:
        good = figure >= bar if at_least else figure <= bar
        missed += not good
        print(f"  {name:<34} {figure:>8.2f}  {'>=' if at_least else '<='} {bar:>5}  {unit:<18} "
              f"{'ok' if good else 'MISSED'}")
    return 1 if missed else 0
