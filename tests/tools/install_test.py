# SPDX-License-Identifier: Apache-2.0
"""install.sh with dpkg-query, apt-get and id that only pretend."""

import os
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from tree import TOOLS, TreeTest  # noqa: E402

# Everything but cmake and curl is installed.
DPKG_QUERY = """\
#!/bin/sh
case "$*" in *cmake*|*curl*) exit 1 ;; *) echo "ii  9:9" ;; esac
"""
APT_GET = '#!/bin/sh\necho "apt-get $*"\n[ "$1" = indextargets ] && echo bookworm\nexit 0\n'


class Install(TreeTest):
    def install(self, *groups, user=0, tools=None, dpkg=DPKG_QUERY, go=None, **variables):
        programs = {"dpkg-query": dpkg, "apt-get": APT_GET, "id": f"#!/bin/sh\necho {user}\n"}
        if go:
            programs["go"] = f"#!/bin/sh\necho {go}\n"
        for name in tools or programs:
            (self.root / name).write_text(programs[name], encoding="utf-8")
            (self.root / name).chmod(0o755)
        for name in ["bash", "dirname", "sed", "sort", "tr", "grep", "head", "dpkg"]:
            if not (self.root / name).exists():
                (self.root / name).symlink_to(f"/usr/bin/{name}")
        answer = subprocess.run(["/bin/bash", str(TOOLS / "install.sh"), *groups], env={"PATH": str(self.root), "DEBIAN_GO": "/nowhere", **variables},
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        return answer.returncode, answer.stdout

    def test_says_what_is_missing_before_it_installs_it(self):
        status, output = self.install("build", "test")
        self.assertEqual(status, 0, output)
        self.assertEqual(output.split("\n")[:3], [
            "About to install 2 packages: cmake curl", "apt-get update -q",
            "apt-get install -q -y --no-install-recommends cmake curl"])

    def test_is_silent_when_nothing_is_missing(self):
        self.assertEqual(self.install("lint"), (0, ""))

    def test_can_be_turned_off(self):
        self.assertEqual(self.install("build", SKIP_INSTALL="1"), (0, ""))

    def test_refuses_anybody_but_root(self):
        status, output = self.install("build", user=1000)
        self.assertEqual(status, 1)
        self.assertIn("About to install 1 packages: cmake\n", output)
        self.assertIn("only root", output)
        self.assertNotIn("apt-get", output.replace("install.sh", ""))

    def test_refuses_another_system(self):
        status, output = self.install("build", tools=["id"])
        self.assertEqual(status, 1)
        self.assertIn("this is not Debian", output)
        self.assertIn("cmake", output)

    def test_refuses_an_unknown_group(self):
        status, output = self.install("everything")
        self.assertEqual(status, 1)
        self.assertIn("no group 'everything'", output)

    def test_leaves_the_apt_sources_alone_when_told_to(self):
        status, output = self.install("real", BACKPORTS="0")
        self.assertEqual(status, 0)
        self.assertIn("no apt source is added", output)
        self.assertNotIn("About to", output)

    def test_takes_what_the_release_has_too_old_out_of_backports(self):
        old = DPKG_QUERY.replace('*cmake*|*curl*) exit 1', '*libbpf*) echo "ii  1:1.1.2-0+deb12u1"')
        # Not as root, which would write the apt sources of this machine.
        status, output = self.install("build", dpkg=old, user=1)
        self.assertEqual(status, 1, output)
        self.assertIn("About to add to the apt sources, with priority 100: bookworm-backports", output)
        self.assertIn("About to install 1 packages: libbpf-dev/bookworm-backports\n", output)
        status, output = self.install("build", dpkg=old, user=1, BACKPORTS="0")
        self.assertEqual(status, 0, output)
        self.assertIn("BPF parts are left out", output)
        self.assertNotIn("About to", output)

    def install_peers(self, **arguments):
        return self.install("peers", user=1, dpkg=DPKG_QUERY.replace("*cmake*", "*golang*"), **arguments)[1]

    def test_installs_go_only_where_there_is_none_that_is_new_enough(self):
        wanted = "About to install 1 packages: golang-1.25-go\n"
        self.assertEqual(self.install_peers(go="go1.24.9"), "")
        self.assertIn(wanted, self.install_peers(go="go1.19.8"))
        self.assertIn(wanted, self.install_peers())

    def test_installs_no_go_without_backports(self):
        output = self.install_peers(BACKPORTS="0")
        self.assertIn("a newer Go are skipped", output)
        self.assertNotIn("About to", output)

    def test_every_package_has_one_group_and_a_reason(self):
        lines = [line.split(None, 2) for line in (TOOLS / "packages.txt").read_text(encoding="utf-8").split("\n")
                 if line and not line.startswith("#")]
        for line in lines:
            self.assertEqual(len(line), 3, f"no reason: {line}")
        packages = [line[1] for line in lines]
        self.assertEqual(len(packages), len(set(packages)))

    def test_does_not_need_more_than_a_bare_debian(self):
        self.assertTrue(os.access(TOOLS / "install.sh", os.X_OK))
        self.assertTrue((TOOLS / "install.sh").read_text(encoding="utf-8").startswith("#!/usr/bin/env bash\n"))


if __name__ == "__main__":
    unittest.main()
