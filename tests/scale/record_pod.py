#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints a pod as a real API server tells it: record_pod.py > pod.json

The pod is made as a ReplicaSet's controller makes one, and bound and reported on as scheduler and kubelet do, each under its
own name, so that the server itself writes defaults, token volume, tolerations and managedFields. Says on standard error which server it was.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "real"))
from kube_cluster import Cluster

NODE, POD = "node-0001", "web-7d4b9c6f5d-abcde"
STARTED = "2026-11-29T10:00:00Z"
DIGEST = "5b1c7f5f7b0e3b0f6a9f3c1d2e4b5a697887960514233241505f6e7d8c9bab1c"
POD_SPEC = {
    "metadata": {
        "name": POD, "generateName": "web-7d4b9c6f5d-", "labels": {"app": "web", "block": "block-1", "group": "group-1", "set": "set-1-1",
                                                                 "pod-template-hash": "7d4b9c6f5d"},
        "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-7d4b9c6f5d", "controller": True,
                             "blockOwnerDeletion": True, "uid": "0d4f6a52-1f0c-4a6e-9a63-2f6f0a3c9d11"}]},
    "spec": {"containers": [{
        "name": "web", "image": "registry.example/web:1.2.3", "ports": [{"name": "http", "containerPort": 8080}],
        "env": [{"name": "LEVEL", "value": "info"}],
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}}}]}}
STATUS = {
    "phase": "Running", "hostIP": "127.0.0.1", "hostIPs": [{"ip": "127.0.0.1"}], "podIP": "127.0.0.1", "podIPs": [{"ip": "127.0.0.1"}],
    "startTime": STARTED, "qosClass": "Burstable",
    "conditions": [{"type": kind, "status": "True", "lastProbeTime": None, "lastTransitionTime": STARTED, "observedGeneration": 1}
                   for kind in ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")],
    "containerStatuses": [{
        "name": "web", "state": {"running": {"startedAt": STARTED}}, "lastState": {}, "ready": True, "restartCount": 0, "started": True,
        "image": "registry.example/web:1.2.3", "imageID": f"registry.example/web@sha256:{DIGEST}", "containerID": f"containerd://{DIGEST}",
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
        "volumeMounts": [{"name": "kube-api-access", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "readOnly": True,
                          "recursiveReadOnly": "Disabled"}]}]}


def main():
    cluster = Cluster().start()
    try:
        cluster.create_namespace("apps")
        cluster.request("POST", "/api/v1/nodes", {"metadata": {"name": NODE}})
        pods = "/api/v1/namespaces/apps/pods"
        cluster.request("POST", pods + "?fieldManager=kube-controller-manager", POD_SPEC)
        cluster.request("POST", f"{pods}/{POD}/binding", {"metadata": {"name": POD}, "target": {"kind": "Node", "name": NODE}})
        cluster.request("PATCH", f"{pods}/{POD}/status?fieldManager=kubelet", {"status": STATUS}, "application/strategic-merge-patch+json")
        path = f"{pods}/{POD}"
        print(f"kube-apiserver {cluster.request('GET', '/version')['gitVersion']}: GET {path}", file=sys.stderr)
        # As it was sent, in the server's order.
        cluster.connection.request("GET", path, None, {"Authorization": "Bearer admin-token"})
        print(cluster.connection.getresponse().read().decode(), end="")
    finally:
        cluster.stop()


if __name__ == "__main__":
    main()
