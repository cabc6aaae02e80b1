# SPDX-License-Identifier: Apache-2.0
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from tree import TreeTest  # noqa: E402

LICENCE = "// SPDX-License-Identifier: Apache-2.0\n"
HEADER = LICENCE + "#pragma once\n"


class Tidy(TreeTest):
    def check(self, files):
        self.write({"src/base/anchor.h": HEADER})
        self.write(files)
        return self.run_tool("tidy.py", self.root)

    def assert_clean(self, code, path="src/net/a.cpp"):
        with self.subTest(code=code):
            self.assertEqual(self.check({path: LICENCE + code}), (0, ""))

    def assert_refused(self, code, reason, path="src/net/a.cpp"):
        with self.subTest(code=code):
            status, output = self.check({path: LICENCE + code})
            (self.root / path).unlink()
            self.assertEqual(status, 1, "accepted")
            self.assertIn(path, output)
            self.assertIn(reason, output)

    def test_refuses_words_that_say_nothing(self):
        for name in ["string_util", "StringUtil", "Helper", "helpers", "common_types", "misc_", "data2", "StoreImpl",
                     "HTTPUtils"]:
            self.assert_refused(f"int {name} = 0;\n", f"in '{name}' says nothing")

    def test_refuses_such_file_names(self):
        for path in ["src/base/util.h", "src/net/string_helpers.cpp", "tests/common/a.cpp", "src/base/StoreImpl.h"]:
            with self.subTest(path=path):
                status, output = self.check({path: HEADER})
                (self.root / path).unlink()
                self.assertEqual(status, 1)
                self.assertIn("in a file name says nothing", output)

    def test_leaves_names_of_others_and_words_that_only_contain_them(self):
        self.assert_clean("int utility = std::common_type_t<int>{} + utilization + NID_commonName + implicit;\n")
        self.assert_clean('// a helper, in a comment\nconst char* a = "util";\n#include <boost/asio/impl/src.hpp>\n')
        self.assert_clean("std::size_t on_body_impl(string_view, error_code&) override;\n")

    def test_accepts_co_await_in_its_three_places(self):
        self.assert_clean("""
            awaitable<void> f() {
              co_await wait();
              auto r = co_await send(std::move(request));
              auto [failed, bytes] = co_await read(stream, buffer, as_tuple);
              (void)co_await wait();
              if (!r) co_return;
              for (;;) { co_await next(items(0)); }
              co_return co_await last();
            }
            """)

    def test_refuses_co_await_beside_braces_captures_and_conditions(self):
        for statement, reason in [
            ("auto r = co_await send({.host = host});", "'{'"),
            ("auto r = co_await send(Request{1});", "'{'"),
            ("auto r = co_await on_worker(pool, [s] { return s; });", "'[...]'"),
            ("auto r = co_await send(ids[0]);", "'[...]'"),
            ("auto r = co_await (a ? f() : g());", "'?'"),
            ("if (co_await ready()) {}", "after '('"),
            ("use(1, co_await ready());", "after ','"),
            ("co_await send(\n  a,\n  {1, 2});", "'{'"),
        ]:
            self.assert_refused("awaitable<void> f() { " + statement + " }\n", reason)

    def test_refuses_detached_tasks(self):
        self.assert_refused("void f() { co_spawn(io, g(), asio::detached); }\n", "no task runs detached")

    def test_refuses_a_range_for_over_what_a_temporary_owns(self):
        for loop in ["for (auto& n : plane.snapshot()->nodes) { use(n); }", "for (const auto& [id, s] : *plane.snapshot()->all) { }"]:
            self.assert_refused("void f() { " + loop + " }\n", "a range-for does not keep alive")

    def test_accepts_a_range_for_over_names_and_references(self):
        self.assert_clean("void f() { for (auto& n : view->nodes) { } for (auto& r : selector().parts()) { } for (;;) { g()->h(); } }\n")

    def test_refuses_capturing_lambdas_that_are_coroutines(self):
        for code in ["auto a = [s]() -> awaitable<void> { co_return; };",
                     "auto a = [this](int n) mutable -> awaitable<int> { for (;;) { co_await f(n); } };",
                     "auto a = [&] { auto b = [x]() -> T { co_return x; }; };"]:
            self.assert_refused(code + "\n", "a lambda that is a coroutine has no captures")

    def test_accepts_lambdas_without_captures_or_without_coroutines(self):
        self.assert_clean("auto a = [](Server* s) -> awaitable<void> { co_return; };\n")
        self.assert_clean("auto a = [&x] { return x[0]; };\nawaitable<void> f() { auto b = [x] { }; co_return; }\n")
        self.assert_clean("auto a = [&x] { auto b = [](int n) -> awaitable<int> { co_return n; }; };\n")

    def test_refuses_a_default_over_enumerations_of_ours(self):
        enum = "enum class Errc : std::uint8_t { a, b };\n"
        switch = "int f(Errc e) { switch (e) { case Errc::a: { return 1; } default: return 2; } }\n"
        self.assert_refused(enum + switch, "no default over Errc")
        self.assert_clean(enum + switch.replace("default: return 2;", "case Errc::b: return 2;"))
        self.assert_clean("int f(int n) { switch (n) { case 1: return 1; default: return 2; } }\n")
        self.assert_clean("int f(T t) { switch (t) { case boost::json::kind::null: return 1; default: return 2; } }\n")

    def test_refuses_a_default_over_an_enumeration_of_another_file(self):
        self.write({"src/base/errc.h": HEADER + "enum class Errc { a };\n"})
        self.assert_refused("int f(Errc e) { switch (e) { case Errc::a: return 1; default: return 2; } }\n", "Errc")

    def test_refuses_a_header_that_can_be_included_twice(self):
        self.assert_refused("int a;\n", "#pragma once", "src/base/a.h")
        self.assert_clean("#pragma once\n", "src/base/b.h")

    def test_refuses_files_without_licence(self):
        for path in ["src/a.cpp", "tools/a.py", "tools/a.sh", "cmake/a.cmake", "src/CMakeLists.txt", "Makefile"]:
            with self.subTest(path=path):
                status, output = self.check({path: "anything\n"})
                (self.root / path).unlink()
                self.assertEqual(status, 1)
                self.assertIn("SPDX-License-Identifier: Apache-2.0", output)
        self.assertEqual(self.check({"tools/a.sh": "#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0\n"}), (0, ""))

    def test_wants_the_licence_of_the_kernel_for_bpf(self):
        self.assertEqual(self.check({"bpf/a.h": "/* SPDX-License-Identifier: Apache-2.0 */\n"})[0], 1)
        self.assertEqual(self.check({"bpf/a.h": "/* SPDX-License-Identifier: GPL-2.0-only */\n"}), (0, ""))

    def test_refuses_unfinished_work_without_an_issue(self):
        word = "TO" + "DO"
        self.assert_refused(f"// {word}: later\n", "needs the number of its issue")
        self.assert_refused(f"// {word}(me): later\n", "needs the number of its issue")
        self.assert_clean(f"// {word}(#12): later\n")

    def test_refuses_what_exists_on_one_machine_only(self):
        for text in ["/wo" + "rk/main/src", "../sha" + "red/design.md", "https://mirror.example" + ".internal/x",
                     "apt.example" + ".corp"]:
            self.assert_refused(f"// see {text}\n", "exists on one machine or network only")
        self.assert_clean("// network/src, homework/a, host.docker.internal, error.internal\n")

    def test_refuses_skipped_tests_without_a_reason(self):
        self.assert_refused("TEST(A, b) { GTEST_SKIP(); }\n", "says why")
        self.assert_refused("TEST(A, DISABLED_b) {}\n", "disabled")
        self.assert_clean('TEST(A, b) { GTEST_SKIP() << "no cgroup v2 here"; }\n')

    def test_names_long_files_and_refuses_longer_ones(self):
        status, output = self.check({"src/net/a.cpp": LICENCE + "int a;\n" * 450})
        self.assertEqual(status, 0)
        self.assertIn("note: file of 451 lines (over 400): src/net/a.cpp", output)
        self.assert_refused("int a;\n" * 600, "more than 600")

    def test_names_long_functions(self):
        body = "  g();\n" * 80
        code = "namespace n {\nA::A(int a) : a_(a), b_{1} {\n" + body + "}\nint short_one() { return 1; }\n}\n"
        status, output = self.check({"src/net/a.cpp": LICENCE + code})
        self.assertEqual(status, 0)
        self.assertEqual(output, "note: function of 82 lines (over 70): src/net/a.cpp:3 A\n")

    def test_is_not_led_astray_by_strings_and_comments(self):
        self.assert_clean('const char* a = R"x(co_await {detached} // )x"; /* util */ char b = \'"\'; // "\n')

    def test_refuses_an_empty_tree_instead_of_calling_it_clean(self):
        self.assertEqual(self.run_tool("tidy.py", self.root)[0], 1)


if __name__ == "__main__":
    unittest.main()
