// SPDX-License-Identifier: Apache-2.0
#include "adapters/kube/child_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>

#include "adapters/kube/test_ground.h"
#include "base/owned.h"
#include "base/text.h"

namespace gthulhu {
namespace {

using namespace std::chrono_literals;

struct ChildProcess : testing::Test {
  ChildCommand script(const std::string& lines) const {
    return {.program = ground.write_script("script", lines),
            .arguments = {},
            .environment = KubeGround::environment()};
  }

  KubeGround ground;
};

TEST_F(ChildProcess, output_complaints_and_exit_code_come_back) {
  const ChildOutcome outcome = value_of(run_child(script("echo said; echo moaned >&2; exit 3\n")));
  EXPECT_EQ(outcome.output, "said\n");
  EXPECT_EQ(outcome.complaints, "moaned\n");
  EXPECT_EQ(outcome.exit_code, 3);
}

TEST_F(ChildProcess, arguments_and_environment_reach_it_as_they_are) {
  ChildCommand command = script("printf '%s|' \"$0\" \"$@\" \"$COLOUR\" \"$HOME\"\n");
  command.arguments = {"a b", "", "$(id)", "*"};
  command.environment["COLOUR"] = "dark  red";
  EXPECT_EQ(value_of(run_child(command)).output, command.program + "|a b||$(id)|*|dark  red||");
}

TEST_F(ChildProcess, there_is_nothing_to_read_and_no_terminal) {
  // The sixth field is the session; a terminal belongs to one.
  const auto outcome = value_of(run_child(script("cat; echo $$; cut -d ' ' -f 6 /proc/$$/stat\n")));
  const auto lines = split(outcome.output, '\n');
  ASSERT_EQ(lines.size(), 3U) << outcome.output;
  EXPECT_EQ(lines[0], lines[1]);
}

TEST_F(ChildProcess, descriptors_of_ours_are_not_there) {
  const Fd left_open(::open("/dev/null", O_RDONLY));  // as a library would that does not care
  ASSERT_TRUE(left_open.valid());
  const auto outcome = value_of(run_child(script("ls /proc/$$/fd\n")));
  // The shell has the script itself open, as 10 or as 255.
  EXPECT_TRUE(outcome.output == "0\n1\n10\n2\n" || outcome.output == "0\n1\n2\n255\n")
      << outcome.output;
}

TEST_F(ChildProcess, signals_that_we_block_or_ignore_are_as_usual_there) {
  const auto before = ::signal(SIGPIPE, SIG_IGN);
  sigset_t blocked;
  sigset_t mask;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &blocked, &mask);
  const ChildOutcome ignored = value_of(run_child(script("kill -PIPE $$\n")));
  const ChildOutcome held_back = value_of(run_child(script("kill -TERM $$\n")));
  ::pthread_sigmask(SIG_SETMASK, &mask, nullptr);
  ::signal(SIGPIPE, before);
  EXPECT_EQ(ignored.exit_code, 128 + SIGPIPE);
  EXPECT_EQ(held_back.exit_code, 128 + SIGTERM);
}

TEST_F(ChildProcess, one_that_a_signal_ends_has_the_exit_code_of_a_shell) {
  EXPECT_EQ(value_of(run_child(script("kill -TERM $$\n"))).exit_code, 128 + SIGTERM);
}

TEST_F(ChildProcess, as_much_output_as_allowed_is_taken_and_one_byte_more_is_an_error) {
  ChildCommand command = script("head -c 300000 /dev/zero\n");
  command.output_most = 300'000;
  EXPECT_EQ(value_of(run_child(command)).output.size(), 300'000U);
  command.output_most = 299'999;
  const Error error = error_of(run_child(command));
  EXPECT_EQ(error.code, Errc::too_large);
  EXPECT_EQ(error.message, command.program + " printed more than 299999 bytes");
}

TEST_F(ChildProcess, one_that_prints_without_end_is_stopped) {
  EXPECT_EQ(error_of(run_child(script("cat /dev/zero\n"))).code, Errc::too_large);
}

TEST_F(ChildProcess, the_end_of_long_complaints_is_kept) {
  ChildCommand command = script("head -c 200000 /dev/zero | tr '\\0' x >&2; echo last >&2\n");
  command.complaints_most = 10;
  EXPECT_EQ(value_of(run_child(command)).complaints, "xxxxxlast\n");
}

TEST_F(ChildProcess, one_that_does_not_end_in_time_is_killed_with_all_that_it_started) {
  // Whoever is left of them keeps the pipe open.
  ASSERT_EQ(::mkfifo(ground.file("alive").c_str(), 0600), 0);
  const Fd alive(::open(ground.file("alive").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  ASSERT_TRUE(alive.valid());
  ChildCommand command =
      script("exec 3> " + ground.file("alive") + "; echo late >&2; sleep 60 & sleep 60\n");
  command.timeout = 500ms;
  const Error error = error_of(run_child(command));
  EXPECT_EQ(error.code, Errc::timeout);
  EXPECT_EQ(error.message, command.program + " did not end within 500 ms");
  EXPECT_EQ(error.detail, "late\n");
  pollfd closed{alive.get(), 0, 0};
  EXPECT_EQ(::poll(&closed, 1, 10'000), 1);
  EXPECT_NE(closed.revents & POLLHUP, 0);
}

TEST_F(ChildProcess, one_that_closed_its_output_is_still_waited_for) {
  ChildCommand command = script("exec >&- 2>&-; sleep 0.2; exit 7\n");
  EXPECT_EQ(value_of(run_child(command)).exit_code, 7);
  command.timeout = 10ms;
  EXPECT_EQ(error_of(run_child(command)).code, Errc::timeout);
}

// Such as an agent that stays for the next time.
TEST_F(ChildProcess, what_it_leaves_running_is_not_waited_for) {
  ChildCommand command = script("sleep 5 & echo $!\n");
  command.timeout = 4s;
  const ChildOutcome outcome = value_of(run_child(command));
  EXPECT_EQ(outcome.exit_code, 0);
  ::kill(std::stoi(outcome.output), SIGKILL);
}

TEST_F(ChildProcess, a_program_that_is_missing_or_cannot_be_executed_is_not_found) {
  for (const std::string& path : {ground.file("none"), ground.write("plain", "text"),
                                  ground.file("plain") + "/below", ground.path()}) {
    const Error error = error_of(run_child({.program = path, .arguments = {}}));
    EXPECT_EQ(error.code, Errc::not_found) << path;
    EXPECT_TRUE(error.message.starts_with(path + " cannot be started: ")) << error.message;
  }
}

TEST(FindProgram, the_first_folder_of_the_path_that_has_it_counts) {
  const KubeGround ground;
  ground.write_script("one/tool", "");
  ground.write_script("two/tool", "");
  ground.write_script("two/other", "");
  const std::string path =
      ground.file("none") + ":" + ground.file("one") + ":" + ground.file("two");
  EXPECT_EQ(find_program("tool", path), ground.file("one/tool"));
  EXPECT_EQ(find_program("other", path), ground.file("two/other"));
  EXPECT_EQ(find_program("another", path), "");
  EXPECT_EQ(find_program("tool", ""), "");
}

TEST(FindProgram, folders_and_files_that_cannot_be_executed_are_passed_over) {
  const KubeGround ground;
  ground.write_script("one/tool/inside", "");
  ground.write("two/tool", "");
  ground.write_script("three/tool", "");
  EXPECT_EQ(find_program(
                "tool", ground.file("one") + ":" + ground.file("two") + ":" + ground.file("three")),
            ground.file("three/tool"));
}

TEST(FindProgram, relative_folders_are_left_out) {
  const KubeGround ground;
  ground.write_script("tool", "");
  const std::string relative = std::filesystem::relative(ground.path());
  EXPECT_EQ(find_program("tool", relative + "::."), "");
}

}  // namespace
}  // namespace gthulhu
