#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""scheduler_client.py URL PUBLIC_KEY_FILE SECONDS [CERTIFICATE KEY AUTHORITY]: what the Go system's scheduler does with a
decision maker, and no more. The last three are files, for mutual TLS.

Written from docs/contract.md, section 9: the token exchange, the strategies every so many seconds, what is taken over of
them and when the previous ones stay, and the figures. Standard output has a JSON object a line:

    {"changed": [...], "removed": [...]}                     what a new set changed; each with pid, priority, execution_time
    {"task": PID, "slice": NANOSECONDS, "vtime_zero": BOOL}  the answer to {"task": PID} on standard input
    {"metrics": "done"}                                      the answer to {"metrics": {...}}; sent, dropped or failed

Standard error has a line with "strategies" for each set that was taken over, and one with "failed" besides for each that
could not be had or read; none for an answer that says it is no success, which the Go system's scheduler passes over."""

import contextlib
import functools
import gzip
import http.client
import json
import ssl
import sys
import threading
import time
import urllib.parse

FIGURES = ("usersched_last_run_at", "nr_queued", "nr_scheduled", "nr_running", "nr_online_cpus", "nr_user_dispatches",
           "nr_kernel_dispatches", "nr_cancel_dispatches", "nr_bounce_dispatches", "nr_failed_dispatches",
           "nr_sched_congested")
LEAST_PAUSE = 5  # seconds between figures


class Failed(Exception):
    pass


class Connection:
    """Kept open, as Go's client keeps it; a kept one that turns out to be closed is opened anew, once."""

    def __init__(self, url, certificates):
        address = urllib.parse.urlsplit(url).netloc
        self.new = functools.partial(http.client.HTTPConnection, address, timeout=30)
        if certificates:
            certificate, key, authority = certificates
            trust = ssl.create_default_context(cafile=authority)
            trust.load_cert_chain(certificate, key)
            self.new = functools.partial(http.client.HTTPSConnection, address, timeout=30, context=trust)
        self.lock = threading.Lock()
        self.open = None

    def request(self, method, path, content, headers):
        headers = {"User-Agent": "Go-http-client/1.1", "Accept-Encoding": "gzip", "Content-Type": "application/json", **headers}
        with self.lock:
            kept = self.open is not None
            for last_try in ([False, True] if kept else [True]):
                self.open = self.open or self.new()
                try:
                    self.open.request(method, path, content, headers)
                    answer = self.open.getresponse()
                    text = answer.read()
                    if answer.headers["Content-Encoding"] == "gzip":
                        text = gzip.decompress(text)
                    return answer.status, text
                except (OSError, http.client.HTTPException) as error:
                    self.open.close()
                    self.open = None
                    if last_try:
                        raise Failed(f"{method} {path}: {error!r}") from error
        raise AssertionError


def whole(value, least, most, what):
    """A number as Go reads it into an integer type: missing and null are 0, and anything else than such a number is an error."""
    if value is None:
        return 0
    if type(value) is not int or not least <= value <= most:
        raise Failed(f"{what} is {value!r}")
    return value


def strategy(item):
    if not isinstance(item, dict):
        raise Failed(f"a strategy is {item!r}")
    return {"pid": whole(item.get("pid"), -2**63, 2**63 - 1, "pid"),
            "priority": whole(item.get("priority"), -2**63, 2**63 - 1, "priority"),
            "execution_time": whole(item.get("execution_time"), 0, 2**64 - 1, "execution_time")}


class Scheduler:
    def __init__(self, url, public_key_file, certificates):
        self.connection = Connection(url, certificates)
        self.public_key_file = public_key_file
        self.token = ""
        self.token_ends = 0
        self.strategies = {}
        self.sent = -LEAST_PAUSE

    def authorized(self, method, path, content=None):
        if not self.token or time.time() > self.token_ends:
            with open(self.public_key_file, encoding="utf-8") as file:
                key = json.dumps({"public_key": file.read()})
            status, text = self.connection.request("POST", "/api/v1/auth/token", key, {})
            if status != 200:
                raise Failed(f"no token: {status} {text}")
            data = json.loads(text)["data"]
            self.token, self.token_ends = data["token"], whole(data["expired_at"], 1, 2**63 - 1, "expired_at")
        return self.connection.request(method, path, content, {"Authorization": "Bearer " + self.token})

    def fetch(self):
        """The status of the answer is not looked at. Whatever is wrong, the previous set stays."""
        _, text = self.authorized("GET", "/api/v1/scheduling/strategies")
        try:
            answer = json.loads(text)
            items = answer.get("scheduling")
            taken = None if items is None else [strategy(item) for item in items]
        except (ValueError, AttributeError, TypeError) as error:
            raise Failed(f"{error!r} in {text}") from error
        if answer.get("success") is True and taken is not None:
            self.take_over({one["pid"]: one for one in taken})
            print(f"{len(self.strategies)} strategies", file=sys.stderr, flush=True)

    def take_over(self, new):
        old, self.strategies = self.strategies, new
        changed = [one for pid, one in sorted(new.items()) if old.get(pid) != one]
        removed = [one for pid, one in sorted(old.items()) if pid not in new]
        if changed or removed:
            say({"changed": changed, "removed": removed})

    def fetch_for_ever(self, pause):
        while True:
            try:
                self.fetch()
            except Failed as failure:
                print(f"strategies: failed: {failure}", file=sys.stderr, flush=True)
            time.sleep(pause)

    def send(self, figures):
        if time.monotonic() - self.sent < LEAST_PAUSE:
            return
        status, _ = self.authorized("POST", "/api/v1/metrics", json.dumps({name: figures.get(name, 0) for name in FIGURES}))
        if status == 200:
            self.sent = time.monotonic()

    def task(self, pid):
        one = self.strategies.get(pid, {"priority": 0, "execution_time": 0})
        return {"task": pid, "slice": one["execution_time"], "vtime_zero": one["priority"] > 0}


def say(line):
    print(json.dumps(line), flush=True)


def main():
    url, public_key_file, seconds, *certificates = sys.argv[1:]
    scheduler = Scheduler(url, public_key_file, certificates)
    threading.Thread(target=scheduler.fetch_for_ever, args=(int(seconds),), daemon=True).start()
    for line in sys.stdin:
        command = json.loads(line)
        if "task" in command:
            say(scheduler.task(command["task"]))
        else:
            with contextlib.suppress(Failed):
                scheduler.send(command["metrics"])
            say({"metrics": "done"})


if __name__ == "__main__":
    main()
