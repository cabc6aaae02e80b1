# SPDX-License-Identifier: Apache-2.0
"""A proxy before an API server that does to whoever reads through it what networks, proxies and servers do at their
worst, by a source of chance with a seed."""

import collections
import contextlib
import http.client
import json
import random
import ssl
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

PEER = Path(__file__).resolve().parent.parent / "peers/kube"

# How probable each is: for a request, and for a line of a watch.
OF_REQUESTS = {"429": 0.08, "500": 0.08, "410": 0.05, "cut": 0.05, "stall": 0.05}
OF_LINES = {"cut": 0.01, "truncated": 0.01, "dropped": 0.03, "twice": 0.05, "swapped": 0.05, "stall": 0.01,
            "410": 0.005}
STALL_MAX = 5.0
CHANGES = ("ADDED", "MODIFIED", "DELETED")

Asked = collections.namedtuple("Asked", "time stream")


class Cut(Exception):
    """The connection ends here, as if its cable had."""


class FaultProxy:
    def __init__(self, cluster, seed):
        self.cluster = cluster
        self.seed = seed
        self.is_faulty = False
        self.asked = []   # each request, and of which stream: "list pods", "watch pods", "audit pods"
        self.done = collections.Counter()  # faults, by their names
        self.flowing = threading.Event()   # not set: nothing at all passes
        self.flowing.set()
        self.lock = threading.Lock()
        self.connections = 0
        self.authority = cluster.directory / "proxy-keys" / "ca.crt"
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"proxy": self}))
        self.server.daemon_threads = True
        self.trust = self._make_keys()
        self.url = f"https://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def _make_keys(self):
        """An authority of its own, and a certificate of that."""
        keys = self.authority.parent
        keys.mkdir()
        (keys / "extensions").write_text("subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n", encoding="utf-8")
        for command in ("openssl ecparam -name prime256v1 -genkey -noout -out ca.key",
                        "openssl req -x509 -new -key ca.key -days 10 -subj /CN=faults -out ca.crt"
                        " -addext basicConstraints=critical,CA:true",
                        f"{PEER}/issue.sh . proxy /CN=proxy extensions"):
            subprocess.run(command.split(), cwd=keys, check=True, capture_output=True, timeout=60)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(keys / "proxy.crt", keys / "proxy.key")
        return context

    def stop(self):
        self.flowing.set()
        self.server.shutdown()
        self.server.server_close()

    def source_of_chance(self):
        with self.lock:
            self.connections += 1
            return random.Random(self.seed * 100_003 + self.connections)

    def note_request(self, stream):
        with self.lock:
            self.asked.append(Asked(time.monotonic(), stream))

    def draw(self, chance, probabilities):
        """The name of the fault that strikes now; None: none does."""
        if not self.is_faulty:
            return None
        left = chance.random()
        for name, probability in probabilities.items():
            left -= probability
            if left < 0:
                with self.lock:
                    self.done[name] += 1
                return name
        return None

    def stall_all(self, seconds):
        """Nothing passes, and nothing ends."""
        self.flowing.clear()
        time.sleep(seconds)
        self.flowing.set()
        self.done["full stall"] += 1


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    proxy = None

    def setup(self):
        # Here, in a thread of its own: a client that is slow to shake hands holds up nobody else.
        self.request.settimeout(120)
        self.request = self.proxy.trust.wrap_socket(self.request, server_side=True)
        self.chance = self.proxy.source_of_chance()
        super().setup()

    def handle(self):
        with contextlib.suppress(OSError, ValueError, Cut, http.client.HTTPException):
            super().handle()
        with contextlib.suppress(OSError):
            self.request.close()

    def finish(self):
        with contextlib.suppress(OSError, ValueError):
            super().finish()

    def do_GET(self):
        place = urlsplit(self.path)
        query = parse_qs(place.query)
        is_watch = query.get("watch") == ["true"]
        is_audit = "PartialObjectMetadata" in self.headers.get("Accept", "")
        if "continue" not in query:
            what = "watch" if is_watch else "audit" if is_audit else "list"
            self.proxy.note_request(f"{what} {place.path.rpartition('/')[2]}")
        self.proxy.flowing.wait()
        fault = self.proxy.draw(self.chance, OF_REQUESTS)
        if fault == "stall":
            self.stall()
        elif fault is not None and fault.isdigit():
            self.refuse(int(fault))
            return
        cluster = self.proxy.cluster
        upstream = http.client.HTTPSConnection("127.0.0.1", cluster.port, context=cluster.trust, timeout=90)
        with contextlib.closing(upstream):
            fields = {name: value for name, value in self.headers.items() if name != "Host"}
            upstream.request("GET", self.path, headers=fields)
            answer = upstream.getresponse()
            self.begin(answer)
            if is_watch and answer.status == 200:
                self.pass_lines(answer)
            else:
                self.pass_pieces(answer, fault == "cut")
        self.wfile.write(b"0\r\n\r\n")

    def begin(self, answer):
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                self.send_header(name, value)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def refuse(self, code):
        reason = {410: "Expired", 429: "TooManyRequests", 500: "InternalError"}[code]
        content = json.dumps(status(code, reason)).encode()
        self.send_response_only(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if code == 429:
            self.send_header("Retry-After", "1")
        self.end_headers()
        self.wfile.write(content)

    def stall(self):
        time.sleep(self.chance.uniform(0, STALL_MAX))

    def send(self, piece):
        self.proxy.flowing.wait()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))

    def pass_pieces(self, answer, is_cut):
        content = answer.read()
        if is_cut:
            self.send(content[:self.chance.randrange(1, len(content))])
            raise Cut
        if content:
            self.send(content)

    def pass_lines(self, answer):
        kept = b""  # a change that waits for its neighbour, to come after it
        for line in answer:
            is_change = json.loads(line)["type"] in CHANGES
            fault = self.proxy.draw(self.chance, OF_LINES)
            if fault == "swapped" and is_change and not kept:
                kept = line
                continue
            if fault == "stall":
                self.stall()
            elif fault == "cut":
                raise Cut
            elif fault == "truncated":
                self.send(line[:self.chance.randrange(1, len(line) - 1)])
                raise Cut
            elif fault == "410":
                self.send(json.dumps({"type": "ERROR", "object": status(410, "Expired")}).encode() + b"\n")
                return
            # A bookmark says that all before it was seen: it never comes before a change that it covers.
            pieces = [line, kept] if is_change else [kept, line]
            if fault == "dropped" and is_change:
                pieces.remove(line)
            elif fault == "twice" and is_change:
                pieces.append(line)
            kept = b""
            if pieces := b"".join(pieces):
                self.send(pieces)
        if kept:
            self.send(kept)

    def log_message(self, *_):
        pass


def status(code, reason):
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": code,
            "message": f"a fault of the proxy: {reason}", "reason": reason}
