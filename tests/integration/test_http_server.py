# SPDX-License-Identifier: Apache-2.0
"""The manager's HTTP server under clients that mean it no good, and what operators see of it.

SLOW_CLIENTS (200) and BODY_MEGABYTES (100) choose the sizes; `make test-long` takes 2000 and 1024.
"""

import contextlib
import http.client
import os
import resource
import socket
import ssl
import subprocess
import time
import unittest

from harness import Standalone, resident_mib, wait_for

SLOW_CLIENTS = int(os.environ.get("SLOW_CLIENTS", "200"))
BODY_MEGABYTES = int(os.environ.get("BODY_MEGABYTES", "100"))


class HttpServer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        cls.server = Standalone(environment={"MANAGER_LOGGING_ACCESS": "changes"}).start().login()

    @classmethod
    def tearDownClass(cls):
        code = cls.server.stop()
        assert code == 0, f"exit code {code}:\n" + "".join(cls.server.log)

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.server.ports["manager"]), timeout=30)

    def health_seconds(self):
        begin = time.monotonic()
        self.assertEqual(self.server.request("GET", "/health").status, 200)
        return time.monotonic() - begin

    def test_slow_clients_get_a_408_in_time_and_others_do_not_notice_them(self):
        clients = [self.connect() for _ in range(SLOW_CLIENTS)]
        begin = time.monotonic()
        for client in clients:
            client.sendall(b"GET /health HTTP/1.1\r\nHost: a\r\nX-Slow: ")
        worst = 0
        while time.monotonic() - begin < 9:
            for client in clients:
                client.sendall(b"a")  # one byte a second keeps no connection alive
            worst = max(worst, self.health_seconds())
            time.sleep(1)
        print(f"{SLOW_CLIENTS} slow clients: /health took at most {worst * 1000:.1f} ms")
        self.assertLess(worst, 1)
        for client in clients:
            self.assertTrue(client.recv(4096).startswith(b"HTTP/1.1 408 "))
            client.close()
        self.assertLess(time.monotonic() - begin, 15)

    def send_much(self, head, piece):
        """What the server says to a body that never fits; it may close before all is sent."""
        with self.connect() as client:
            client.sendall(head)
            megabyte = piece * (1024 * 1024 // len(piece))
            try:
                for _ in range(BODY_MEGABYTES):
                    client.sendall(megabyte)
            except (BrokenPipeError, ConnectionResetError):
                pass  # it has had enough
            try:
                return client.recv(4096).decode()
            except ConnectionResetError:
                return "reset"

    def test_a_huge_body_is_refused_and_takes_no_memory(self):
        before = resident_mib(self.server.process.pid)
        for name, head, piece in (
                ("declared", f"Content-Length: {BODY_MEGABYTES * 1024 * 1024}", b"x" * 1024),
                ("chunked", "Transfer-Encoding: chunked", b"3fa\r\n" + b"x" * 1018 + b"\r\n")):
            with self.subTest(name):
                request = f"POST /api/v1/strategies HTTP/1.1\r\nHost: a\r\n{head}\r\n\r\n"
                answer = self.send_much(request.encode(), piece)
                # A client that goes on sending after 16 MiB is cut off, and may then see only that.
                self.assertTrue(answer.startswith("HTTP/1.1 413 ") or answer == "reset", answer)
                self.assertLess(self.health_seconds(), 1)
        more = resident_mib(self.server.process.pid) - before
        print(f"bodies of {BODY_MEGABYTES} MiB: {more:.1f} MiB more in memory")
        self.assertLess(more, 16)

    def test_a_token_that_is_revoked_ends_on_connections_that_have_shown_it(self):
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.server.ports["manager"], timeout=10)) as kept:
            def status():
                kept.request("GET", "/api/v1/users/self", headers={"Authorization": "Bearer " + self.server.token})
                answer = kept.getresponse()
                answer.read()
                return answer.status
            self.assertEqual([status(), status()], [200, 200])
            self.assertEqual(self.server.request("POST", "/api/v1/auth/logout-all").status, 200)
            self.assertEqual(status(), 401)
            self.server.token = None
            self.server.login()
            self.assertEqual(status(), 200)

    def test_metrics_tell_of_requests_by_route_and_never_by_path(self):
        self.server.request("GET", "/api/v1/users/self")
        self.server.request("GET", "/made/up/path")
        answer = self.server.request("GET", "/metrics")
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8; escaping=underscores")
        self.assertIn('gthulhu_manager_http_requests_total{route="/api/v1/users/self",method="GET",status="2xx"}', answer.text)
        self.assertIn('route="unmatched",method="GET",status="4xx"', answer.text)
        self.assertNotIn("made/up", answer.text)
        self.assertRegex(answer.text, r"\ngthulhu_manager_http_connections [1-9]")
        self.assertRegex(answer.text, r"\nprocess_resident_memory_bytes [1-9]")

    def test_the_access_log_names_who_asked_for_what_and_no_secret(self):
        self.server.request("DELETE", "/api/v1/strategies?token=hunter2", {"strategyId": "0" * 24})
        self.server.request("GET", "/health")
        wait_for(lambda: any("method=DELETE" in line for line in self.server.log), 5, "the line of the request")
        line = next(line for line in self.server.log if "method=DELETE" in line)
        self.assertRegex(line, r" info request method=DELETE path=/api/v1/strategies status=404 bytes=\d+ microseconds=\d+ "
                               r"user=admin@localhost peer=127.0.0.1:\d+ request_id=\w+\n")
        whole = "".join(self.server.log)
        for unwanted in ("hunter2", self.server.token, "path=/health status=200"):
            self.assertFalse(unwanted in whole, unwanted)


class CertificateReload(unittest.TestCase):
    def make_certificate(self, folder, name):
        """A self-signed one for 127.0.0.1; the key first, as some tools do it."""
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-days", "2", "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1",
                        "-keyout", folder + "/new.key", "-out", folder + "/new.crt"], check=True, capture_output=True)
        os.replace(folder + "/new.key", folder + "/tls.key")
        os.replace(folder + "/new.crt", folder + "/tls.crt")

    def served_name(self, port):
        """The subject that a new connection is shown."""
        trust = ssl.create_default_context()
        trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
        with socket.create_connection(("127.0.0.1", port), timeout=10) as plain:
            with trust.wrap_socket(plain) as connection:
                shown = ssl.DER_cert_to_PEM_cert(connection.getpeercert(True))
        done = subprocess.run(["openssl", "x509", "-noout", "-subject"], input=shown, capture_output=True, text=True, check=True)
        return done.stdout.split("CN = ")[-1].split("CN=")[-1].strip()

    def test_a_renewed_certificate_is_served_and_open_connections_stay(self):
        server = Standalone()
        folder = server.data_dir
        self.make_certificate(folder, "first")
        server.environment = {f"{program}_SERVER_TLS_{kind.upper()}_FILE": f"{folder}/tls.{suffix}"
                              for program in ("MANAGER", "DM") for kind, suffix in (("cert", "crt"), ("key", "key"))}
        server.start()
        try:
            ports = server.ports.values()
            self.assertEqual([self.served_name(port) for port in ports], ["first", "first"])
            trust = ssl.create_default_context(cafile=folder + "/tls.crt")
            kept = http.client.HTTPSConnection("127.0.0.1", server.ports["manager"], context=trust, timeout=10)
            kept.request("GET", "/health")
            self.assertEqual(kept.getresponse().read()[:1], b"{")

            self.make_certificate(folder, "second")
            wait_for(lambda: [self.served_name(port) for port in ports] == ["second", "second"], 10, "the new certificate")
            kept.request("GET", "/health")  # on the same connection, which would not trust the new one
            self.assertEqual(kept.getresponse().status, 200)
            kept.close()

            with open(folder + "/tls.crt", "w", encoding="utf-8") as file:
                file.write("no certificate\n")
            wait_for(lambda: "the certificate stays as it was" in "".join(server.log), 10, "a complaint")
            self.assertEqual([self.served_name(port) for port in ports], ["second", "second"])
        finally:
            self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    unittest.main()
