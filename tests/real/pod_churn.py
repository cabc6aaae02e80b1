# SPDX-License-Identifier: Apache-2.0
"""Pods that are made, relabelled, moved, finished and deleted all the time, and remembered."""

import http.client
import random
import threading
import time

from kube_cluster import Refused

# In this order only: see Truth.
TIERS = ("gold", "silver", "bronze")


class Churn(threading.Thread):
    """`with Churn(...)`: about `rate` changes a second, of `count` pods or so. What the API server does not answer,
    because it is away, counts as not known until the pod has been looked at again."""

    def __init__(self, ground, namespace, count=60, rate=20, seed=1):
        super().__init__(daemon=True)
        self.ground, self.namespace, self.count, self.rate = ground, namespace, count, rate
        self.api = ground.cluster.another_connection()
        self.draw = random.Random(seed)
        self.pods = {}      # by name
        self.unsure = {}    # name → uid of those whose last request was not answered
        self.changes = 0
        self.numbers = 0
        self.ending = threading.Event()
        self.failure = None

    def run(self):
        try:
            while not self.ending.wait(self.draw.uniform(0, 2 / self.rate)):
                self.step()
            while self.unsure and not self.look_again():
                time.sleep(0.2)
        except Exception as failure:  # shown by the thread that waits for this one
            self.failure = failure

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        self.join(60)
        if self.failure is not None:
            raise self.failure

    def step(self):
        if self.unsure and not self.look_again():
            time.sleep(0.2)
            return
        if len(self.pods) < self.count:
            name = self.new_name()
            self.attempt(name, lambda: self.create(name, self.draw.choice(self.ground.nodes)))
        else:
            name = self.draw.choice(sorted(self.pods))
            change = self.draw.choice((self.relabel, self.relabel, self.delete, self.move, self.finish))
            self.attempt(name, lambda: change(name))

    def new_name(self):
        self.numbers += 1
        return f"churned-{self.numbers}"

    def attempt(self, name, change):
        try:
            change()
            self.changes += 1
        except (Refused, OSError, http.client.HTTPException):
            uid = self.pods[name]["metadata"]["uid"] if name in self.pods else None
            self.unsure[name] = uid
            if uid:
                self.ground.truth.is_now(uid, None, time.monotonic())

    def look_again(self):
        """Whether what was not known could be learnt."""
        for name in list(self.unsure):
            begin = time.monotonic()
            try:
                pod = self.api.request("GET", self.path(name))
            except Refused as refused:
                if refused.status != 404:
                    return False
                self.pods.pop(name, None)
            except (OSError, http.client.HTTPException):
                return False
            else:
                self.keep(pod, begin)
            del self.unsure[name]
        return True

    def path(self, name=""):
        return f"/api/v1/namespaces/{self.namespace}/pods" + (f"/{name}" if name else "")

    def keep(self, pod, begin):
        self.pods[pod["metadata"]["name"]] = pod
        self.ground.truth.is_now(pod["metadata"]["uid"], pod, begin)

    # --- changes ---

    def create(self, name, node):
        labels = {"tier": self.draw.choice(TIERS[:2])}
        if self.draw.random() < 0.5:
            labels["traced"] = "yes"
        begin = time.monotonic()
        self.keep(self.api.request("POST", self.path(), self.ground.pod(name, node, labels)), begin)

    def relabel(self, name):
        tier = self.pods[name]["metadata"]["labels"]["tier"]
        labels = {"tier": TIERS[min(TIERS.index(tier) + 1, 2)], "touched": str(self.changes)}
        begin = time.monotonic()
        self.keep(self.api.request("PATCH", self.path(name), {"metadata": {"labels": labels}},
                                   kind="application/merge-patch+json"), begin)

    def delete(self, name):
        begin = time.monotonic()
        self.api.request("DELETE", self.path(name), {"gracePeriodSeconds": 0})
        self.ground.truth.is_now(self.pods.pop(name)["metadata"]["uid"], None, begin)

    def move(self, name):
        self.delete(name)
        self.create(self.new_name(), self.draw.choice(self.ground.nodes))

    def finish(self, name):
        begin = time.monotonic()
        self.keep(self.api.request("PATCH", self.path(name) + "/status", {"status": {"phase": "Succeeded"}},
                                   kind="application/merge-patch+json"), begin)
        # It takes room as long as it is in the list.
        self.delete(name)
