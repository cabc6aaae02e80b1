# SPDX-License-Identifier: Apache-2.0
"""Two real nodes with the decision maker as a DaemonSet's pod on each, and a manager with the rights that the Go system gives."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from kube_accounts import AGENTS_NAMESPACE, Accounts
from kube_cluster import NODE_GATEWAY, PEER, Cluster, is_true
from link_programs import BINARY, Manager

SEED_RIGHTS = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["list", "watch", "get"]},
               {"apiGroups": [""], "resources": ["namespaces"], "verbs": ["list", "get"]}]
CORE = "/api/v1/namespaces/"
APPS = "/apis/apps/v1/namespaces/"
PROFILE = Path(__file__).resolve().parents[2] / "deployment/seccomp/gthulhu-decisionmaker.json"


def make_image(file):
    """Of the program and the libraries that it is linked with."""
    libraries = re.findall(r"(/\S+) \(0x", subprocess.run(["ldd", BINARY], capture_output=True, text=True, check=True).stdout)
    subprocess.run(["python3", PEER / "make_image.py", file, "localhost/gthulhu:1", "/gthulhu", f"/gthulhu={BINARY}",
                    *(f"{path}={os.path.realpath(path)}" for path in libraries)], check=True)


class ChainGround(Accounts):
    def __init__(self):
        self.cluster = Cluster(controllers=True)
        self.nodes = ("node1", "node2")
        self.manager = None

    def start(self):
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        self.cluster.start()
        images = self.cluster.directory / "images"
        images.mkdir()
        make_image(images / "gthulhu.tar")
        for index, name in enumerate(self.nodes, 1):
            profiles = self.cluster.directory / name / "kubelet/seccomp"
            profiles.mkdir(parents=True)
            shutil.copy(PROFILE, profiles)
            self.cluster.start_ready_node(index)
        for namespace in (AGENTS_NAMESPACE, "shop", "play"):
            self.cluster.create_namespace(namespace)
        self._start_manager()
        self._start_agents()
        return self

    def stop(self):
        if self.manager is not None:
            self.manager.stop()
        self.cluster.stop()

    def _start_manager(self):
        self.create_account("manager", SEED_RIGHTS)
        self.manager = Manager(self, self.cluster.directory / "manager", name=NODE_GATEWAY)
        self.manager.settings["k8s"]["kube_config_path"] = str(self.kubeconfig())
        self.manager.settings["link"]["host"] = f"{NODE_GATEWAY}:{self.manager.link_port}"
        self.manager.start()

    def _start_agents(self):
        """As in docs/kubernetes.md and docs/decision-maker.md: a projected token, the authority's certificate, three
        capabilities and the profile."""
        cluster = self.cluster
        cluster.request("POST", f"{CORE}{AGENTS_NAMESPACE}/serviceaccounts", {"metadata": {"name": "agent"}})
        cluster.request("POST", f"{CORE}{AGENTS_NAMESPACE}/configmaps", {
            "metadata": {"name": "authority"}, "data": {"ca.crt": self.manager.authority.read_text(encoding="utf-8")}})
        cluster.request("POST", f"{APPS}{AGENTS_NAMESPACE}/daemonsets", {
            "metadata": {"name": "decisionmaker"},
            "spec": {"selector": {"matchLabels": {"app": "decisionmaker"}},
                     "template": {"metadata": {"labels": {"app": "decisionmaker"}}, "spec": self._agent_spec()}}})
        cluster.wait_for(lambda: sum(is_true(pod, "Ready") for pod in self.pods(AGENTS_NAMESPACE)) == len(self.nodes), 90,
                         lambda: f"{self.pods(AGENTS_NAMESPACE)}\n{self.agent_logs()}")
        cluster.wait_for(lambda: self.is_in_step(), 30, lambda: f"{self.manager.nodes()}\n{self.agent_logs()}")

    def _agent_spec(self):
        environment = {"DM_MANAGER_URL": f"https://{NODE_GATEWAY}:{self.manager.link_port}", "DM_PROBE_HOST": ":8088",
                       "DM_DATA_DIR": "/var/lib/gthulhu", "DM_ENFORCER_KUBELET_WEIGHTS": "true"}
        mounts = {"token": "/var/run/secrets/gthulhu", "authority": "/etc/gthulhu", "data": "/var/lib/gthulhu",
                  "cgroups": "/sys/fs/cgroup"}
        token = {"audience": "gthulhu-manager", "expirationSeconds": 3600, "path": "token"}
        return {
            "serviceAccountName": "agent", "automountServiceAccountToken": False, "hostNetwork": True, "hostPID": True,
            "terminationGracePeriodSeconds": 5,
            "containers": [{
                "name": "agent", "image": "localhost/gthulhu:1", "imagePullPolicy": "Never",
                "command": ["/gthulhu", "decisionmaker"],
                "ports": [{"name": "api", "containerPort": 8080}],
                "env": [{"name": "NODE_NAME", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
                        *({"name": name, "value": value} for name, value in environment.items())],
                "securityContext": {
                    "runAsUser": 0, "allowPrivilegeEscalation": False,
                    "capabilities": {"drop": ["ALL"], "add": ["SYS_NICE", "BPF", "PERFMON"]},
                    "seccompProfile": {"type": "Localhost", "localhostProfile": PROFILE.name}},
                "readinessProbe": {"httpGet": {"path": "/health", "port": 8088}, "periodSeconds": 1},
                "volumeMounts": [{"name": name, "mountPath": path} for name, path in mounts.items()]}],
            "volumes": [
                {"name": "token", "projected": {"sources": [{"serviceAccountToken": token}]}},
                {"name": "authority", "configMap": {"name": "authority"}},
                # Each node has its own: they share the machine's folders.
                {"name": "data", "hostPath": {"path": "/var/lib/kubelet/gthulhu", "type": "DirectoryOrCreate"}},
                {"name": "cgroups", "hostPath": {"path": "/sys/fs/cgroup"}}]}

    def is_in_step(self):
        """Whether both nodes have acknowledged all that is wanted of them."""
        known = self.manager.nodes()
        return all(name in known and known[name]["upToDate"] and not known[name]["trouble"] for name in self.nodes)

    def agent_logs(self):
        files = sorted(self.cluster.directory.glob(f"node*/logs/{AGENTS_NAMESPACE}_*/agent/*.log"))
        return "\n".join(file.read_text(encoding="utf-8", errors="replace")[-2000:] for file in files)

    def cgroup_roots(self):
        """The nodes' own ones, as this process sees the cpu hierarchy."""
        files = [self.cluster.directory / name / "cgroup" for name in self.nodes]
        return ["/sys/fs/cgroup/cpu/" + file.read_text(encoding="utf-8").strip() for file in files]

    def pods(self, namespace):
        return self.cluster.request("GET", f"{CORE}{namespace}/pods")["items"]
