# SPDX-License-Identifier: Apache-2.0
"""Real Kubernetes for tests: an API server, and nodes on request. tests/peers/kube starts and stops it."""

import contextlib
import copy
import http.client
import json
import os
import re
import shutil
import ssl
import subprocess
import tempfile
import time
from pathlib import Path

PEER = Path(__file__).resolve().parent.parent / "peers/kube"
NODE_GATEWAY = "10.200.0.1"


class Refused(Exception):
    def __init__(self, status, text):
        super().__init__(f"{status}: {text}")
        self.status = status


def is_true(found, kind):
    """Whether there is an object, with that condition."""
    return found is not None and any(each["type"] == kind and each["status"] == "True"
                                     for each in found["status"].get("conditions", ()))


class Cluster:
    """API server and etcd; with `controllers` the controllers too, which real nodes need. `arguments` are more
    arguments of kube-apiserver; they may be others when it is started again."""

    def __init__(self, controllers=False, arguments=()):
        self.directory = Path(tempfile.mkdtemp(prefix="gthulhu-kube-"))
        self.environment = {"CONTROLLERS": "*", "ADVERTISE": NODE_GATEWAY} if controllers else {}
        self.arguments = list(arguments)
        self.nodes = []
        self.connection = None

    def start(self):
        self._run("start.sh", APISERVER_ARGS=" ".join(self.arguments), **self.environment)
        settings = dict(re.findall(r"^export (\w+)=(.*)$", (self.directory / "env").read_text(encoding="utf-8"), re.MULTILINE))
        self.port = int(settings["KUBE_URL"].rpartition(":")[2])
        self.ca = settings["KUBE_CA"]
        self.etcd = settings["ETCD_URL"]
        self.trust = ssl.create_default_context(cafile=settings["KUBE_CA"])
        return self

    def start_node(self, index):
        self._run("node.sh", str(index))
        self.nodes.append(f"node{index}")

    def start_ready_node(self, index):
        """Returns once the API server says that it is ready."""
        self.start_node(index)
        name = f"node{index}"
        self.wait_for(lambda: is_true(self.found(f"/api/v1/nodes/{name}"), "Ready"), 60, lambda: self.node_log(name))

    def node_log(self, node):
        """What the node last said, for failures."""
        log = self.directory / node / "kubelet.log"
        return log.read_text(encoding="utf-8", errors="replace")[-3000:] if log.exists() else "no log"

    def another_connection(self):
        """The same for another thread: one connection is for one only."""
        other = copy.copy(self)
        other.connection = None
        return other

    def stop_api_server(self, kill=False):
        """Only that; etcd goes on. `kill`: as a failure of its machine would."""
        self._close_connection()
        self._apiserver("kill" if kill else "stop")

    def start_api_server(self):
        """After it was stopped: on the same port, with the same objects. Returns once it answers."""
        self._apiserver("start", APISERVER_ARGS=" ".join(self.arguments))

    def compact(self):
        """etcd forgets what was before now: nobody can go on from there. Returns the revision of now."""
        revision = int(self._ask_etcd("/v3/maintenance/status", {})["header"]["revision"])
        self._ask_etcd("/v3/kv/compaction", {"revision": revision, "physical": True})
        return revision

    def _ask_etcd(self, path, body):
        connection = http.client.HTTPConnection(self.etcd.removeprefix("http://"), timeout=30)
        with contextlib.closing(connection):
            connection.request("POST", path, json.dumps(body))
            return json.loads(connection.getresponse().read())

    def stop(self):
        self._close_connection()
        self._run("stop.sh")
        if os.environ.get("KEEP_CLUSTER_LOGS"):
            print(f"logs: {self.directory}")
        else:
            shutil.rmtree(self.directory, ignore_errors=True)

    def _close_connection(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def _run(self, script, *arguments, **environment):
        self._run_command(script, self.directory, *arguments, **environment)

    def _apiserver(self, action, **environment):
        self._run_command("apiserver.sh", action, self.directory, **environment)

    def _run_command(self, script, *arguments, **environment):
        done = subprocess.run([PEER / script, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False, env={**os.environ, **environment})
        if done.returncode != 0:
            raise RuntimeError(f"{script} failed:\n{done.stdout}")

    def request(self, method, path, body=None, kind="application/json", token="admin-token"):
        """What the API server answers, as JSON; Refused for every status but 2xx."""
        for is_last in (False, True):
            if self.connection is None:
                self.connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=self.trust, timeout=30)
            try:
                self.connection.request(method, path, None if body is None else json.dumps(body),
                                        {"Authorization": f"Bearer {token}", "Content-Type": kind})
                answer = self.connection.getresponse()
                text = answer.read().decode()
                break
            except (OSError, http.client.HTTPException) as failure:
                # The server closes connections that were idle for some minutes.
                self._close_connection()
                if is_last or not isinstance(failure, (ConnectionError, ssl.SSLEOFError)):
                    raise
        if answer.status // 100 != 2:
            raise Refused(answer.status, text)
        return json.loads(text)

    def create_namespace(self, name):
        """With the service account that every pod needs; the controllers make it, or, without them, this."""
        self.request("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
        accounts = f"/api/v1/namespaces/{name}/serviceaccounts"
        if "CONTROLLERS" not in self.environment:
            self.request("POST", accounts, {"metadata": {"name": "default"}})
        else:
            self.wait_for(lambda: self.found(f"{accounts}/default"), 30, "the default service account")

    def found(self, path):
        """The object, or None where there is none."""
        with contextlib.suppress(Refused):
            return self.request("GET", path)

    def wait_for(self, condition, seconds, what):
        """Until it is true; returns that."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if result := condition():
                return result
            time.sleep(0.005)
        raise AssertionError(f"waited {seconds} s for {what() if callable(what) else what}")
