# SPDX-License-Identifier: Apache-2.0
"""What tests of the node links' certificates stand on: pods that are decision makers' for the API server, their tokens,
certificates of authorities of our own, and servers that keep what they are told."""

import base64
import contextlib
import json
import re
import socket
import ssl
import subprocess
import threading
import time
from pathlib import Path

from kube_cluster import Cluster

HOME = "gthulhu-system"  # the namespace of decision makers
AUDIENCE = "gthulhu-manager"
HERE = "127.0.0.1"


def wait_for(condition, seconds, what):
    """Until it is true; returns that."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if result := condition():
            return result
        time.sleep(0.02)
    raise AssertionError(f"waited {seconds} s for {what() if callable(what) else what}")


def free_port():
    with socket.create_server((HERE, 0)) as server:
        return server.getsockname()[1]


def openssl(*arguments, content=None):
    done = subprocess.run(["openssl", *map(str, arguments)], input=content, capture_output=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {arguments[0]}: {done.stderr.decode()}")
    return done.stdout


def base64url(content):
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def claims_of(token):
    """Header and claims."""
    return [json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in token.split(".")[:2]]


def signed_token(header, claims, key):
    """As the API server signs them, with a key in a file."""
    text = ".".join(base64url(json.dumps(part).encode()) for part in (header, claims))
    return text + "." + base64url(openssl("dgst", "-sha256", "-sign", key, content=text.encode()))


class Key:
    """A key of the kind that the links use, that of the file if there is one, and requests for certificates with it."""

    def __init__(self, path):
        self.path = Path(path)
        if not self.path.exists():
            openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", self.path)

    def request(self, subject="/CN=whatever"):
        return openssl("req", "-new", "-key", self.path, "-subj", subject).decode()


class Authority:
    """Signs whatever a test asks for."""

    def __init__(self, directory, name):
        self.directory = Path(directory)
        self.name = name
        self.key = Key(self.directory / f"{name}.key")
        self.certificate = self.directory / f"{name}.crt"
        openssl("req", "-x509", "-new", "-key", self.key.path, "-days", "30", "-subj", f"/CN={name}", "-out", self.certificate,
                "-addext", "basicConstraints=critical,CA:true", "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def issue(self, name, alternatives, usage="serverAuth", dates=(), key=None):
        """The files of a certificate and its key. `dates` are two of the form 20260101000000Z."""
        base = self.directory / f"{self.name}-{name}"
        key = key or Key(base.with_suffix(".key"))
        request, extensions = base.with_suffix(".csr"), base.with_suffix(".ext")
        request.write_text(key.request(f"/CN={name}"), encoding="utf-8")
        extensions.write_text(f"subjectAltName={alternatives}\nextendedKeyUsage={usage}\nkeyUsage=digitalSignature\n"
                              "basicConstraints=critical,CA:false\n", encoding="utf-8")
        certificate = base.with_suffix(".crt")
        if dates:
            self._issue_for(dates, request, extensions, certificate)
        else:
            openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key.path, "-CAcreateserial",
                    "-days", "1", "-extfile", extensions, "-out", certificate)
        return certificate, key.path

    def _issue_for(self, dates, request, extensions, certificate):
        # Only `openssl ca` can date a certificate back.
        settings = self.directory / f"{self.name}.cnf"
        settings.write_text(f"[ca]\ndefault_ca=it\n[it]\ndatabase={self.directory}/{self.name}.index\nnew_certs_dir={self.directory}\n"
                            "default_md=sha256\npolicy=any\nrand_serial=yes\n[any]\ncommonName=supplied\n", encoding="utf-8")
        (self.directory / f"{self.name}.index").touch()
        openssl("ca", "-batch", "-notext", "-config", settings, "-cert", self.certificate, "-keyfile", self.key.path, "-in", request,
                "-extfile", extensions, "-startdate", dates[0], "-enddate", dates[1], "-out", certificate)


class Ground(Cluster):
    """The API server with the namespace of decision makers."""

    def start(self):
        super().start()
        self.create_namespace(HOME)
        self.create_namespace("core")
        self.request("POST", f"/api/v1/namespaces/{HOME}/serviceaccounts", {"metadata": {"name": "agent"}})
        self.kubeconfig = self.directory / "admin.kubeconfig"
        return self

    def agent_pod(self, name, node, port, namespace=HOME, labels=None):
        """A running pod whose API is at that port of this machine; the decision makers' label unless others are given."""
        account = {"serviceAccountName": "agent"} if namespace == HOME else {}
        pods = f"/api/v1/namespaces/{namespace}/pods"
        self.request("POST", pods, {
            "metadata": {"name": name, "labels": {"app": "decisionmaker"} if labels is None else labels},
            "spec": {"nodeName": node, **account,
                     "containers": [{"name": "agent", "image": "localhost/none:1", "ports": [{"containerPort": port}]}]}})
        return self.request("PATCH", f"{pods}/{name}/status", {"status": {
            "phase": "Running", "podIP": HERE, "conditions": [{"type": "Ready", "status": "True"}]}}, "application/merge-patch+json")

    def work_pod(self, name, node):
        """A pod that the tests' strategy selects."""
        return self.request("POST", "/api/v1/namespaces/core/pods", {
            "metadata": {"name": name, "labels": {"app": "upf"}},
            "spec": {"nodeName": node, "containers": [{"name": "work", "image": "localhost/none:1"}]}})

    def delete_pod(self, name, namespace="core"):
        self.request("DELETE", f"/api/v1/namespaces/{namespace}/pods/{name}", {"gracePeriodSeconds": 0})

    def token(self, pod, audience=AUDIENCE, bound=True):
        """As the kubelet projects it into the pod; 600 s are the least that the API server gives."""
        meta = pod["metadata"]
        spec = {"audiences": [audience], "expirationSeconds": 600}
        if bound:
            spec["boundObjectRef"] = {"kind": "Pod", "apiVersion": "v1", "name": meta["name"], "uid": meta["uid"]}
        path = f"/api/v1/namespaces/{meta['namespace']}/serviceaccounts/{pod['spec']['serviceAccountName']}/token"
        return self.request("POST", path, {"spec": spec})["status"]["token"]

    def expired(self, token):
        """The same token as it would be an hour after its end, with the cluster's own signature: waiting for one takes ten
        minutes, since the API server gives none for less."""
        header, claims = claims_of(token)
        claims.update({name: claims[name] - 4200 for name in ("exp", "iat", "nbf")})
        return signed_token(header, claims, self.directory / "keys/accounts.key")


def details(certificate):
    """Serial number, alternative names and purposes of one in PEM, as openssl prints them."""
    return openssl("x509", "-noout", "-serial", "-subject", "-ext", "subjectAltName,extendedKeyUsage", content=certificate.encode()).decode()


def serial(certificate):
    return re.search(r"serial=(\w+)", details(certificate)).group(1)


class Listener:
    """Takes connections as an impostor would, and keeps what it was told. With a certificate it speaks TLS, and `received` is
    what came after the handshake; without one `received` is all bytes, and it answers like an HTTP server."""

    def __init__(self, pair=None, client_authority=None):
        self.tls = None
        if pair:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(*pair)
        if client_authority:
            self.tls.load_verify_locations(client_authority)
            self.tls.verify_mode = ssl.CERT_OPTIONAL
        self.connections = 0
        self.received = b""
        self.failures = []
        self.peers = []  # their certificates
        self.socket = socket.create_server((HERE, 0))
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self):
        while True:
            try:
                connection = self.socket.accept()[0]
            except OSError:
                return
            self.connections += 1
            connection.settimeout(0.5)
            with contextlib.closing(connection):
                try:
                    self._take(connection)
                except OSError as error:
                    self.failures.append(str(error))

    def _take(self, connection):
        if self.tls is None:
            self.received += connection.recv(65536)
            connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}')
            self.received += connection.recv(65536)
            return
        with self.tls.wrap_socket(connection, server_side=True) as secured:
            # What the client finds in our certificate is only heard of with the first read (TLS 1.3).
            self.received += secured.recv(65536)
            self.peers.append(secured.getpeercert(binary_form=True))

    def stop(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join(5)
