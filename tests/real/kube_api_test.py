# SPDX-License-Identifier: Apache-2.0
"""The real API server that other tests build upon: it starts, keeps objects, knows who may do what, and stops.

The first run builds it. Exit code 77 (skipped) when BACKPORTS=0 says that there is no Go here to build it with."""

import os
import sys
import unittest
from pathlib import Path

from kube_cluster import Cluster, Refused

POD = {"metadata": {"name": "web", "labels": {"app": "web"}},
       "spec": {"nodeName": "elsewhere", "containers": [{"name": "server", "image": "localhost/none:1"}]}}


class ApiServer(unittest.TestCase):
    def test_keeps_a_pod_until_it_is_stopped(self):
        cluster = Cluster()
        try:
            cluster.start()
            version = cluster.request("GET", "/version")["gitVersion"]
            self.assertRegex(version, r"^v1\.\d+\.\d+$")
            cluster.create_namespace("shop")
            made = cluster.request("POST", "/api/v1/namespaces/shop/pods", POD)
            read = cluster.request("GET", "/api/v1/namespaces/shop/pods/web")
            self.assertEqual(read["metadata"]["uid"], made["metadata"]["uid"])
            self.assertEqual(read["metadata"]["labels"], {"app": "web"})
            self.assertEqual((read["spec"]["nodeName"], read["status"]["phase"]), ("elsewhere", "Pending"))
            with self.assertRaises(Refused) as refused:
                cluster.request("GET", "/api/v1/pods", token="plain-token")
            self.assertEqual(refused.exception.status, 403)
            processes = [int(file.read_text(encoding="utf-8")) for file in cluster.directory.glob("*.pid")]
            self.assertEqual(len(processes), 2)
        finally:
            cluster.stop()
        self.assertFalse(cluster.directory.exists())
        for process in processes:
            self.assertFalse(is_running(process), f"process {process} goes on")
        print(f"Kubernetes {version}")


def is_running(process):
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


if __name__ == "__main__":
    if os.environ.get("BACKPORTS") == "0":
        print("skipped: BACKPORTS=0, so there is no Go to build Kubernetes with")
        sys.exit(77)
    unittest.main()
