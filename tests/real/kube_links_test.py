# SPDX-License-Identifier: Apache-2.0
"""Certificates of the node links, with real tokens of a real API server: they change without a delivery being lost, and
nobody but the decision maker's pod of a node gets one, or what is meant for it.

LINKS_SECONDS and LINKS_LIFETIME make the first of it longer. Exit code 77 (skipped) when BACKPORTS=0 says that there is no
Go here to build Kubernetes with."""

import os
import re
import ssl
import sys
import time
import unittest

import link_refusals
from kube_cluster import Refused
from link_case import Grounded, LinkTest
from link_ground import HERE, HOME, Authority, Key, details, free_port, serial, wait_for
from link_programs import Agent, Manager

SECONDS = float(os.environ.get("LINKS_SECONDS", "45"))
LIFETIME = int(os.environ.get("LINKS_LIFETIME", "30"))


def setUpModule():
    Grounded.begin()


class Rotation(LinkTest):
    link = {"certificate_lifetime": f"{LIFETIME}s"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agents = [cls.new_agent(node, for_class=True) for node in ("n1", "n2")]
        cls.pods = {agent.node: [] for agent in cls.agents}
        cls.made = 0
        for agent in cls.agents:
            cls.add_pod(agent.node)
        for agent in cls.agents:
            cls.wait_until_told(agent.node, 10)

    @classmethod
    def add_pod(cls, node):
        cls.made += 1
        cls.pods[node].append(f"upf-{cls.made}")
        cls.ground.work_pod(cls.pods[node][-1], node)

    @classmethod
    def wait_until_told(cls, node, seconds):
        wait_for(lambda: cls.manager.is_up_to_date(node, len(cls.pods[node])), seconds,
                 lambda: f"{len(cls.pods[node])} intents on {node}: {cls.manager.nodes().get(node)}")

    def change(self, node):
        """Makes or deletes a pod there; how long it took until the node had acknowledged what that means."""
        began = time.monotonic()
        if len(self.pods[node]) < 2 or (len(self.pods[node]) < 6 and self.made % 3):
            self.add_pod(node)
        else:
            self.ground.delete_pod(self.pods[node].pop(0))
            self.made += 1
        self.wait_until_told(node, 5)
        return time.monotonic() - began

    def manager_certificate(self, node):
        """That of the manager's end, as a decision maker is shown it."""
        pod, token = self.agent_token(node)
        listener = self.listen(self.enrolled(node, token), self.manager.authority)
        self.ground.delete_pod(pod["metadata"]["name"], HOME)
        self.ground.agent_pod(f"witness-{node}", node, listener.port)
        self.ground.work_pod(f"work-{node}", node)
        peer = wait_for(lambda: listener.peers and listener.peers[0], 10, "the manager's connection")
        self.ground.delete_pod(f"witness-{node}", HOME)
        self.ground.delete_pod(f"work-{node}")
        return ssl.DER_cert_to_PEM_cert(peer)

    def test_both_ends_get_new_certificates_and_no_delivery_is_lost(self):
        ours = self.manager_certificate("before")
        self.assertIn("URI:gthulhu:manager", details(ours))
        self.assertIn("TLS Web Client Authentication", details(ours))
        self.assertNotIn("TLS Web Server Authentication", details(ours))
        before = {agent.node: agent.certificate() for agent in self.agents}
        for node, certificate in before.items():
            self.assertIn(f"URI:node:{node}\n", details(certificate))
            self.assertNotIn("TLS Web Client Authentication", details(certificate))
        since = len(self.manager.log())
        lines = [len(agent.log()) for agent in self.agents]
        took, connections, refused = self.churn(TokenThatExpires(self.ground, self.agents[0]))
        self.check_deliveries(since, lines, took, connections)
        self.assertEqual(refused, [])
        for agent in self.agents:
            self.assertNotEqual(serial(agent.certificate()), serial(before[agent.node]), agent.node)
        self.assertNotEqual(serial(self.manager_certificate("after")), serial(ours))

        # The certificate with which the manager's first connections were made has ended.
        self.assertGreater(SECONDS, LIFETIME + 5)
        self.agents[1].stop()
        self.agents[1].start()
        print(f"told {self.change_after_restart('n2'):.1f} s after a restart of the decision maker")

    def churn(self, expiring):
        took, connections, refused = [], 0, []
        end, next_question, next_tokens = time.monotonic() + SECONDS, 0, time.monotonic() + 200
        while time.monotonic() < end:
            if time.monotonic() > next_tokens:
                # As the kubelet replaces them; the first ones end before the long form does.
                for agent in self.agents:
                    agent.show(self.ground.token(agent.pod))
                next_tokens += 200
            for agent in self.agents:
                took.append(self.change(agent.node))
                expiring.look()
            if time.monotonic() > next_question:
                # Over a connection of its own, so with the certificates of now.
                for agent in self.agents:
                    try:
                        self.manager.ask("GET", f"/api/v1/nodes/{agent.node}/pods/pids")
                        connections += 1
                    except Refused as answer:
                        refused.append(str(answer))
                next_question = time.monotonic() + 1
            time.sleep(0.15)
        self.assertTrue(expiring.is_over, expiring.agent.log()[-5:])
        return took, connections, refused

    def check_deliveries(self, since, lines, took, connections):
        lost = [line for line in self.manager.log(since) if re.search(r"node not reached node=n[12] ", line)]
        took.sort()
        renewed = [sum("certificate of the node link" in line for line in agent.log(begin)) for agent, begin in zip(self.agents, lines)]
        print(f"{len(took)} changes in {SECONDS:.0f} s, certificates of {LIFETIME} s, renewed {renewed} times: acknowledged after "
              f"p50 {took[len(took) // 2] * 1000:.0f} ms, p99 {took[len(took) * 99 // 100] * 1000:.0f} ms, at most "
              f"{took[-1] * 1000:.0f} ms; {connections} connections besides; {len(lost)} deliveries failed")
        self.assertEqual(lost, [])
        self.assertLess(took[-1], 1)
        self.assertGreaterEqual(min(renewed), 1)

    def change_after_restart(self, node):
        began = time.monotonic()
        self.add_pod(node)
        self.wait_until_told(node, 20)
        return time.monotonic() - began

    def test_a_restarted_decision_maker_is_reached_at_once_without_the_managers_endpoint(self):
        agent = self.agents[0]
        key = (agent.directory / "data/link.key").read_bytes()
        agent.stop()
        was = serial((agent.directory / "data/link.crt").read_text(encoding="utf-8"))
        url = agent.settings["manager"]["url"]
        agent.settings["manager"]["url"] = f"https://{HERE}:{free_port()}"
        since = len(agent.log())
        agent.start().wait_for_line("listening server=decisionmaker", 10, since)
        self.assertEqual(serial(agent.certificate()), was)
        took = self.change_after_restart("n1")
        self.assertEqual((agent.directory / "data/link.key").read_bytes(), key)
        self.assertFalse([line for line in agent.log(since) if "certificate of the node link" in line])
        agent.stop()
        agent.settings["manager"]["url"] = url
        agent.start()
        self.change_after_restart("n1")
        print(f"told {took:.1f} s after a restart without the manager's endpoint")

    def test_a_restarted_manager_has_the_same_authority_and_goes_on(self):
        authority = self.manager.authority.read_bytes()
        lines = [len(agent.log()) for agent in self.agents]
        self.manager.stop()
        self.manager.authority.unlink()
        began = time.monotonic()
        self.manager.start()
        self.assertEqual(self.manager.authority.read_bytes(), authority)
        for agent in self.agents:
            self.change_after_restart(agent.node)
        print(f"both nodes told {time.monotonic() - began:.1f} s after a restart of the manager")
        for agent, since in zip(self.agents, lines):
            self.assertFalse([line for line in agent.log(since) if "wrong" in line or "verify" in line])
        # And it gives certificates of that authority to the pods that it knew before, for the keys that it knew of them.
        status, _ = self.manager.enrol(self.agents[0].token_file.read_text(encoding="utf-8"), self.new_request("after-a-restart"))
        self.assertEqual(status, 403)
        answer = self.wait_for_certificate(self.agents[0].token_file.read_text(encoding="utf-8"),
                                           Key(self.agents[0].directory / "data/link.key").request())
        self.assertEqual((answer["node"], answer["ca"].encode()), ("n1", authority))


class TokenThatExpires:
    """Of one decision maker, before its certificate is to be renewed: a token that has expired is refused, and the one that
    replaces it in the file is used, while the certificate is still good."""

    def __init__(self, ground, agent):
        self.ground = ground
        self.agent = agent
        agent.show(ground.expired(agent.token_file.read_text(encoding="utf-8")))
        self.since = len(agent.log())
        self.is_replaced = self.is_over = False

    def look(self):
        said = "\n".join(self.agent.log(self.since))
        if not self.is_replaced and "no certificate from the manager" in said:
            self.agent.show(self.ground.token(self.agent.pod))
            self.is_replaced = True
        self.is_over = self.is_replaced and "certificate of the node link" in said.partition("no certificate")[2]


class Refusals(link_refusals.Refusals):
    """Here, so that they have this module's API server."""


class Configuration(Grounded):
    def test_what_cannot_be_is_refused_with_its_key(self):
        authority = Authority(self.directory, "configuration")
        certificate, key = authority.issue("any", "DNS:any")
        texts = {"cert_pem": certificate.read_text(encoding="utf-8"), "key_pem": key.read_text(encoding="utf-8"),
                 "ca_pem": authority.certificate.read_text(encoding="utf-8")}
        mtls = {"mtls": {"enable": True, **texts}}
        missing = {"manager": {"url": f"https://{HERE}:9", "ca_file": str(self.directory / "none.crt")}}
        garbage = {"manager": {"url": f"https://{HERE}:9", "ca_file": str(key)}}
        cases = (
            (Agent, {"manager": {"url": f"http://{HERE}:9", "ca_file": str(authority.certificate)}}, ["manager.url", "https://"]),
            (Agent, mtls, ["manager.url", "mtls.enable"]),
            (Agent, {"server": {"host": f"{HERE}:0", "tls_cert_file": str(certificate), "tls_key_file": str(key)}},
             ["manager.url", "server.tls_cert_file"]),
            (Agent, missing, ["manager.ca_file", "none.crt"]),
            (Agent, garbage, ["manager.ca_file"]),
            (Manager, mtls, ["mtls.enable", "link.host"]),
            (Manager, {"link": {"host": f"{HERE}:0", "ca_cert_file": "none.crt", "ca_key_file": str(key)}}, ["link.ca_cert_file"]),
            (Manager, {"link": {"host": f"{HERE}:0", "ca_cert_file": str(certificate), "ca_key_file": str(key)}}, ["link.ca_cert_file"]),
            (Manager, {"link": {"host": f"{HERE}:0", "ca_cert_file": str(certificate)}}, ["link.ca_key_file"]),
            (Manager, {"link": {"host": "nowhere"}}, ["link.host"]),
            (Manager, {"link": {"host": f"{HERE}:0", "name": "a,b"}}, ["link.name"]),
            (Manager, {"link": {"host": f"{HERE}:0", "certificate_lifetime": "5s"}}, ["link.certificate_lifetime"]),
        )
        for number, (role, settings, words) in enumerate(cases):
            with self.subTest(words):
                directory = self.directory / f"refused-{number}"
                program = (Manager(self.ground, directory) if role is Manager else
                           Agent(directory, "n", free_port(), authority.certificate))
                program.settings.update(settings)
                said = program.refused_with()
                for word in words:
                    self.assertIn(word, said)


if __name__ == "__main__":
    if os.environ.get("BACKPORTS") == "0":
        print("skipped: BACKPORTS=0, so there is no Go to build Kubernetes with")
        sys.exit(77)
    unittest.main(verbosity=2)
