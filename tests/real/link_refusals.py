# SPDX-License-Identifier: Apache-2.0
"""Whoever is not what he must be gets no certificate, no token and no intents."""

import contextlib
import shutil
import socket
import ssl
import time

from link_case import LinkTest
from link_ground import AUDIENCE, HERE, HOME, Authority, Key, claims_of, details, openssl, signed_token, wait_for


class Refusals(LinkTest):
    """The manager's authority is one of the test, so that it can sign what the manager never would."""

    @classmethod
    def setUpClass(cls):
        cls.ours, cls.foreign = Authority(cls.directory, "ours"), Authority(cls.directory, "foreign")
        cls.link = {"ca_cert_file": str(cls.ours.certificate), "ca_key_file": str(cls.ours.key.path)}
        super().setUpClass()
        cls.agent = cls.new_agent("served", for_class=True)
        cls.agent.wait_for_line("certificate of the node link", 10)

    def assert_no_certificate(self, token, request, status, text, log=""):
        since = len(self.manager.log())
        answered, body = self.manager.enrol(token, request)
        self.assertEqual((answered, body.get("data")), (status, None), body)
        self.assertIn(text, body["error"])
        self.assertNotIn("BEGIN CERTIFICATE", str(body))
        if log:
            self.manager.wait_for_line(log, 2, since)

    def wait_until_known(self):
        """Until the manager has heard of all pods made so far."""
        name = f"last-{time.monotonic_ns()}"
        _, token = self.agent_token(name)
        self.wait_for_certificate(token, self.new_request(name))

    def test_a_pod_that_is_no_decision_makers_gets_no_certificate_and_no_intents(self):
        self.ground.create_namespace("elsewhere")
        for name, named in (("in-elsewhere", {"namespace": "elsewhere"}), ("without-label", {"labels": {"app": "upf-operator"}})):
            listener = self.listen(self.ours.issue(name, f"URI:node:{name}"))
            pod = self.ground.agent_pod(name, name, listener.port, **named)
            self.ground.work_pod(f"work-{name}", name)
            token = self.ground.token(pod)
            self.wait_until_known()
            self.assert_no_certificate(token, self.new_request(name), 403, "is not known as a decision maker's")
            self.assertIn("no decision maker is known", self.manager.nodes()[name]["trouble"])
            time.sleep(0.7)
            self.assertEqual((listener.connections, listener.received), (0, b""), name)

    def test_a_token_must_be_the_clusters_for_the_manager_in_time_and_of_a_pod(self):
        pod, token = self.agent_token("tokens")
        self.wait_until_known()
        request = self.new_request("tokens")
        header, claims = claims_of(token)
        other_key = self.directory / "other-cluster.key"
        openssl("genrsa", "-out", other_key, "2048")
        tampered = token.split(".")
        tampered[1] = signed_token(header, {**claims, "exp": claims["exp"] + 86400}, other_key).split(".")[1]
        cluster_key = self.ground.directory / "keys/accounts.key"
        for bad, reason in (
                (self.ground.token(pod, audience="https://kubernetes.default.svc"), "not for audience"),
                (self.ground.token(pod, audience=AUDIENCE + "2"), "not for audience"),
                (self.ground.expired(token), "expired"),
                (signed_token(header, {**claims, "nbf": claims["exp"] - 1}, cluster_key), "not yet"),
                (signed_token(header, {**claims, "iss": "https://other.svc"}, cluster_key), "wrong issuer"),
                (signed_token(header, claims, other_key), "wrong signature"),
                (".".join(tampered), "wrong signature"),
                (signed_token({**header, "alg": "none"}, claims, cluster_key).rpartition(".")[0] + ".", "wrong signature"),
                (self.ground.token(pod, bound=False), "bound to no pod"),
                ("admin-token", "not three parts")):
            with self.subTest(reason):
                self.assert_no_certificate(bad, request, 401, "invalid or expired token", reason)
        # Nothing but what was changed was wrong with them.
        self.assertEqual(self.manager.enrol(signed_token(header, claims, cluster_key), request)[0], 200)

    def test_a_token_is_of_no_use_with_another_key_than_the_pods(self):
        _, token = self.agent_token("replayed")
        key = Key(self.directory / "replayed.key")
        self.wait_for_certificate(token, key.request())
        self.assert_no_certificate(token, self.new_request("thief"), 403, "another key", "another key than the pod's own")
        # A request says whose it is by its key alone.
        status, answer = self.manager.enrol(token, key.request("/CN=node:served"))
        self.assertEqual((status, answer["data"]["node"]), (200, "replayed"))
        self.assertRegex(details(answer["data"]["certificate"]), "URI:node:replayed\n")
        self.assertNotIn("served", details(answer["data"]["certificate"]))

    def test_a_token_ends_with_its_pod(self):
        listener = self.listen(self.ours.issue("deleted", "URI:node:deleted"))
        pod, token = self.agent_token("deleted", listener)
        key = Key(self.directory / "deleted.key")
        self.wait_for_certificate(token, key.request())
        self.ground.delete_pod(pod["metadata"]["name"], HOME)
        wait_for(lambda: self.manager.enrol(token, key.request())[0] != 200, 5, "the end of the pod")
        self.assert_no_certificate(token, key.request(), 403, "is not known as a decision maker's")
        # Nor does one of the same name bring the token back.
        self.agent_token("deleted", listener)
        self.wait_until_known()
        self.assert_no_certificate(token, key.request(), 403, "is not known as a decision maker's")

    def test_a_server_at_a_decision_makers_address_is_told_nothing_without_its_nodes_certificate(self):
        _, token = self.agent_token("neighbour")
        neighbours = self.enrolled("neighbour", token)
        alone = Authority(self.directory, "node-alone")
        openssl("req", "-x509", "-new", "-key", alone.key.path, "-days", "1", "-subj", "/CN=node:alone", "-out", alone.certificate,
                "-addext", "subjectAltName=URI:node:alone", "-addext", "extendedKeyUsage=serverAuth")
        past = "20250101000000Z", "20250102000000Z"
        future = "20960101000000Z", "20970101000000Z"
        others = "it is another server's certificate"
        impostors = {
            "other": (neighbours, others),
            "longer": (self.ours.issue("longer", "URI:node:longer2"), others),
            "address": (self.ours.issue("address", f"IP:{HERE}"), others),
            "by-name": (self.ours.issue("node:by-name", "DNS:by-name"), others),
            "strange": (self.foreign.issue("strange", "URI:node:strange"), "unable to get local issuer certificate"),
            "alone": ((alone.certificate, alone.key.path), "self-signed certificate"),
            "expired": (self.ours.issue("expired", "URI:node:expired", dates=past), "certificate has expired"),
            "early": (self.ours.issue("early", "URI:node:early", dates=future), "certificate is not yet valid"),
            "caller": (self.ours.issue("caller", "URI:node:caller", "clientAuth"), "unsuitable certificate purpose"),
            "plain": (None, "wrong version number"),
            "right": (self.ours.issue("right", "URI:node:right"), ""),
        }
        listeners = {}
        for node, (pair, _) in impostors.items():
            listeners[node] = self.listen(pair)
            self.ground.agent_pod(f"impostor-{node}", node, listeners[node].port)
            self.ground.work_pod(f"work-{node}", node)
        # Twice, so that what is said of the first time is known.
        wait_for(lambda: all(listener.connections > 1 for listener in listeners.values()), 15,
                 lambda: f"connections: { {node: listener.connections for node, listener in listeners.items()} }")
        self.assertIn(b"GET /api/v1/node HTTP/1.1", listeners.pop("right").received)
        nodes = self.manager.nodes()
        log = self.manager.log()
        hello = listeners.pop("plain").received
        self.assertEqual((hello[:1], b"HTTP" in hello, b"intents" in hello), (b"\x16", False, False))
        self.assertIn("no TLS connection", nodes["plain"]["trouble"])
        for node, listener in listeners.items():
            with self.subTest(node):
                self.assertEqual(listener.received, b"")
                self.assertEqual(nodes[node]["acknowledged"], 0)
                self.assertIn(f"check the CA file, and that the certificate is for node:{node}", nodes[node]["trouble"])
                self.assertTrue([line for line in log if f"node not reached node={node} " in line and impostors[node][1] in line])

    def test_a_decision_maker_answers_nobody_but_the_manager(self):
        _, token = self.agent_token("colleague")
        manager = self.ours.issue("manager", "URI:gthulhu:manager", "clientAuth")
        callers = {
            "nobody": None,
            "another decision maker": self.enrolled("colleague", token),
            "itself": [self.agent.directory / "data/link.crt", self.agent.directory / "data/link.key"],
            "a foreign authority's manager": self.foreign.issue("manager", "URI:gthulhu:manager", "clientAuth"),
            "a manager of the past": self.ours.issue("old", "URI:gthulhu:manager", "clientAuth", ("20250101000000Z", "20250102000000Z")),
        }
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            self.assertIn("200 OK", self.answer_to(manager, version))
            for who, pair in callers.items():
                with self.subTest(f"{who}, {version.name}"):
                    self.assertRegex(self.answer_to(pair, version), "^refused: .*(alert|EOF|reset)")
        with socket.create_connection((HERE, self.agent.port), 5) as plain:
            plain.sendall(b"GET /api/v1/node HTTP/1.1\r\nHost: h\r\n\r\n")
            self.assertNotIn(b"HTTP/", plain.recv(4096))
        # Without TLS at all there is what probes and Prometheus need.
        for path, status in (("/health", 200), ("/version", 200), ("/metrics", 200), ("/api/v1/node", 404), ("/api/v1/intents", 404),
                             ("/api/v1/scheduling/strategies", 404), ("/api/v1/auth/token", 404)):
            self.assertIn(f"HTTP/1.1 {status} ", self.exchange(socket.create_connection((HERE, self.agent.probe_port), 5), path))

    def answer_to(self, pair, version):
        """What the decision maker answers, or why not."""
        tls = ssl.create_default_context(cafile=self.ours.certificate)
        tls.check_hostname = False  # it has none, but a node's
        tls.minimum_version = tls.maximum_version = version
        if pair:
            tls.load_cert_chain(*pair)
        try:
            return self.exchange(tls.wrap_socket(socket.create_connection((HERE, self.agent.port), 5)), "/api/v1/node")
        except OSError as error:
            return f"refused: {error}"

    def exchange(self, connection, path):
        with contextlib.closing(connection):
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n".encode())
            return connection.recv(65536).decode() or "refused: EOF"

    def test_a_decision_maker_shows_its_token_to_nobody_but_the_manager(self):
        _, token = self.agent_token("curious")
        pairs = {
            "foreign": self.foreign.issue("endpoint", f"IP:{HERE},DNS:gthulhu-manager"),
            "node": self.enrolled("curious", token),
            "elsewhere": self.ours.issue("elsewhere", "IP:127.0.0.2,DNS:gthulhu-manager"),
            "caller": self.ours.issue("endpoint-caller", f"IP:{HERE}", "clientAuth"),
        }
        endpoints = {name: self.listen(pair) for name, pair in pairs.items()}
        right = self.listen(self.ours.issue("endpoint", f"IP:{HERE}"))
        agents = {name: self.new_agent(f"to-{name}", port=endpoint.port, authority=self.ours.certificate)
                  for name, endpoint in {**endpoints, "right": right}.items()}
        for name, agent in agents.items():
            with self.subTest(name):
                line = agent.wait_for_line("no certificate from the manager", 10)
                if name == "right":
                    self.assertIn(agent.token_file.read_bytes(), right.received)
                else:
                    self.assertIn("no TLS connection", line)
                    self.assertEqual(endpoints[name].received, b"")
            agent.stop()

    def test_a_decision_maker_with_the_name_of_another_node_does_not_serve(self):
        agent = self.new_agent("real", node_name="pretended")
        self.ground.work_pod("work-real", "real")
        self.ground.work_pod("work-pretended", "pretended")
        line = agent.wait_for_line("no certificate from the manager", 10)
        self.assertIn("the cluster says that this pod runs on node real, but node_name is pretended", line)
        wait_for(lambda: "node:real" in self.manager.nodes()["real"]["trouble"], 10, lambda: self.manager.nodes()["real"])
        self.assertNotRegex(details(agent.certificate()), "URI:node:(real|pretended)")
        self.assertFalse((agent.directory / "data/link.crt").exists())
        self.assertIn("no decision maker is known", self.manager.nodes()["pretended"]["trouble"])
        agent.stop()

    def test_what_is_kept_and_good_for_nothing_any_more_is_not_in_the_way(self):
        agent = self.new_agent("kept")
        agent.wait_for_line("certificate of the node link", 10)
        self.ground.work_pod("work-kept", "kept")
        wait_for(lambda: self.manager.is_up_to_date("kept", 1), 10, lambda: self.manager.nodes()["kept"])
        key, certificate = agent.directory / "data/link.key", agent.directory / "data/link.crt"
        for authority, uri in ((self.foreign, "URI:node:kept"), (self.ours, "URI:node:of-before")):
            with self.subTest(f"{authority.name} {uri}"):
                agent.stop()
                shutil.copy(authority.issue("kept", uri, key=Key(key))[0], certificate)
                since = len(agent.log())
                agent.start().wait_for_line("certificate of the node link", 5, since)
                self.assertIn("URI:node:kept\n", details(agent.certificate()))
                openssl("verify", "-CAfile", self.ours.certificate, certificate)
        # The pod has another key in the manager's eyes, but that is for the manager to say.
        agent.stop()
        key.unlink()
        since = len(agent.log())
        agent.start().wait_for_line("shown another key before", 5, since)
        self.assertNotIn("URI:node:kept", details(agent.certificate()))
        agent.stop()
