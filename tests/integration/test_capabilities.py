# SPDX-License-Identifier: Apache-2.0
"""Each row of the table of capabilities in docs/decision-maker.md: what the decision maker cannot do without it, and how that
shows. In each test it has all others of the table, and first this one too."""

import contextlib
import ctypes
import os
import platform
import re
import shutil
import signal
import socket
import tempfile
import unittest

from confined import NOBODY, ROOT, ConfinedDecisionMaker, Ground, built_with_bpf, setpriv
from harness import scheduling_of, wait_for

# The kernel lets these do what the other is for.
COVERED_BY = {"CAP_BPF": "CAP_SYS_ADMIN", "CAP_PERFMON": "CAP_SYS_ADMIN", "CAP_DAC_READ_SEARCH": "CAP_DAC_OVERRIDE"}
NEEDED = {"CAP_BPF", "CAP_PERFMON", "CAP_SYS_NICE"}


def documented():
    """The capabilities of the table's first column."""
    text = (ROOT / "docs" / "decision-maker.md").read_text(encoding="utf-8")
    section = text.split("\n## Rights\n")[1].split("\n## ")[0]
    return set(re.findall(r"^\| `(CAP_[A-Z_]+)` \|", section, re.MULTILINE))


def all_but(name=None):
    return documented() - {name, COVERED_BY.get(name)}


def hiding(how):
    """The command in front of another one that then has a /proc of its own, with this hidepid."""
    return ["unshare", "--mount", "--propagation", "private", "sh", "-c",
            f'mount -t proc -o hidepid={how} proc /proc && exec "$@"', "sh"]


def has_netlink_for_all():
    """Linux 6.6 lets everybody listen to the process connector."""
    return tuple(int(number) for number in re.findall(r"\d+", platform.release())[:2]) >= (6, 6)


def room_for_events(process):
    """Bytes that may wait in its socket of the process connector (protocol 11 of NETLINK)."""
    with open(f"/proc/{process}/net/netlink", encoding="utf-8") as file:
        sockets = {line.split()[-1] for line in file if line.split()[1] == "11"}
    for number in os.listdir(f"/proc/{process}/fd"):
        if os.readlink(f"/proc/{process}/fd/{number}").removeprefix("socket:[").removesuffix("]") in sockets:
            handle = os.pidfd_open(process)
            pidfd_getfd = 438
            copy = ctypes.CDLL(None).syscall(pidfd_getfd, handle, int(number), 0)
            os.close(handle)
            with socket.socket(fileno=copy) as taken:
                return taken.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
    raise AssertionError("it has no such socket")


class Capabilities(unittest.TestCase):
    def setUp(self):
        self.ground = Ground("test-capabilities")
        self.addCleanup(self.ground.remove)

    @contextlib.contextmanager
    def running(self, capabilities, *before, user=0, **named):
        server = ConfinedDecisionMaker(*before, setpriv(capabilities, user), user=user, **named)
        self.addCleanup(shutil.rmtree, server.data_dir, ignore_errors=True)
        with server:
            yield server
        self.assertEqual(self.ground.values(), self.ground.own, "after the stop everything is as it was")

    def try_start(self, capabilities, *before, **named):
        """Whether it came to listen, and what it said. It is stopped again."""
        server = ConfinedDecisionMaker(*before, setpriv(capabilities), **named)
        self.addCleanup(shutil.rmtree, server.data_dir)
        server.start(wait=False)
        wait_for(lambda: server.ports or server.process.poll() is not None, 20, "a start or an end")
        listens = server.process.poll() is None
        server.stop()
        return listens, "".join(server.log)

    def start_fails(self, *arguments, **named):
        """What it said before it ended."""
        listens, said = self.try_start(*arguments, **named)
        self.assertFalse(listens, said)
        return said

    def check_enforced(self, server):
        """An intent for the ground changes nice, slice and weight in the kernel; its pod's UID."""
        uid = server.pod_of(self.ground.process)
        self.assertIsNotNone(uid)
        server.intend(uid, priority=5, executionTime=2_000_000)
        server.wait_for_report("verified")
        scheduling, weight = self.ground.values()
        self.assertEqual(scheduling[1:], (-5, 2_000_000))
        self.assertAlmostEqual(weight / self.ground.own[1], 1.25 ** 5, delta=0.05)
        return uid

    def check_bpf(self, server):
        if built_with_bpf():
            self.assertEqual(server.status()["discovery"]["source"], "bpf")
            self.assertEqual(server.status()["runQueueWaits"], {"counted": True, "reason": ""})

    def test_every_row_of_the_table_has_a_test_and_every_test_a_row(self):
        tested = [re.match(r"test_without_(CAP(?:_[A-Z]+)+)_", name) for name in dir(self)]
        self.assertEqual({match[1] for match in tested if match}, documented())

    def test_three_are_enough_for_root(self):
        with self.running(NEEDED) as server:
            self.check_enforced(server)
            self.check_bpf(server)

    def test_four_are_enough_for_another_user(self):
        with self.running(NEEDED | {"CAP_DAC_OVERRIDE"}, user=NOBODY) as server:
            self.check_enforced(server)
            self.check_bpf(server)

    def test_the_launcher_takes_away_what_is_not_asked_for(self):
        for user in (0, NOBODY):
            with self.running(NEEDED, user=user) as server:
                with open(f"/proc/{server.process.pid}/status", encoding="utf-8") as file:
                    status = file.read()
                # CAP_SYS_NICE, CAP_PERFMON, CAP_BPF of linux/capability.h
                bits = 1 << 23 | 1 << 38 | 1 << 39
                for kind in ("CapPrm", "CapEff", "CapBnd"):
                    self.assertEqual(int(re.search(rf"^{kind}:\s*(\w+)", status, re.MULTILINE)[1], 16), bits, kind)

    def test_without_CAP_SYS_NICE_nothing_is_enforced(self):
        with self.running(all_but()) as server:
            uid = self.check_enforced(server)
        with self.running(all_but("CAP_SYS_NICE")) as server:
            enforcer = server.status()["enforcer"]
            self.assertEqual(enforcer["kind"], "observe")
            self.assertRegex(enforcer["reason"], r"cfs: no right to raise nice \(CAP_SYS_NICE\)$")
            server.intend(uid, priority=5)
            server.wait_for_report("degraded", "observe only")
            self.assertEqual(self.ground.values(), self.ground.own)

    def test_without_CAP_SYS_NICE_what_a_crash_has_left_of_nice_values_stays_and_is_told(self):
        with self.running(all_but()) as server:
            self.check_enforced(server)
            favoured, _ = self.ground.values()
            server.kill()
            server.before = [setpriv(all_but("CAP_SYS_NICE"))]
            server.start()
            server.wait_for_report("degraded", "observe only")
            self.assertRegex(server.status()["enforcer"]["reason"],
                             "what an earlier run wrote is in force: 1 tasks and 0 cgroups could not be put back")
            self.assertEqual(server.stop(), 0)
            self.assertEqual(self.ground.values(), (favoured, self.ground.own[1]))
            server.before = [setpriv(all_but())]
            server.start()
            server.wait_for_report("verified")  # and `running` sees that it is put back

    def check_no_bpf(self, without):
        with self.running(all_but()) as server:
            self.check_bpf(server)
        with self.running(all_but(without)) as server:
            discovery = server.status()["discovery"]
            self.assertEqual(discovery["source"], "netlink")
            self.assertIn("bpf: the kernel does not take the BPF programs (Operation not permitted "
                          "(CAP_BPF and CAP_PERFMON are needed)", discovery["reason"])
            waits = server.status()["runQueueWaits"]
            self.assertFalse(waits["counted"])
            self.assertIn("CAP_BPF and CAP_PERFMON are needed", waits["reason"])
            self.check_enforced(server)
        environment = {"DM_DISCOVERY_SOURCE": "bpf"}
        self.assertIn("discovery.source = bpf", self.start_fails(all_but(without), environment=environment))

    @unittest.skipUnless(built_with_bpf(), "with BACKPORTS=0 there is no libbpf to build with")
    def test_without_CAP_BPF_processes_are_found_through_netlink(self):
        self.check_no_bpf("CAP_BPF")

    @unittest.skipUnless(built_with_bpf(), "with BACKPORTS=0 there is no libbpf to build with")
    def test_without_CAP_PERFMON_processes_are_found_through_netlink(self):
        self.check_no_bpf("CAP_PERFMON")

    def lose_in_a_burst(self, server):
        """It loses events while it does not run and more processes come and go than there is room for."""
        before = server.status()["discovery"]["lost"]
        # Start and end are an event each, and one takes more than 500 bytes of the room.
        processes = room_for_events(server.process.pid) // 1_000
        server.process.send_signal(signal.SIGSTOP)
        for _ in range(processes):
            child = os.fork()
            if child == 0:
                os._exit(0)
            os.waitpid(child, 0)
        server.process.send_signal(signal.SIGCONT)
        wait_for(lambda: server.status()["discovery"]["lost"] > before, 5,
                 lambda: f"a loss to be counted: {server.status()['discovery']}")
        self.assertEqual(server.status()["discovery"]["trouble"], "")

    def test_without_CAP_NET_ADMIN_a_burst_of_events_of_netlink_is_lost(self):
        environment = {"DM_DISCOVERY_SOURCE": "netlink"}
        # That none is lost cannot be asked for: how many there are is up to the rest of the machine.
        room = 16 * 2**20
        with self.running(all_but(), environment=environment) as server:
            self.assertEqual(server.status()["discovery"]["source"], "netlink")
            self.assertEqual(room_for_events(server.process.pid), room)
        if not has_netlink_for_all():
            self.assertIn("(CAP_NET_ADMIN is needed)", self.start_fails(all_but("CAP_NET_ADMIN"), environment=environment))
            return
        with self.running(all_but("CAP_NET_ADMIN"), environment=environment) as server:
            self.assertLess(room_for_events(server.process.pid), room)
            self.lose_in_a_burst(server)
            self.check_enforced(server)

    def test_without_CAP_DAC_OVERRIDE_weights_of_cgroups_of_other_users_stay(self):
        os.chown(self.ground.weight_file(), NOBODY, NOBODY)
        with self.running(all_but()) as server:
            uid = self.check_enforced(server)
        with self.running(all_but("CAP_DAC_OVERRIDE")) as server:
            server.intend(uid, priority=5)
            server.wait_for_report("degraded", "not permitted")
            scheduling, weight = self.ground.values()
            self.assertEqual((scheduling[1], weight), (-5, self.ground.own[1]))

    def test_without_CAP_DAC_READ_SEARCH_files_of_other_users_cannot_be_read(self):
        folder = tempfile.mkdtemp(prefix="gthulhu-test-")
        self.addCleanup(shutil.rmtree, folder)
        path = os.path.join(folder, "node.toml")
        with open(path, "w", encoding="utf-8") as file:
            file.write('[logging]\nlevel = "info"\n')
        os.chmod(path, 0o400)
        os.chown(path, NOBODY, NOBODY)
        arguments = ["--config-dir", folder, "--config-name", "node"]
        less = all_but("CAP_DAC_READ_SEARCH")
        self.assertTrue(self.try_start(less | {"CAP_DAC_READ_SEARCH"}, arguments=arguments)[0])
        self.assertIn(f"cannot read {path}: Permission denied", self.start_fails(less, arguments=arguments))

    def test_without_CAP_SYS_PTRACE_processes_that_proc_hides_are_not_seen(self):
        with self.running(all_but(), hiding("ptraceable")) as server:
            uid = self.check_enforced(server)
        other = NOBODY - 1  # not the user of the process
        for how, user in (("ptraceable", 0), ("invisible", other)):
            with self.subTest(how), self.running(all_but("CAP_SYS_PTRACE"), hiding(how), user=user) as server:
                self.assertIsNone(server.pod_of(self.ground.process))
                self.assertIn("CAP_SYS_PTRACE", server.status()["discovery"]["trouble"])
                server.intend(uid, priority=5, executionTime=2_000_000)
                server.wait_for_report("delivered")
                self.assertEqual(scheduling_of(self.ground.process), self.ground.own[0])
        for how, user, more in (("invisible", other, {"CAP_SYS_PTRACE"}), ("invisible", 0, set()), ("off", other, set())):
            with self.subTest(f"control: {how}, user {user}, {more}"), \
                    self.running(all_but("CAP_SYS_PTRACE") | more, hiding(how), user=user) as server:
                self.check_enforced(server)

    def test_without_CAP_SYS_ADMIN_labels_of_cgroups_are_not_seen(self):
        labelled = Ground("test-capabilities", "gthulhu")  # where only what has labels is a workload
        self.addCleanup(labelled.remove)
        os.setxattr(labelled.directory, "trusted.gthulhu.labels", b'{"tier":"gold"}')
        with self.running(all_but()) as server:
            self.assertIsNotNone(server.pod_of(labelled.process))
        with self.running(all_but("CAP_SYS_ADMIN")) as server:
            self.check_enforced(server)
            self.assertIsNone(server.pod_of(labelled.process))

    def test_without_CAP_NET_BIND_SERVICE_no_port_below_1024_can_be_taken(self):
        # In a network of its own the port is free, and no setting of the machine's makes it everybody's.
        alone = ["unshare", "--net"]
        self.assertTrue(self.try_start(all_but(), alone, listen=":80")[0])
        self.assertIn("cannot listen on :80: Permission denied; ports below 1024 need CAP_NET_BIND_SERVICE",
                      self.start_fails(all_but("CAP_NET_BIND_SERVICE"), alone, listen=":80"))


if __name__ == "__main__":
    unittest.main()
