#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""metrics_readers.py PROGRAM: /metrics of both servers, in both formats, read by the Prometheus project's own readers.

They are installed into build/prometheus_client from PyPI, at the version of metrics_requirements.txt. Exit code 0: they
find the samples that our own reader finds, and refuse a text that is wrong."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "integration"))

from metrics_ground import with_all_families
from metrics_text import OPEN_METRICS, TEXT, parse
from pypi_folder import installed


def samples(families):
    return {(sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in families for sample in family.samples}


def check(server, name, accept, content_type, reader):
    answer = server.request("GET", "/metrics", server=name, headers={"Accept": accept})
    assert answer.headers["Content-Type"] == content_type, answer.headers["Content-Type"]
    theirs = samples(reader(answer.text))
    ours = {series: value for family in parse(answer.text, content_type).values()
            for series, value in family.samples.items()}
    assert theirs == ours, sorted(set(theirs.items()) ^ set(ours.items()))
    print(f"{name}, {accept}: {len(theirs)} samples")


def main():
    folder = installed("prometheus_client", HERE / "metrics_requirements.txt")
    sys.path[:0] = [str(path) for path in folder.glob("lib/python3*/site-packages")]
    from prometheus_client.openmetrics import parser as open_metrics
    from prometheus_client import parser as text

    try:
        list(open_metrics.text_string_to_metric_families("# TYPE a counter\na 1\n# EOF\n"))
        sys.exit("the reader takes a counter without its ending")
    except ValueError:
        pass
    with with_all_families(sys.argv[1], {"MACHINE_ID": 'back\\slash "quoted" two\nlines'}) as server:
        for name in ("manager", "decisionmaker"):
            check(server, name, "text/plain", TEXT, text.text_string_to_metric_families)
            check(server, name, "application/openmetrics-text", OPEN_METRICS,
                  open_metrics.text_string_to_metric_families)


if __name__ == "__main__":
    main()
