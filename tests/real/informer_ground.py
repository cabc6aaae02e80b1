# SPDX-License-Identifier: Apache-2.0
"""An API server with nodes, pods and simulated decision makers, and a manager that follows it."""

import json
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "integration"))

from harness import Standalone, wait_for  # noqa: E402
from kube_accounts import AGENTS_NAMESPACE, Accounts  # noqa: E402
from kube_cluster import Cluster  # noqa: E402
from plain_plan import plan  # noqa: E402
from pod_truth import Truth  # noqa: E402
from signing_key import SigningKey  # noqa: E402
from simulated_agents import Agent  # noqa: E402

ALL_RIGHTS = [{"apiGroups": [""], "resources": ["pods", "namespaces", "nodes"], "verbs": ["get", "list", "watch"]}]

# Who asks for what, as the API server itself has it. Its own requests and those of tests are left out.
AUDIT_POLICY = {
    "apiVersion": "audit.k8s.io/v1", "kind": "Policy", "omitStages": ["ResponseComplete"],
    "rules": [{"level": "None", "users": ["admin", "system:apiserver", "system:anonymous"]}, {"level": "Metadata"}]}


class Manager(Standalone):
    """One `gthulhu manager` with a kubeconfig."""

    servers = {"manager"}
    key = None

    def __init__(self, kubeconfig, audit="30m", data_dir=None):
        super().__init__(data_dir)
        Manager.key = Manager.key or SigningKey().public_pem
        self.config = Path(self.data_dir) / "manager.toml"
        self.config.write_text(
            f'[k8s]\nkube_config_path = "{kubeconfig}"\naudit_interval = "{audit}"\n'
            f'[key]\ndm_public_key_pem = """\n{Manager.key}"""\n', encoding="utf-8")

    def command(self):
        return ["manager", "-c", str(self.config), "--data-dir", os.path.join(self.data_dir, "state"),
                "--listen", "127.0.0.1:0", "--admin-password-file", os.path.join(self.data_dir, "password")]

    def status(self):
        return self.request("GET", "/api/v1/status").body["data"]

    def kinds(self):
        return {kind["resource"]: kind for kind in self.status()["workloads"]["kinds"]}

    def is_current(self, *resources):
        kinds = self.kinds()
        return all(kinds[resource]["current"] for resource in resources or kinds)

    def wait_until_current(self, seconds, *resources):
        wait_for(lambda: self.is_current(*resources), seconds, lambda: f"all to be followed: {self.kinds()}")

    def counts(self, what):
        return {resource: kind[what] for resource, kind in self.kinds().items()}


class Ground(Accounts):
    def __init__(self, nodes=4):
        self.cluster = Cluster()
        directory = self.cluster.directory
        self.audit_log = directory / "audit.log"
        (directory / "audit-policy.json").write_text(json.dumps(AUDIT_POLICY), encoding="utf-8")
        audited = [f"--audit-policy-file={directory}/audit-policy.json", f"--audit-log-path={self.audit_log}"]
        # Without the last an orderly stop waits for watches that nobody ends.
        self.always = [*audited, "--shutdown-watch-termination-grace-period=1s"]
        self.cluster.arguments = self.always
        self.nodes = [f"node-{index + 1}" for index in range(nodes)]
        self.agents = []
        self.agent_pods = {}  # by the agent's name
        self.strategies = {}  # as posted, by id
        self.truth = Truth()
        self.numbers = 0

    def start(self):
        self.cluster.start()
        for namespace in (AGENTS_NAMESPACE, "shop", "play"):
            self.cluster.create_namespace(namespace)
        self.cluster.request("POST", "/api/v1/namespaces/kube-system/serviceaccounts",
                             {"metadata": {"name": "default"}})
        for node in self.nodes:
            self.cluster.request("POST", "/api/v1/nodes", {"metadata": {"name": node}})
            self.agents.append(Agent(node))
            self.agent_pods[node] = self.create_agent_pod(self.agents[-1])
        self.create_account("manager", ALL_RIGHTS)
        return self

    def stop(self):
        for agent in self.agents:
            agent.stop()
        self.cluster.stop()

    def agent(self, node):
        return next(agent for agent in self.agents if agent.name == node)

    # --- pods ---

    def pod(self, name, node, labels, port=None):
        container = {"name": "main", "image": "localhost/none:1"}
        if port:
            container["ports"] = [{"containerPort": port}]
        return {"metadata": {"name": name, "labels": labels},
                "spec": {**({"nodeName": node} if node else {}), "containers": [container]}}

    def create_pod(self, node, labels, namespace="shop", port=None):
        """It, as the API server has it, and when it was asked for."""
        self.numbers += 1
        begin = time.monotonic()
        pod = self.cluster.request("POST", f"/api/v1/namespaces/{namespace}/pods",
                                   self.pod(f"pod-{self.numbers}", node, labels, port))
        self.truth.is_now(pod["metadata"]["uid"], pod, begin)
        return pod, begin

    def create_agent_pod(self, agent, node=None, namespace=AGENTS_NAMESPACE):
        pod, _ = self.create_pod(node or agent.name, {"app": "decisionmaker"}, namespace, agent.port)
        self.set_status(pod, phase="Running", podIP="127.0.0.1", podIPs=[{"ip": "127.0.0.1"}],
                        conditions=[{"type": "Ready", "status": "True"}])
        return pod

    def set_status(self, pod, **status):
        return self._patch(pod, "/status", {"status": status})

    def relabel(self, pod, **labels):
        return self._patch(pod, "", {"metadata": {"labels": labels}})

    def _patch(self, pod, part, body):
        begin = time.monotonic()
        pod = self.cluster.request("PATCH", self.path(pod) + part, body, kind="application/merge-patch+json")
        self.truth.is_now(pod["metadata"]["uid"], pod, begin)
        return begin

    def delete(self, pod):
        begin = time.monotonic()
        self.cluster.request("DELETE", self.path(pod), {"gracePeriodSeconds": 0})
        self.truth.is_now(pod["metadata"]["uid"], None, begin)
        return begin

    @staticmethod
    def path(pod):
        return f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods/{pod['metadata']['name']}"

    def delete_all(self, *namespaces):
        for namespace in namespaces:
            for pod in self.cluster.request("GET", f"/api/v1/namespaces/{namespace}/pods")["items"]:
                self.delete(pod)

    # --- strategies, and what should come of them ---

    def create_strategy(self, manager, **fields):
        name = manager.create(**fields)
        self.strategies[name] = fields
        return name

    def expected(self):
        """node → intents, as the plain plan has them of what the API server lists now."""
        nodes = plan(self.strategies, self.cluster.request("GET", "/api/v1/pods")["items"])
        return {agent.name: nodes.get(agent.name, set()) for agent in self.agents}

    def differences(self):
        """What the agents hold too little or too much; empty: all is as it should be."""
        found = []
        for node, expected in self.expected().items():
            held = self.agent(node).intents()
            found += [f"{node} lacks {intent}" for intent in sorted(expected - held)]
            found += [f"{node} has {intent}" for intent in sorted(held - expected)]
        return found

    def wait_for_plan(self, seconds):
        """How long it took until the agents held what they should."""
        begin = time.monotonic()
        wait_for(lambda: not self.differences(), seconds, lambda: f"the plain plan: {self.differences()[:20]}")
        return time.monotonic() - begin


__all__ = ["AGENTS_NAMESPACE", "ALL_RIGHTS", "Ground", "Manager", "wait_for"]
