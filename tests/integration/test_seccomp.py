# SPDX-License-Identifier: Apache-2.0
"""The seccomp profile that is shipped: the decision maker does all that it does, and other things are refused.

It runs as the profile says, except that a system call that is refused ends it: nothing that is missing can go unnoticed because
somebody copes with the error. The calls of systemctl are looked at in tests/real/systemd_check.sh.
"""

import json
import os
import ssl
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

from confined import NOBODY, PROFILE, ConfinedDecisionMaker, Ground, built_with_bpf, setpriv, with_profile
from harness import wait_for
from seccomp_profile import unknown_names

NEEDED = {"CAP_BPF", "CAP_PERFMON", "CAP_SYS_NICE"}
PATHS = ("/metrics", "/health", "/version", "/openapi.json", "/swagger/index.html", "/api/v1/status", "/api/v1/node",
         "/api/v1/node/reports", "/api/v1/pods/pids", "/api/v1/scheduling/strategies", "/api/v1/intents/merkle")

# Prints what the kernel says to each, by numbers of x86-64: most are asked for what is not there, so that without the profile
# it is another error than EPERM.
REFUSED = """
import ctypes, errno, json
libc = ctypes.CDLL(None, use_errno=True)
def tried(function, *arguments):
    ctypes.set_errno(0)
    done = function(*arguments)
    return "done" if done >= 0 else errno.errorcode[ctypes.get_errno()]
def fork_into_namespace():
    pid = libc.syscall(56, 0x04000000 | 17, 0, 0, 0, 0)  # clone, CLONE_NEWUTS | SIGCHLD
    if pid == 0:
        libc._exit(0)
    return pid
print(json.dumps({
    "ptrace": tried(libc.ptrace, 16, 2**22 + 1, 0, 0),
    "mount": tried(libc.mount, None, None, None, 0, None),
    "umount": tried(libc.umount2, b"/nowhere", 0),
    "unshare": tried(libc.unshare, 0x04000000),
    "setns": tried(libc.setns, -1, 0),
    "chroot": tried(libc.chroot, b"/nowhere"),
    "clone into a namespace": tried(fork_into_namespace),
    "clone3": tried(libc.syscall, 435, None, 0),
    "perf_event_open": tried(libc.syscall, 298, None, 0, -1, -1, 0),
    "process_vm_readv": tried(libc.process_vm_readv, -1, None, 0, None, 0, 0),
    "io_uring_setup": tried(libc.syscall, 425, 1, None),
    "keyctl": tried(libc.syscall, 250, 0, -3, 0),
    "setxattr": tried(libc.setxattr, b"/nowhere", b"user.x", b"", 0, 0),
    "chmod": tried(libc.chmod, b"/nowhere", 0o777),
    "chown": tried(libc.chown, b"/nowhere", 0, 0),
    "sched_setscheduler": tried(libc.sched_setscheduler, -1, 0, None),
    "a packet socket": tried(libc.socket, 17, 3, 0),
    "a stream socket": tried(libc.socket, 2, 1, 0),
    "bpf": tried(libc.syscall, 321, -1, None, 0),
    "sched_setattr": tried(libc.syscall, 314, -1, None, 0),
}))
"""
ALLOWED = {"a stream socket", "bpf", "sched_setattr"}


class Seccomp(unittest.TestCase):
    def setUp(self):
        self.ground = Ground("test-seccomp")
        self.addCleanup(self.ground.remove)

    def server(self, *before, **named):
        server = ConfinedDecisionMaker(*before, with_profile(kill=True), **named)
        self.addCleanup(server.__exit__)
        return server.start().login()

    def check_filtered(self, server):
        with open(f"/proc/{server.process.pid}/status", encoding="utf-8") as file:
            self.assertIn("Seccomp:\t2\n", file.read())

    def check_work(self, server):
        """Each kind of write to the kernel, new processes, every kind of answer, and a restart with intents."""
        self.check_filtered(server)
        uid = server.pod_of(self.ground.process)
        for wish in ({"priority": 5, "executionTime": 2_000_000}, {"priority": -20}, {"priority": -3}):
            server.intend(uid, **wish)
            server.wait_for_report("verified")
            self.assertNotEqual(self.ground.values(), self.ground.own)
        child = subprocess.Popen(["sh", "-c", "read line; sleep 60"], stdin=subprocess.PIPE, text=True)
        self.ground.enter(child.pid)
        wait_for(lambda: server.pod_of(child.pid) == uid, 5, "the new process")
        child.kill()
        child.wait()
        child.stdin.close()
        wait_for(lambda: server.pod_of(child.pid) is None, 5, "its end")
        for path in PATHS:
            self.assertEqual(server.request("GET", path).status, 200, path)
        self.assertEqual(server.stop(), 0)
        self.assertEqual(self.ground.values(), self.ground.own)
        server.start()
        server.wait_for_report("verified")
        self.assertEqual(server.request("DELETE", "/api/v1/intents", {"all": True}).status, 200)
        wait_for(lambda: self.ground.values() == self.ground.own, 5, "its own values")
        self.assertEqual(server.stop(), 0)

    def test_it_works_with_each_source(self):
        for source in ("bpf", "netlink", "scan") if built_with_bpf() else ("netlink", "scan"):
            with self.subTest(source):
                server = self.server(environment={"DM_DISCOVERY_SOURCE": source})
                self.assertEqual(server.status()["discovery"]["source"], source)
                self.assertEqual(server.status()["runQueueWaits"]["counted"], built_with_bpf())
                self.check_work(server)

    def test_it_works_with_three_capabilities(self):
        self.check_work(self.server(setpriv(NEEDED)))

    def test_it_works_as_another_user(self):
        self.check_work(self.server(setpriv(NEEDED | {"CAP_DAC_OVERRIDE"}, NOBODY), user=NOBODY))

    def test_it_puts_back_what_a_crash_has_left(self):
        server = self.server()
        server.intend(server.pod_of(self.ground.process), priority=7)
        server.wait_for_report("verified")
        server.kill()
        self.assertNotEqual(self.ground.values(), self.ground.own)
        server.arguments.append("--observe")
        server.start()
        wait_for(lambda: self.ground.values() == self.ground.own, 5, "its own values")
        self.assertEqual(server.stop(), 0)

    def test_it_works_with_other_allocators_and_log_files(self):
        for tunables in ("glibc.malloc.arena_max=1:glibc.malloc.mmap_threshold=4096:glibc.malloc.trim_threshold=4096",
                         "glibc.malloc.hugetlb=1:glibc.pthread.rseq=0:glibc.malloc.tcache_count=0"):
            with self.subTest(tunables):
                folder = tempfile.TemporaryDirectory()
                self.addCleanup(folder.cleanup)
                server = self.server(environment={"GLIBC_TUNABLES": tunables, "DM_LOGGING_ACCESS": "all",
                                                  "DM_LOGGING_FILE_PATH": folder.name + "/log"})
                self.check_work(server)
                self.assertGreater(os.path.getsize(folder.name + "/log"), 0)

    def test_it_serves_tls_and_reads_a_new_certificate(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        certificate, key = folder.name + "/tls.crt", folder.name + "/tls.key"

        def renew():
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                            "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key,
                            "-out", certificate], check=True, capture_output=True)

        def health():
            trust = ssl.create_default_context(cafile=certificate)
            with urllib.request.urlopen(f"https://localhost:{server.ports['decisionmaker']}/health", context=trust) as answer:
                return answer.status

        renew()
        server = ConfinedDecisionMaker(with_profile(kill=True), listen="localhost:0", environment={
            "DM_SERVER_TLS_CERT_FILE": certificate, "DM_SERVER_TLS_KEY_FILE": key})
        self.addCleanup(server.__exit__)
        server.start()
        self.check_filtered(server)
        self.assertEqual(health(), 200)
        time.sleep(0.01)
        renew()

        def trusts_the_new_one():
            try:
                return health() == 200
            except OSError:
                return False
        wait_for(trusts_the_new_one, 10, "the new certificate")
        self.assertEqual(server.stop(), 0)

    def test_it_works_where_what_is_refused_is_an_error(self):
        server = ConfinedDecisionMaker(with_profile())
        self.addCleanup(server.__exit__)
        self.check_work(server.start().login())


class Profile(unittest.TestCase):
    def run_under(self, *before):
        done = subprocess.run([*before, sys.executable, "-c", REFUSED], capture_output=True, text=True, check=True, timeout=20)
        return json.loads(done.stdout)

    def test_what_the_decision_maker_does_not_need_is_refused(self):
        without, found = self.run_under(), self.run_under(*with_profile())
        self.assertNotIn("EPERM", without.values(), "nothing else refuses it")
        expected = {name: result if name in ALLOWED else "EPERM" for name, result in without.items()}
        # The C library takes clone then.
        self.assertEqual(found, {**expected, "clone3": "ENOSYS"})

    def test_what_is_refused_ends_the_process_in_these_tests(self):
        done = subprocess.run([*with_profile(kill=True), sys.executable, "-c", "import os; os.chroot('/')"], check=False)
        self.assertEqual(done.returncode, -31)  # SIGSYS

    def test_every_name_is_that_of_a_system_call(self):
        profile = json.loads(PROFILE.read_text(encoding="utf-8"))
        self.assertEqual(unknown_names(profile), [])
        profile["syscalls"][0]["names"].append("mnap")
        self.assertEqual([name for _, name in unknown_names(profile)], ["mnap", "mnap"])

    def test_it_begins_with_a_refusal_and_names_both_architectures(self):
        profile = json.loads(PROFILE.read_text(encoding="utf-8"))
        self.assertEqual((profile["defaultAction"], profile["architectures"]),
                         ("SCMP_ACT_ERRNO", ["SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"]))


if __name__ == "__main__":
    unittest.main()
