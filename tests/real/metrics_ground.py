# SPDX-License-Identifier: Apache-2.0
"""What others' readers of /metrics are shown: both servers, with every family that they have."""

import contextlib
import os

import harness
from harness import Standalone, Workload, wait_for


@contextlib.contextmanager
def with_all_families(program, environment=None):
    """A standalone with a pod that has an intent, and with figures of a scheduler."""
    harness.BINARY = os.path.abspath(program)
    with Standalone(arguments=["--allow-public-key-exchange"], environment=environment or {}) as server:
        workload = Workload(["sleep", "600"], ["read=yes"], "metrics-that-are-read")
        try:
            workload.find_cgroup("metrics-that-are-read")
            server.create(labelSelectors=[{"key": "read", "value": "yes"}], priority=1)
            answer = server.request("POST", "/api/v1/metrics", {"nr_user_dispatches": 3}, token=server.agent_token(),
                                    server="decisionmaker")
            assert answer.status == 200, answer.text
            wait_for(lambda: "gthulhu_pod_" in server.request("GET", "/metrics", server="decisionmaker").text, 10,
                     "the pod's families")
            yield server
        finally:
            workload.stop()
