#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""run.py PROGRAM [EXAMPLES]: schemathesis with all its checks against both servers of `PROGRAM standalone`.

EXAMPLES is how many requests it makes up for each operation (default 30). It is installed into build/schemathesis from
PyPI, at the versions of requirements.txt. Exit code 0: no finding."""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "integration"))

import harness
from harness import Standalone, Workload
from pypi_folder import installed

PASSWORD = "a long enough one"


def leaving_user(server):
    """Somebody whose tokens may be ended."""
    made = server.request("POST", "/api/v1/users", {"username": "leaving", "password": "first " + PASSWORD})
    assert made.status == 200, made.text
    login = server.request("POST", "/api/v1/auth/login", {"username": "leaving", "password": "first " + PASSWORD})
    changed = server.request("PUT", "/api/v1/users/self/password",
                             {"oldPassword": "first " + PASSWORD, "newPassword": PASSWORD},
                             token=login.body["data"]["token"])
    assert changed.status == 200, changed.text


def check(st, server, name, token, examples):
    print(f"=== {name}", flush=True)
    url = f"http://127.0.0.1:{server.ports[name]}"
    environment = {**os.environ, "API_TOKEN": token, "MANAGER_URL": f"http://127.0.0.1:{server.ports['manager']}",
                   "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(HERE)}
    return subprocess.run(
        [st, "--config-file", HERE / "schemathesis.toml", "run", url + "/openapi.json", "--url", url,
         "--max-examples", str(examples)], env=environment, cwd=st.parents[2]).returncode


def main(program, examples=30):
    st = installed("schemathesis", HERE / "requirements.txt") / "bin" / "st"
    harness.BINARY = program
    workload = Workload(["sleep", "600"], ["app=schemathesis"], "schemathesis")
    try:
        with Standalone(arguments=["--allow-public-key-exchange"]) as server:
            server.create(name="own", labelSelectors=[{"key": "app", "value": "schemathesis"}], priority=2)
            leaving_user(server)
            manager = check(st, server, "manager", server.token, examples)
            agent = check(st, server, "decisionmaker", server.agent_token(), examples)
    finally:
        workload.stop()
    return manager or agent


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    sys.exit(main(str(Path(sys.argv[1]).resolve()), *sys.argv[2:]))
