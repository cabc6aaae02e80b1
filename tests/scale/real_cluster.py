# SPDX-License-Identifier: Apache-2.0
"""The cluster of scale_load at a real API server: the same nodes, pods and changes, as objects of that server."""

import copy
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "real"))
from api_requests import requests_of
from informer_ground import AGENTS_NAMESPACE, Ground
from record_pod import POD_SPEC, STATUS

MANAGER = f"system:serviceaccount:{AGENTS_NAMESPACE}:manager"
THREADS = 8  # that ask the API server, each over a connection of its own
MERGE = "application/merge-patch+json"


class RealCluster:
    """API server and etcd, and what the load program planned, in them."""

    def __init__(self, load):
        self.load = load
        self.ground = Ground(nodes=0)
        self.local = threading.local()
        self.made = 0
        self.lock = threading.Lock()  # of `made`

    def start(self):
        self.ground.start()
        cluster = self.ground.cluster
        pods = self.load.ask("pods")["pods"]
        for namespace in sorted({pod["namespace"] for pod in pods} - {AGENTS_NAMESPACE}):
            cluster.create_namespace(namespace)
        began = time.monotonic()
        self._for_each("nodes", sorted({pod["node"] for pod in pods}),
                       lambda node: self._connection().request("POST", "/api/v1/nodes", {"metadata": {"name": node}}))
        self._for_each("pods", pods, self._create_running)
        print(f"  {len(pods)} pods and their nodes are at the API server after {time.monotonic() - began:.0f} s", flush=True)

    def stop(self):
        self.ground.stop()

    def kubeconfig(self, _):
        return str(self.ground.kubeconfig())

    def processes(self):
        """Their process ids by name, for what they use."""
        return {name: int((self.ground.cluster.directory / f"{name}.pid").read_text(encoding="utf-8"))
                for name in ("kube-apiserver", "etcd")}

    def list_began(self):
        """When the server received the manager's first request for pods, on the clock of time.monotonic()."""
        times = [request.time for request in requests_of(self.ground.audit_log, MANAGER)
                 if request.verb == "list" and request.resource == "pods"]
        return min(times) - time.time() + time.monotonic()

    # --- pods ---

    def _connection(self):
        """This thread's own."""
        if not hasattr(self.local, "cluster"):
            self.local.cluster = self.ground.cluster.another_connection()
        return self.local.cluster

    @staticmethod
    def _pods(pod, name=""):
        return f"/api/v1/namespaces/{pod['namespace']}/pods{name and '/' + name}"

    def _create(self, pod):
        """As a ReplicaSet's controller makes it, but bound already. Returns the uid."""
        body = copy.deepcopy(POD_SPEC)
        body["metadata"].update(name=pod["name"], labels=pod["labels"])
        body["spec"]["nodeName"] = pod["node"]
        body["spec"]["containers"][0]["ports"][0]["containerPort"] = pod["port"]
        return self._connection().request("POST", self._pods(pod), body)["metadata"]["uid"]

    def _create_running(self, pod):
        uid = self._create(pod)
        self._connection().request("PATCH", self._pods(pod, pod["name"]) + "/status", {"status": STATUS}, MERGE)
        self.load.ask("uid", pod["index"], uid)

    def _for_each(self, what, items, work):
        """Says how far it is, for people who wait."""
        began = said = time.monotonic()
        with ThreadPoolExecutor(THREADS) as threads:
            for done, _ in enumerate(threads.map(work, items), 1):
                if time.monotonic() - said >= 10:
                    said = time.monotonic()
                    print(f"  {done} of {len(items)} {what} made, {done / (said - began):.0f} a second", flush=True)

    # --- changes ---

    def churn(self, per_second, seconds):
        """Asks for changes at this rate, or as fast as THREADS requests at a time can; returns the rate that it was."""
        self.load.ask("forget_events")
        self.made = 0
        began = time.monotonic()
        with ThreadPoolExecutor(THREADS) as threads:
            for worker in [threads.submit(self._change_some, began, per_second, seconds) for _ in range(THREADS)]:
                worker.result()
        return self.made / (time.monotonic() - began)

    def _change_some(self, began, per_second, seconds):
        while True:
            with self.lock:
                due = began + self.made / per_second
                # Who is late does not go on beyond the end.
                if max(due, time.monotonic()) >= began + seconds:
                    return
                self.made += 1
            time.sleep(max(0.0, due - time.monotonic()))
            self._change_one()

    def _change_one(self):
        change = self.load.ask("change")
        if not change:
            return
        kind, pod, uid = change["kind"], change["pod"], ""
        path = self._pods(pod, pod["name"])
        sent = time.monotonic()
        if kind == "create":
            uid = self._create(pod)
        elif kind == "remove":
            self._connection().request("DELETE", path, {"gracePeriodSeconds": 0})
        else:
            self._connection().request("PATCH", path, {"metadata": {"labels": pod["labels"]}}, MERGE)
        self.load.ask("changed", kind, pod["index"], f"{sent:.9f}", f"{time.monotonic():.9f}", uid)
