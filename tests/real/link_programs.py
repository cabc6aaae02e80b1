# SPDX-License-Identifier: Apache-2.0
"""Manager and decision maker as tests of the node links start them, each with a configuration file of its own."""

import contextlib
import http.client
import json
import os
import re
import signal
import ssl
import subprocess
from pathlib import Path

from kube_cluster import Refused
from link_ground import HERE, free_port, wait_for

BINARY = os.path.abspath(os.environ.get("GTHULHU_BINARY", "build/dev/gthulhu"))
PASSWORD = "correct horse battery"


class Program:
    """`gthulhu ROLE` with a configuration file, in a directory of its own that outlives it."""

    def __init__(self, role, directory, settings):
        self.role = role
        self.directory = Path(directory)
        (self.directory / "data").mkdir(parents=True, exist_ok=True)
        self.settings = {"data_dir": str(self.directory / "data"), **settings}
        self.log_path = self.directory / "log"
        self.process = None

    def start(self):
        flat = {key: value for key, value in self.settings.items() if not isinstance(value, dict)}
        tables = {key: value for key, value in self.settings.items() if isinstance(value, dict)}
        lines = [f"{key} = {json.dumps(value)}" for key, value in flat.items()]
        for name, table in tables.items():
            lines += [f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in table.items())]
        (self.directory / "settings.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
        # Variables would win over the file.
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("MANAGER_", "DM_", "NODE_NAME"))}
        with open(self.log_path, "a", encoding="utf-8") as log:
            self.begin = log.tell()
            self.process = subprocess.Popen([BINARY, self.role, "-d", self.directory, "-c", "settings"], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=subprocess.STDOUT, env=environment)
        return self

    def log(self, since=0):
        """Its lines, from the `since`th on; of earlier processes too."""
        return self.log_path.read_text(encoding="utf-8", errors="replace").splitlines()[since:]

    def wait_for_line(self, pattern, seconds, since=0):
        """The first line that has it."""
        def search():
            found = next((line for line in self.log(since) if re.search(pattern, line)), None)
            if found is None and self.process.poll() is not None:
                raise AssertionError("it ended:\n" + "\n".join(self.log()[-20:]))
            return found
        return wait_for(search, seconds, lambda: f"{pattern} in\n" + "\n".join(self.log(since)[-20:]))

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(20)
        return self.process and self.process.returncode

    def refused_with(self):
        """What it says when it does not start."""
        Program.start(self)
        try:
            code = self.process.wait(10)
        except subprocess.TimeoutExpired:
            raise AssertionError("it started:\n" + "\n".join(self.log())) from None
        finally:
            self.stop()
        assert code not in (0, -signal.SIGSEGV, -signal.SIGABRT), code
        return "\n".join(self.log())


class Manager(Program):
    def __init__(self, ground, directory, **link):
        self.port, self.link_port = free_port(), free_port()
        super().__init__("manager", directory, {
            "server": {"host": f"{HERE}:{self.port}"}, "k8s": {"kube_config_path": str(ground.kubeconfig)},
            "account": {"admin_password": PASSWORD}, "link": {"host": f"{HERE}:{self.link_port}", "name": HERE, **link}})
        self.authority = self.directory / "data/link-ca.crt"
        self.token = None

    def start(self):
        since = len(self.log()) if self.log_path.exists() else 0
        super().start()
        self.wait_for_line("the cluster's pods are followed", 20, since)
        self.wait_for_line("listening server=manager", 20, since)
        self.token = None
        self.token = self.ask("POST", "/api/v1/auth/login", {"username": "admin@localhost", "password": PASSWORD})["token"]
        return self

    def ask(self, method, path, body=None):
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        connection = http.client.HTTPConnection(HERE, self.port, timeout=15)
        with contextlib.closing(connection):
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        if answer.status != 200:
            raise Refused(answer.status, text)
        return json.loads(text)["data"]

    def nodes(self):
        return {node["name"]: node for node in self.ask("GET", "/api/v1/status")["nodes"]}

    def is_up_to_date(self, node, intents):
        """Whether the node has acknowledged what is wanted, and that is so many intents."""
        known = self.nodes().get(node)
        return known is not None and known["upToDate"] and not known["trouble"] and sum(known["intents"].values()) == intents

    def enrol(self, token, request):
        """Status and answer of the endpoint for certificates."""
        trust = ssl.create_default_context(cafile=self.authority)
        connection = http.client.HTTPSConnection(HERE, self.link_port, context=trust, timeout=15)
        with contextlib.closing(connection):
            connection.request("POST", "/api/v1/node-certificates", json.dumps({"token": token, "request": request}),
                               {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())


class Agent(Program):
    """A decision maker that decides and touches nothing; it scans for processes so that several cost little."""

    def __init__(self, directory, node, link_port, authority, token=""):
        self.port, self.probe_port = free_port(), free_port()
        self.node = node
        self.token_file = Path(directory) / "token"
        self.token_file.parent.mkdir(parents=True, exist_ok=True)
        super().__init__("decisionmaker", directory, {
            "node_name": node, "server": {"host": f"{HERE}:{self.port}"}, "probe": {"host": f"{HERE}:{self.probe_port}"},
            "enforcer": {"kind": "observe"}, "discovery": {"source": "scan"}, "metrics": {"run_queue_waits": False},
            "manager": {"url": f"https://{HERE}:{link_port}", "ca_file": str(authority), "token_file": str(self.token_file)}})
        self.show(token)

    def show(self, token):
        """Replaces the token, as the kubelet does: all at once."""
        new = self.token_file.with_suffix(".new")
        new.write_text(token, encoding="utf-8")
        new.rename(self.token_file)

    def certificate(self):
        """What it shows to whoever connects."""
        return ssl.get_server_certificate((HERE, self.port), timeout=10)
