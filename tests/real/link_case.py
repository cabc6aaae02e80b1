# SPDX-License-Identifier: Apache-2.0
"""What the test cases of the node links' certificates share: one API server, and a manager for each class."""

import shutil
import tempfile
import unittest
from pathlib import Path

from link_ground import Ground, Key, Listener, wait_for
from link_programs import Agent, Manager


class Grounded(unittest.TestCase):
    """`ground` is the API server, `directory` is for files; the module's set-up begins them for all."""

    @staticmethod
    def begin():
        Grounded.directory = Path(tempfile.mkdtemp(prefix="gthulhu-links-"))
        unittest.addModuleCleanup(shutil.rmtree, Grounded.directory, ignore_errors=True)
        Grounded.ground = Ground()
        unittest.addModuleCleanup(Grounded.ground.stop)
        Grounded.ground.start()


class LinkTest(Grounded):
    """A manager for all tests of the class, with a strategy for the work pods."""

    link = {}

    @classmethod
    def setUpClass(cls):
        cls.manager = Manager(cls.ground, cls.directory / cls.__name__, **cls.link)
        cls.addClassCleanup(cls.manager.stop)
        cls.manager.start().ask("POST", "/api/v1/strategies", {"labelSelectors": [{"key": "app", "value": "upf"}], "priority": 5})

    @classmethod
    def new_agent(cls, node, **named):
        """A decision maker on that node, with its pod and its token, started."""
        agent = Agent(cls.directory / f"{cls.__name__}-{node}", named.get("node_name", node), named.get("port", cls.manager.link_port),
                      named.get("authority", cls.manager.authority))
        agent.pod = cls.ground.agent_pod(f"agent-{node}", node, agent.port)
        agent.show(cls.ground.token(agent.pod))
        (cls.addClassCleanup if named.get("for_class") else unittest.addModuleCleanup)(agent.stop)
        return agent.start()

    def agent_token(self, node, listener=None):
        """The pod and the token of a decision maker that is no program of ours."""
        pod = self.ground.agent_pod(f"agent-{node}", node, listener.port if listener else 9)
        return pod, self.ground.token(pod)

    def enrolled(self, node, token):
        """The files of a certificate that the manager gave for this token, and of its key."""
        key = Key(self.directory / f"enrolled-{node}.key")
        answer = self.wait_for_certificate(token, key.request())
        self.assertEqual(answer["node"], node)
        certificate = self.directory / f"enrolled-{node}.crt"
        certificate.write_text(answer["certificate"], encoding="utf-8")
        return certificate, key.path

    def wait_for_certificate(self, token, request):
        """The manager hears of a new pod a moment later."""
        def ask():
            status, answer = self.manager.enrol(token, request)
            return answer["data"] if status == 200 else None
        return wait_for(ask, 5, "a certificate")

    def new_request(self, name):
        return Key(self.directory / f"{name}.key").request()

    def listen(self, *arguments):
        listener = Listener(*arguments)
        self.addCleanup(listener.stop)
        return listener
