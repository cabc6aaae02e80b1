# SPDX-License-Identifier: Apache-2.0
"""The manager and its yardsticks as processes, and what bench programs ask of them."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time

YARDSTICKS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "yardsticks")
USERNAME = "admin@localhost"
PASSWORD = "correct horse battery"
STRATEGIES = 100


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mib(pid, what="VmRSS"):
    """VmRSS is what is resident now, VmHWM the most that was since forget_peak()."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(what + ":")) / 1024


def forget_peak(pid):
    with open(f"/proc/{pid}/clear_refs", "w", encoding="utf-8") as file:
        file.write("5")


class Server:
    """A process that is stopped at the end; `port` is where it listens, `log` the file it writes to, if any."""

    def __init__(self, process, port, log=None):
        self.process, self.port, self.pid, self.log = process, port, process.pid, log

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(60)
        if self.log is not None and code != 0:  # of builds with sanitizers too, which say more in the log
            with open(self.log, encoding="utf-8", errors="replace") as file:
                sys.exit(f"the manager ended with {code}:\n{file.read()[-20000:]}")


def compile_c(folder, name, *libraries):
    """The program of yardsticks/NAME.c, in this folder."""
    program = os.path.join(folder, name)
    source = os.path.join(YARDSTICKS, name + ".c")
    subprocess.run(["clang-19", "-O2", "-pthread", "-o", program, source, *libraries], check=True)
    return program


def start_yardstick(program):
    process = subprocess.Popen([program], stdout=subprocess.PIPE, text=True)
    return Server(process, int(process.stdout.readline()))


def start_go(folder):
    program = os.path.join(folder, "go_hello")
    subprocess.run(["go", "build", "-o", program, os.path.join(YARDSTICKS, "go_hello.go")],
                   check=True, env={**os.environ, "GO111MODULE": "off"})
    return start_yardstick(program)


def start_least(folder):
    return start_yardstick(compile_c(folder, "least_server"))


def store_of(folder):
    """The file in which a manager of start_manager() keeps everything."""
    return os.path.join(folder, "state", "gthulhu.db")


def start_manager(binary, folder, environment=None):
    """With what an earlier one has left in the folder, and variables of its own."""
    password_file = os.path.join(folder, "password")
    with open(password_file, "w", encoding="utf-8") as file:
        file.write(PASSWORD + "\n")
    log = os.path.join(folder, "log")
    with open(log, "w", encoding="utf-8") as output:
        process = subprocess.Popen(
            [binary, "manager", "--data-dir", os.path.join(folder, "state"), "--admin-password-file", password_file],
            stdout=output, stderr=output, env={**os.environ, "MANAGER_SERVER_HOST": "127.0.0.1:0", **(environment or {})})
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with open(log, encoding="utf-8") as file:
            text = file.read()
        found = re.search(r"listening server=manager address=\S*:(\d+)", text)
        if found:
            return Server(process, int(found.group(1)), log)
        if process.poll() is not None:
            sys.exit(f"{binary} ended with {process.returncode}:\n{text}")
        time.sleep(0.001)
    process.kill()
    sys.exit(f"{binary} does not listen")


def request(server, method, path, body=None, token=None, expected=200):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    headers = {"Authorization": "Bearer " + token} if token else {}
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    if answer.status != expected:
        sys.exit(f"{method} {path}: {answer.status} {text.decode()}")
    return text


def login(server):
    """An access token of the administrator."""
    answer = request(server, "POST", "/api/v1/auth/login", {"username": USERNAME, "password": PASSWORD})
    return json.loads(answer)["data"]["token"]


def make_strategies(server, token):
    """The ids of STRATEGIES new ones."""
    ids = []
    for i in range(STRATEGIES):
        answer = request(server, "POST", "/api/v1/strategies", {
            "strategyNamespace": "default", "labelSelectors": [{"key": "app", "value": f"server-{i}"}],
            "k8sNamespace": ["default"], "commandRegex": "worker.*", "priority": i % 20,
            "executionTime": 5_000_000}, token)
        ids.append(json.loads(answer)["data"]["strategyId"])
    return ids
