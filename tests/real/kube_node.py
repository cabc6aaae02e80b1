# SPDX-License-Identifier: Apache-2.0
"""A real node as three others than the decision maker see it, and the decision maker on it.

Each says what runs as {pod: {container: {processes}}}: the kernel in /proc, containerd in its list of tasks, and the kubelet, without
processes, in what it tells the API server. Numbers of processes are those of the node."""

import os
import re
import signal
import subprocess
from pathlib import Path
from typing import NamedTuple

from harness import BINARY, DecisionMaker
from kube_cluster import PEER

POD_CGROUP = re.compile(r"/kubepods/(?:(?:burstable|besteffort)/)?pod([0-9a-f-]{32,36})/([0-9a-f]{64})$")
PF_EXITING = 4  # include/linux/sched.h: it will not come back, and has told so
STATUSES = ("containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses")


class Process(NamedTuple):
    pod: str
    container: str
    pid: int
    parent: int
    command: str
    nice: int


class Node:
    def __init__(self, cluster, index):
        self.cluster = cluster
        self.index = index
        self.name = f"node{index}"
        unshare = (cluster.directory / f"{self.name}.pid").read_text(encoding="utf-8").strip()
        first = Path(f"/proc/{unshare}/task/{unshare}/children").read_text(encoding="utf-8").split()[0]
        self.proc = Path(f"/proc/{first}/root/proc")

    def command(self, *arguments):
        return [str(PEER / "on_node.sh"), str(self.cluster.directory), str(self.index), *arguments]

    def run(self, *arguments):
        return subprocess.run(self.command(*arguments), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True).stdout

    def processes(self):
        """Of pods, from all of /proc, by pid."""
        found = {}
        for folder in self.proc.iterdir():
            if not folder.name.isdigit():
                continue
            try:
                cgroups = (folder / "cgroup").read_text(encoding="utf-8")
                stat = (folder / "stat").read_text(encoding="utf-8")
            except (FileNotFoundError, ProcessLookupError):
                continue
            path = next(line.split(":", 2)[2] for line in cgroups.split("\n") if "cpu" in line.split(":")[1].split(","))
            fields = stat.rpartition(")")[2].split()
            is_over = fields[0] in "ZX" or int(fields[6]) & PF_EXITING
            if (place := POD_CGROUP.search(path)) and not is_over:
                found[int(folder.name)] = Process(place[1], place[2], int(folder.name), int(fields[1]),
                                                  stat[stat.index("(") + 1:stat.rindex(")")], int(fields[16]))
        return found

    def signal(self, pid, number=signal.SIGTERM):
        self.run("kill", f"-{int(number)}", str(pid))

    def tasks(self):
        """{container or sandbox: its first process} of everything that containerd says runs."""
        socket = str(self.cluster.directory / self.name / "containerd.sock")
        lines = self.run("ctr", "--address", socket, "--namespace", "k8s.io", "tasks", "ls").split("\n")[1:]
        return {task: int(pid) for task, pid, state in (line.split() for line in lines if line) if state == "RUNNING"}

    def pods(self):
        """What the API server has of this node's pods, by the UID that the node knows: of static pods it is the hash of
        their manifest, and the object's own UID is another."""
        pods = self.cluster.request("GET", f"/api/v1/pods?fieldSelector=spec.nodeName%3D{self.name}")["items"]
        return {pod["metadata"].get("annotations", {}).get("kubernetes.io/config.hash", pod["metadata"]["uid"]): pod for pod in pods}

    def running(self):
        """{(pod, container)} that the kubelet says runs."""
        return {(uid, status["containerID"].removeprefix("containerd://"))
                for uid, pod in self.pods().items() for statuses in STATUSES
                for status in pod.get("status", {}).get(statuses, ()) if "running" in status["state"]}


class NodeDecisionMaker(DecisionMaker):
    """One `gthulhu decisionmaker` on a node."""

    def __init__(self, node):
        super().__init__(arguments=["--allow-public-key-exchange"], environment={"NODE_NAME": node.name})
        self.node = node

    def program(self):
        return self.node.command(os.path.abspath(BINARY))

    def ask(self, method, path, body=None):
        answer = self.request(method, path, body)
        assert answer.status == 200, answer.text
        return answer.body

    def listed(self):
        """The processes of GET pods/pids, by pid; nice values are not told."""
        data = self.ask("GET", "/api/v1/pods/pids")["data"]
        assert data["node_name"] == self.node.name, data["node_name"]
        return {process["pid"]: Process(pod["pod_uid"], process.get("container_id", ""), process["pid"], process.get("ppid", 0),
                                        process["command"], 0)
                for pod in data["pods"] for process in pod["processes"]}

    def decided(self):
        """{pid: priority} of GET scheduling/strategies."""
        return {decision["pid"]: decision["priority"] for decision in self.ask("GET", "/api/v1/scheduling/strategies")["scheduling"]}

    def stop(self):
        # What was started is nsenter, which passes no signals on.
        child = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text(encoding="utf-8")
        os.kill(int(child), signal.SIGTERM)
        code = self.process.wait(20)
        self.reader.join(5)
        return code
