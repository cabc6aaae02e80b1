# SPDX-License-Identifier: Apache-2.0
"""Decision makers that only keep what they are told: the node's end of docs/api/node-link.md, protocol 1, on loopback.

Each remembers every set that it ever acknowledged, and when."""

import bisect
import contextlib
import hashlib
import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from test_node_link import digest_of

EMPTY = digest_of([], [])


def intent_id(strategy, uid):
    return hashlib.sha256(f"{strategy}/{uid}".encode()).hexdigest()[:24]


class Acknowledged:
    """One set as it was acknowledged. `life` counts the restarts with an empty disk before it."""

    def __init__(self, life, intents):
        self.time = time.monotonic()
        self.life = life
        self.intents = intents  # of (strategy, pod uid)


class Agent:
    """The decision maker of the node `name`, who says that it is `claims`."""

    def __init__(self, name, claims=None):
        self.name = name
        self.claims = claims or name
        self.history = []
        self.messages = {"PUT": 0, "PATCH": 0}
        self.refused = 0  # messages that were not taken
        self.life = 0
        self.changed = threading.Condition()  # guards all below and above
        self.is_hanging = False
        self.connections = set()
        self._forget()
        self.port = 0
        self._serve()

    def _serve(self):
        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), type("Handler", (_Handler,), {"agent": self}))
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self):
        with self.changed:
            self.is_hanging = False
            self.changed.notify_all()
        self._close()

    def _close(self):
        self.server.shutdown()
        self.server.server_close()
        with self.changed:
            connections, self.connections = self.connections, set()
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _forget(self):
        self.generation = 0
        self.digest = EMPTY
        self.strategies = {}
        self.pods = {}
        self.sequence = time.time_ns() // 1_000_000

    def restart_without_disk(self):
        self._close()
        with self.changed:
            self.life += 1
            self._forget()
            self.changed.notify_all()
        time.sleep(0.3)  # as long as a process takes to start, nothing listens
        self._serve()

    def hang(self, is_hanging):
        with self.changed:
            self.is_hanging = is_hanging
            self.changed.notify_all()

    def intents(self):
        """What it holds, as (strategy, pod uid)."""
        with self.changed:
            return self._intents()

    def _intents(self):
        return frozenset((strategy, uid) for uid, pod in self.pods.items() for strategy in pod["strategies"])

    def first_held(self, intent, since=0.0):
        """When it acknowledged the first set with it; None: never."""
        return self._first(since, lambda intents: intent in intents)

    def first_without(self, uid, since=0.0):
        """When it acknowledged the first set without any intent for the pod; None: never."""
        return self._first(since, lambda intents: all(pod != uid for _, pod in intents))

    def _first(self, since, is_right):
        with self.changed:
            begin = bisect.bisect_left(self.history, since, key=lambda entry: entry.time)
            return next((entry.time for entry in self.history[begin:] if is_right(entry.intents)), None)

    def vanished(self):
        """(time, intent) for each intent that the manager took from it."""
        with self.changed:
            history = list(self.history)
        return [(after.time, intent) for before, after in zip(history, history[1:]) if before.life == after.life
                for intent in before.intents - after.intents]

    # --- the node link ---

    def state(self):
        return {"protocol": 1, "node": self.claims, "generation": self.generation, "digest": self.digest,
                "sequence": self.sequence}

    def take(self, method, message):
        """(status, body) of the answer to a set or a difference."""
        with self.changed:
            self.messages[method] += 1
            answer = self._take(method, message)
            self.refused += answer[0] != 200
            return answer

    def _take(self, method, message):
        if message["protocol"] != 1:
            return refusal(400, "the highest protocol is 1", field="protocol")
        generation, digest = message["generation"], message["digest"]
        if (generation, digest) == (self.generation, self.digest):
            return success(self.state())
        is_gap = method == "PATCH" and message["from"] != self.generation
        if generation <= self.generation or is_gap:
            return refusal(409, "another generation is here", current=self.state())
        strategies = {strategy["id"]: strategy for strategy in message["strategies"]}
        pods = {pod["uid"]: pod for pod in message["pods"]}
        if method == "PATCH":
            strategies = self.strategies | strategies
            pods = {uid: pod for uid, pod in (self.pods | pods).items() if uid not in message.get("gonePods", [])}
        if any(not pod["strategies"] or not strategies.keys() >= set(pod["strategies"]) for pod in pods.values()):
            return refusal(400, "a pod without strategies, or with unknown ones", field="pods")
        if digest_of(list(strategies.values()), list(pods.values())) != digest:
            return refusal(422, "it has another digest")
        used = {strategy for pod in pods.values() for strategy in pod["strategies"]}
        self.strategies = {name: strategy for name, strategy in strategies.items() if name in used}
        self.pods, self.generation, self.digest = pods, generation, digest
        self.history.append(Acknowledged(self.life, self._intents()))
        self.sequence += 1
        self.changed.notify_all()
        return success(self.state())

    def report(self, after, wait):
        end = time.monotonic() + wait / 1000
        with self.changed:
            while after == self.sequence and (left := end - time.monotonic()) > 0:
                self.changed.wait(left)
            # It keeps no log of what changed: whoever is not at the present report gets all.
            whole = after != self.sequence
            intents = sorted(self._intents()) if whole else []
            return success({
                "node": self.claims, "sequence": self.sequence, "generation": self.generation, "whole": whole,
                "trouble": "",
                "enforcer": {"kind": "observe", "reason": "simulated", "approximate": False, "tasks": 0, "cgroups": 0},
                "intents": [{"intent": intent_id(*intent), "state": "verified", "reason": "", "supersededBy": "",
                             "processes": 1} for intent in intents], "gone": []})

    def wait_while_hanging(self):
        with self.changed:
            self.changed.wait_for(lambda: not self.is_hanging)


def success(data):
    return 200, {"success": True, "data": data, "timestamp": "2026-01-01T00:00:00Z"}


def refusal(status, text, **members):
    return status, {"success": False, "error": text, "code": "invalid_argument", "requestId": "1", **members}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Without it each answer waits for the acknowledgement of its head.
    wbufsize = -1
    disable_nagle_algorithm = True
    agent = None

    def setup(self):
        super().setup()
        with self.agent.changed:
            self.agent.connections.add(self.connection)

    def finish(self):
        with self.agent.changed:
            self.agent.connections.discard(self.connection)
        with contextlib.suppress(OSError):
            super().finish()

    def handle_one_request(self):
        try:
            super().handle_one_request()
        except (OSError, ValueError):
            self.close_connection = True

    def answer(self):
        agent = self.agent
        length = int(self.headers.get("Content-Length", 0))
        body = json.loads(self.rfile.read(length)) if length else {}
        place = urlsplit(self.path)
        query = dict(parse_qsl(place.query))
        agent.wait_while_hanging()
        if place.path == "/api/v1/auth/token":
            status, answer = success({"token": f"token-of-{agent.name}", "expired_at": int(time.time()) + 86400})
        elif self.headers.get("Authorization") != f"Bearer token-of-{agent.name}":
            status, answer = refusal(401, "no token of this node")
        elif place.path == "/api/v1/node":
            with agent.changed:
                status, answer = success(agent.state())
        elif place.path == "/api/v1/node/intents":
            status, answer = agent.take(self.command, body)
        elif place.path == "/api/v1/node/reports":
            status, answer = agent.report(int(query.get("after", -1)), int(query.get("wait", 0)))
        else:
            status, answer = refusal(404, "no such route")
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    do_GET = do_PUT = do_PATCH = do_POST = answer

    def log_message(self, *_):
        pass
