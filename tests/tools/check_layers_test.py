# SPDX-License-Identifier: Apache-2.0
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from tree import ROOT, TreeTest  # noqa: E402

# Each of these headers exists in every tree of these tests.
HEADERS = ["src/base/result.h", "src/base/log.h", "src/core/model/pod.h", "src/wire/json.h", "src/net/http.h",
           "src/app/ports/enforcer.h", "src/app/manager/plane.h", "src/rest/router.h", "src/cli/print.h",
           "src/adapters/cfs/knobs.h", "src/adapters/system/files.h", "src/main/config.h", "tests/fakes/fake_clock.h"]


class CheckLayers(TreeTest):
    def setUp(self):
        super().setUp()
        self.write({header: "#pragma once\n" for header in HEADERS})

    def check(self, files):
        self.write(files)
        return self.run_tool("check_layers.py", self.root)

    def assert_accepted(self, path, *includes):
        with self.subTest(path=path, includes=includes):
            status, output = self.check({path: "".join(f"#include {name}\n" for name in includes)})
            (self.root / path).unlink()
            self.assertEqual((status, output), (0, ""))

    def assert_refused(self, path, include, reason):
        with self.subTest(path=path, include=include):
            status, output = self.check({path: f"// first line\n#include {include}\n"})
            (self.root / path).unlink()
            self.assertEqual(status, 1, output)
            self.assertIn(f"{path}:2: ", output)
            self.assertIn(reason, output)
            self.assertEqual(len(output.splitlines()), 1, output)

    def test_accepts_what_the_architecture_allows(self):
        self.assert_accepted("src/core/plan/a.cpp", '"base/result.h"', '"core/model/pod.h"', "<vector>")
        self.assert_accepted("src/wire/a.cpp", '"core/model/pod.h"', "<boost/json/parse.hpp>")
        self.assert_accepted("src/app/manager/a.cpp", '"app/ports/enforcer.h"', '"core/model/pod.h"', '"base/log.h"')
        self.assert_accepted("src/net/a.h", '"base/result.h"', "<boost/asio/awaitable.hpp>", "<sys/socket.h>")
        self.assert_accepted("src/rest/manager/a.cpp", '"app/manager/plane.h"', '"wire/json.h"', '"net/http.h"')
        self.assert_accepted("src/adapters/cfs/a.cpp", '"app/ports/enforcer.h"', '"wire/json.h"', "<sched.h>",
                             '"adapters/cfs/knobs.h"')
        self.assert_accepted("src/cli/a.cpp", '"net/http.h"', '"wire/json.h"', '"base/log.h"', "<CLI/CLI.hpp>")
        self.assert_accepted("src/main/a.cpp", '"rest/router.h"', '"adapters/cfs/knobs.h"', "<toml++/toml.h>")
        self.assert_accepted("src/core/plan/a_test.cpp", '"tests/fakes/fake_clock.h"', "<gtest/gtest.h>", "<random>")
        self.assert_accepted("src/base/result.h", "<tl/expected.hpp>")
        self.assert_accepted("src/core/match/command_pattern.cpp", "<re2/re2.h>")

    def test_refuses_a_module_that_includes_upwards_or_sideways(self):
        for path, header in [
            ("src/base/a.h", "core/model/pod.h"), ("src/core/model/a.h", "wire/json.h"),
            ("src/core/model/a.h", "app/ports/enforcer.h"), ("src/wire/a.cpp", "net/http.h"),
            ("src/wire/a.cpp", "app/ports/enforcer.h"), ("src/app/manager/a.cpp", "wire/json.h"),
            ("src/app/manager/a.cpp", "adapters/cfs/knobs.h"), ("src/app/ports/a.h", "app/manager/plane.h"),
            ("src/net/a.cpp", "core/model/pod.h"), ("src/rest/a.cpp", "adapters/cfs/knobs.h"),
            ("src/rest/a.cpp", "cli/print.h"), ("src/adapters/cfs/a.cpp", "app/manager/plane.h"),
            ("src/adapters/cfs/a.cpp", "adapters/system/files.h"), ("src/adapters/cfs/a.cpp", "rest/router.h"),
            ("src/cli/a.cpp", "app/ports/enforcer.h"), ("src/cli/a.cpp", "main/config.h"),
            ("src/core/model/a.h", "tests/fakes/fake_clock.h"), ("tests/fakes/a.h", "app/manager/plane.h"),
        ]:
            self.assert_refused(path, f'"{header}"', f'may not include "{header}"')

    def test_holds_tests_to_the_layers_of_their_module(self):
        self.assert_refused("src/core/plan/a_test.cpp", '"app/manager/plane.h"', "may not include")

    def test_keeps_what_tests_share_out_of_the_program(self):
        self.write({"src/net/server_fixture.h": "#include <gtest/gtest.h>\n"})
        self.assert_accepted("src/net/a_test.cpp", '"net/server_fixture.h"')
        self.assert_refused("src/net/a.cpp", '"net/server_fixture.h"', "is for tests")

    def test_refuses_logging_below_the_edge(self):
        for path in ["src/core/a.cpp", "src/wire/a.cpp", "src/net/a.cpp", "src/app/ports/a.h", "src/adapters/cfs/a.cpp"]:
            self.assert_refused(path, '"base/log.h"', "is reserved for")

    def test_refuses_libraries_outside_their_place(self):
        for path, header in [
            ("src/base/a.h", "spdlog/spdlog.h"), ("src/base/a.h", "openssl/sha.h"), ("src/core/a.h", "re2/re2.h"),
            ("src/core/match/other.cpp", "re2/re2.h"), ("src/wire/a.h", "boost/json.hpp"),
            ("src/rest/a.cpp", "boost/json/parse.hpp"), ("src/rest/a.h", "boost/asio.hpp"),
            ("src/adapters/kube/a.h", "boost/asio.hpp"), ("src/app/manager/a.cpp", "sqlite3.h"),
            ("src/adapters/cfs/a.cpp", "openssl/evp.h"), ("src/cli/a.h", "CLI/CLI.hpp"),
            ("src/core/model/a.cpp", "gtest/gtest.h"), ("src/core/a.h", "tl/expected.hpp"),
        ]:
            self.assert_refused(path, f"<{header}>", "may be included only by")

    def test_refuses_impure_headers_in_core(self):
        for header in ["fstream", "thread", "random", "ctime", "unistd.h", "sys/stat.h"]:
            self.assert_refused("src/core/plan/a.cpp", f"<{header}>", "is pure")

    def test_refuses_what_it_does_not_know(self):
        self.assert_refused("src/net/a.cpp", "<newlib/thing.hpp>", "belongs to no library")
        self.assert_refused("src/net/a.cpp", '"net/missing.h"', "is no file of ours")
        self.assert_refused("src/net/a.cpp", '"../base/result.h"', "without '..'")
        status, output = self.check({"src/misplaced.cpp": ""})
        self.assertEqual((status, output), (1, "src/misplaced.cpp: belongs to no module of tools/check_layers.py\n"))

    def test_sees_includes_with_odd_layout(self):
        self.assert_refused("src/base/a.h", '"core/model/pod.h"  // why not', "may not include")
        status, _ = self.check({"src/base/b.h": '  #  include"core/model/pod.h"\n'})
        self.assertEqual(status, 1)

    def test_refuses_an_empty_tree_instead_of_calling_it_clean(self):
        status, output = self.run_tool("check_layers.py", self.root / "nowhere")
        self.assertEqual(status, 1)
        self.assertIn("no sources", output)

    def test_the_tables_cover_every_module_of_the_repository(self):
        import check_layers
        for folder in (ROOT / "src").iterdir():
            if folder.is_dir() and folder.name != "adapters":
                self.assertIn(f"src/{folder.name}", check_layers.MODULES)


if __name__ == "__main__":
    unittest.main()
