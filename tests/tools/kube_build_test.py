# SPDX-License-Identifier: Apache-2.0
"""tests/peers/kube/build.sh with a Go that only pretends."""

import os
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from tree import ROOT, TreeTest  # noqa: E402

BUILD = ROOT / "tests/peers/kube/build.sh"
GO = """\
#!/bin/sh
here=$(dirname "$0")
case $1 in
  env) echo go1.25.1 ;;
  mod) printf '{\\n\\t"GoMod": "%s",\\n}\\n' "$here/go.mod" ;;
  build)
    [ ! -e "$here/fails" ] || { echo "undefined: everything"; exit 1; }
    cp go.mod "$here/made.mod"
    echo begin >> "$here/builds"; sleep 0.3; echo end >> "$here/builds"
    for last in "$@"; do [ "$before" != -o ] || : > "$last"; before=$last; done ;;
esac
"""
GO_MOD = """\
module k8s.io/kubernetes

go 1.24.0

godebug default=go1.24

require (
	github.com/some/thing v1.2.3
	k8s.io/api v0.0.0
	k8s.io/utils v0.0.1
)

replace (
	k8s.io/api => ./staging/src/k8s.io/api
)
"""


class KubeBuild(TreeTest):
    def setUp(self):
        super().setUp()
        self.write({"go": GO, "go.mod": GO_MOD})
        (self.root / "go").chmod(0o755)
        self.cache = self.root / "cache/kube-1.34.4"

    def start(self, kind):
        return subprocess.Popen([BUILD, kind], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                env={**os.environ, "GO": str(self.root / "go"), "GTHULHU_TESTPEERS": str(self.root / "cache")})

    def build(self, kind):
        process = self.start(kind)
        output, _ = process.communicate()
        return process.returncode, output.rstrip("\n").split("\n")

    def builds(self):
        return (self.root / "builds").read_text(encoding="utf-8").split()

    def test_builds_once_and_says_where(self):
        status, lines = self.build("control")
        self.assertEqual((status, lines[-1]), (0, str(self.cache / "control")), lines)
        self.assertEqual(sorted(os.listdir(lines[-1])), ["etcd", "kube-apiserver", "kubeall", "sources"])
        self.assertEqual(self.build("control"), (0, [str(self.cache / "control")]))
        self.assertEqual(self.builds(), ["begin", "end"])

    def test_takes_what_nodes_need_for_the_api_server(self):
        self.build("nodes")
        self.assertEqual(self.build("control"), (0, [str(self.cache / "nodes")]))

    def test_never_builds_twice_at_once(self):
        processes = [self.start("control"), self.start("nodes"), self.start("control")]
        for process in processes:
            self.assertEqual(process.wait(), 0, process.stdout.read())
            process.stdout.close()
        self.assertEqual(self.builds(), ["begin", "end"] * (len(self.builds()) // 2))
        self.assertLessEqual(len(self.builds()), 4)

    def test_takes_the_releases_of_staging_modules(self):
        self.build("control")
        made = (self.root / "made.mod").read_text(encoding="utf-8").split("\n")
        for line in ["module kubeall", "go 1.24.0", "godebug default=go1.24", "require k8s.io/kubernetes v1.34.4",
                     "\tk8s.io/api v0.34.4", "\tk8s.io/utils v0.0.1", "replace k8s.io/api => k8s.io/api v0.34.4"]:
            self.assertIn(line, made)

    def test_fails_with_the_log_and_is_tried_again(self):
        (self.root / "fails").touch()
        status, lines = self.build("control")
        self.assertEqual(status, 1)
        self.assertIn("undefined: everything", lines)
        (self.root / "fails").unlink()
        self.assertEqual(self.build("control")[0], 0)

    def test_refuses_what_it_does_not_know(self):
        status, lines = self.build("everything")
        self.assertEqual(status, 2)
        self.assertIn("build.sh control", lines[0])


if __name__ == "__main__":
    unittest.main()
