// SPDX-License-Identifier: Apache-2.0
#include "adapters/cgroupfs/contained_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pty.h>

#include <array>
#include <optional>

#include "adapters/cgroupfs/run_scope.h"
#include "adapters/cgroupfs/test_ground.h"

namespace gthulhu {
namespace {

using namespace std::chrono_literals;

const GivenLabels labels{{{"app", "web"}}, ""};

class ContainedCommandTest : public RealCgroupTest {
 protected:
  // Runs `script` as `gthulhu run` does, in a process of its own, which is returned. Its output
  // goes to `output_`.
  pid_t start(const std::string& script) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    output_ = Fd(ends[0]);
    const pid_t runner = ::fork();
    if (runner == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::dup2(ends[1], 1);
      ::_exit(run({"sh", "-c", script}));
    }
    ::close(ends[1]);
    children_.push_back(runner);
    return runner;
  }

  int run(const std::vector<std::string>& command) const {
    // As with real ids, no two runs have the same one.
    const std::string id = "run-" + std::to_string(::getpid());
    auto cgroup = LabelledCgroup::create(hierarchy_, id, labels);
    if (!cgroup) return 200;
    const Result<int> exit_code = run_and_remove(std::move(*cgroup), command);
    return exit_code ? *exit_code : 201;
  }

  int exit_code_of(pid_t runner) {
    int status = 0;
    EXPECT_EQ(::waitpid(runner, &status, 0), runner);
    std::erase(children_, runner);
    EXPECT_TRUE(WIFEXITED(status)) << status;
    return WEXITSTATUS(status);
  }

  std::string line() const { return line_of(output_.get()); }

  static std::string line_of(int source) {
    std::string text;
    char c = 0;
    while (::read(source, &c, 1) == 1 && c != '\n') text += c;
    return text;
  }

  [[nodiscard]] std::string directory_of(pid_t runner) const {
    return hierarchy_.root + "/gthulhu/run-" + std::to_string(runner);
  }

  Fd output_;
};

TEST_F(ContainedCommandTest, passes_on_exit_codes) {
  EXPECT_EQ(exit_code_of(start("exit 0")), 0);
  EXPECT_EQ(exit_code_of(start("exit 7")), 7);
  EXPECT_EQ(exit_code_of(start("kill -TERM $$; sleep 10")), 128 + SIGTERM);
  EXPECT_EQ(exit_code_of(start("kill -KILL $$")), 128 + SIGKILL);
  EXPECT_FALSE(exists(hierarchy_.root + "/gthulhu"));
}

TEST_F(ContainedCommandTest, says_what_is_wrong_with_the_command) {
  const TempTree files({{"no-program", "x"}});
  auto cgroup = LabelledCgroup::create(hierarchy_, "run-1", labels);
  ASSERT_TRUE(cgroup.has_value());
  const auto start = [&](const std::string& command) {
    return ContainedCommand::start(cgroup->directory(), {command}).error();
  };
  EXPECT_EQ(start("no-such-command-anywhere").code, Errc::not_found);
  EXPECT_EQ(start("/no/such/command").code, Errc::not_found);
  EXPECT_EQ(start(files.root() + "/no-program").code, Errc::forbidden);
  EXPECT_EQ(start(files.root()).code, Errc::forbidden);
  EXPECT_THAT(start("no-such-command-anywhere").message,
              ::testing::HasSubstr("no-such-command-anywhere"));
  EXPECT_EQ(ContainedCommand::start(hierarchy_.root + "/nowhere", {"true"}).error().code,
            Errc::unavailable);
  cgroup->settle();
  EXPECT_TRUE(*cgroup->remove());
}

TEST_F(ContainedCommandTest, is_in_the_cgroup_with_all_it_starts_from_its_first_instruction) {
  const pid_t runner = start("cat /proc/self/cgroup; sleep 0");
  std::string text;
  for (std::string part = line(); !part.empty(); part = line()) text += part + "\n";
  const auto path = cgroup_in(hierarchy_.version, text);
  ASSERT_TRUE(path.has_value()) << text;
  EXPECT_TRUE(path->ends_with("/gthulhu/run-" + std::to_string(runner))) << *path;
  EXPECT_EQ(exit_code_of(runner), 0);
}

TEST_F(ContainedCommandTest, gets_the_signals_that_are_sent_to_the_runner) {
  const struct {
    const char* name;
    int number;
  } signals[] = {{"TERM", SIGTERM}, {"INT", SIGINT},   {"HUP", SIGHUP},   {"QUIT", SIGQUIT},
                 {"USR1", SIGUSR1}, {"USR2", SIGUSR2}, {"CONT", SIGCONT}, {"WINCH", SIGWINCH}};
  for (const auto& signal : signals) {
    const std::string name = signal.name;
    const pid_t runner =
        start("trap 'echo got " + name + "; exit 9' " + name +
              "; echo ready; i=0; while [ $i -lt 1000 ]; do sleep 0.02; i=$((i+1)); done");
    EXPECT_EQ(line(), "ready") << name;
    ::kill(runner, signal.number);
    EXPECT_EQ(line(), "got " + name);
    EXPECT_EQ(exit_code_of(runner), 9) << name;
  }
}

TEST_F(ContainedCommandTest, has_the_signal_mask_that_the_runner_was_started_with) {
  const pid_t runner = start("grep -E 'Sig(Blk|Ign)' /proc/self/status");
  EXPECT_EQ(line(), "SigBlk:\t0000000000000000");
  EXPECT_EQ(exit_code_of(runner), 0);
}

TEST_F(ContainedCommandTest, is_interrupted_once_by_the_terminal) {
  int terminal = -1;
  const pid_t runner = ::forkpty(&terminal, nullptr, nullptr, nullptr);
  if (runner == 0) {
    ::_exit(run({"sh", "-c",
                 "stty -echo; trap 'echo got INT' INT; trap 'echo got USR1' USR1; echo ready; i=0; "
                 "while [ $i -lt 1000 ]; do sleep 0.02; i=$((i+1)); done"}));
  }
  children_.push_back(runner);
  EXPECT_EQ(line_of(terminal), "ready\r");
  ASSERT_EQ(::write(terminal, "\x03", 1), 1);
  EXPECT_EQ(line_of(terminal), "got INT\r");
  // An INT from the runner would come before it: of waiting signals the lowest is passed on first.
  ::kill(runner, SIGUSR1);
  EXPECT_EQ(line_of(terminal), "got USR1\r");
  ::kill(runner, SIGTERM);
  ::close(terminal);
  EXPECT_EQ(exit_code_of(runner), 128 + SIGTERM);
}

TEST_F(ContainedCommandTest, that_leaves_children_behind_keeps_its_cgroup_until_they_end) {
  const TempTree files;
  const std::string go_on = files.root() + "/go-on";
  const auto begin = std::chrono::steady_clock::now();
  const pid_t runner =
      start("(i=0; while [ ! -e " + go_on +
            " ] && [ $i -lt 1000 ]; do sleep 0.02; i=$((i+1)); done) >/dev/null & exit 3");
  EXPECT_EQ(exit_code_of(runner), 3);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
  // The end of the output: neither runner nor keeper holds it open.
  EXPECT_EQ(line(), "");
  EXPECT_TRUE(exists(directory_of(runner)));
  EXPECT_TRUE(sweep_leftovers(hierarchy_).has_value());
  EXPECT_TRUE(exists(directory_of(runner)));
  files.write("go-on", "");
  EXPECT_TRUE(eventually([this] { return !exists(hierarchy_.root + "/gthulhu"); }));
}

TEST_F(ContainedCommandTest, goes_on_when_its_runner_is_killed_and_its_cgroup_is_swept_later) {
  const TempTree files;
  const std::string go_on = files.root() + "/go-on";
  const pid_t runner = start("echo ready; i=0; while [ ! -e " + go_on +
                             " ] && [ $i -lt 1000 ]; do sleep 0.02; i=$((i+1)); done");
  EXPECT_EQ(line(), "ready");
  end(runner);
  EXPECT_TRUE(sweep_leftovers(hierarchy_).has_value());
  EXPECT_TRUE(exists(directory_of(runner)));
  files.write("go-on", "");
  EXPECT_TRUE(eventually([this] {
    EXPECT_TRUE(sweep_leftovers(hierarchy_).has_value());
    return !exists(hierarchy_.root + "/gthulhu");
  }));
}

TEST(RunScope, asks_systemd_for_a_delegated_scope) {
  EXPECT_THAT(scope_command("gthulhu-a-1.scope", {"/bin/gthulhu", "run", "--", "a", "-x"}),
              ::testing::ElementsAre("systemd-run", "--scope", "--quiet", "--collect", "-p",
                                     "Delegate=yes", "--unit", "gthulhu-a-1.scope", "--",
                                     "/bin/gthulhu", "run", "--", "a", "-x"));
}

TEST(RunScope, labels_its_own_cgroup_and_no_other) {
  if (::geteuid() != 0) GTEST_SKIP() << "trusted.* attributes are for root";
  const TempTree host({{"proc/self/cgroup", "0::/system.slice/gthulhu-a-1.scope\n"},
                       {"cgroup/system.slice/gthulhu-a-1.scope/", ""}});
  const CpuHierarchy hierarchy{CgroupVersion::v2, host.root() + "/cgroup", true};
  EXPECT_EQ(label_own_scope(hierarchy, "gthulhu-b-2.scope", labels, host.root()).error().code,
            Errc::conflict);
  EXPECT_EQ(label_own_scope(hierarchy, "1.scope", labels, host.root()).error().code,
            Errc::conflict);
  ASSERT_TRUE(label_own_scope(hierarchy, "gthulhu-a-1.scope", labels, host.root()).has_value());
  EXPECT_EQ(read_given_labels(host.root() + "/cgroup/system.slice/gthulhu-a-1.scope"), labels);
}

}  // namespace
}  // namespace gthulhu
