// SPDX-License-Identifier: Apache-2.0
//
// cpu.max under our scheduler on a real kernel.
#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <map>

#include "tests/real/scheduler_ground.h"
#include "tests/waits/wake_waits.h"

namespace gthulhu {
namespace {

std::atomic<bool> may_begin = false;

// 500 threads that want a CPU all the time, once all are there.
[[noreturn]] void run_very_many_hogs() {
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setstacksize(&attributes, std::size_t{64} * 1024);
  const auto hog = [](void*) -> void* {
    may_begin.wait(false);
    for (volatile unsigned long turns = 0;; turns = turns + 1) {
    }
  };
  for (int i = 0; i < 500; ++i) {
    pthread_t thread{};
    if (::pthread_create(&thread, &attributes, hog, nullptr) != 0) ::_exit(1);
  }
  may_begin = true;
  may_begin.notify_all();
  for (;;) ::pause();
}

class CpuLimits : public SchedulerTest {
 protected:
  // A pod that may use so many hundredths of a CPU.
  std::string make_limited(const std::string& pod, int hundredths, int period_us = 100'000) {
    std::string path = make(pod);
    limit(path, hundredths, period_us);
    return path;
  }

  static void limit(const std::string& path, int hundredths, int period_us = 100'000) {
    std::ofstream(path + "/cpu.max")
        << std::int64_t{hundredths} * period_us / 100 << ' ' << period_us << std::flush;
  }

  static void end_limit(const std::string& path) {
    std::ofstream(path + "/cpu.max") << "max" << std::flush;
  }

  // What a pod uses, in CPUs, by the cgroup's own counts.
  [[nodiscard]] double use(const std::string& pod, std::chrono::seconds duration) const {
    const auto before = used(pod);
    const auto began = std::chrono::steady_clock::now();
    std::this_thread::sleep_for(duration);
    const std::chrono::duration<double> lasted = std::chrono::steady_clock::now() - began;
    return (used(pod) - before) / lasted;
  }

  // The most that it uses in a second, whichever, in CPUs, by the kernel's own switches. `inner`:
  // cgroups below it that have tasks. Who watches every switch slows an emulated CPU down so much
  // that one pod in five uses a tenth less than it may: what it uses in the mean is told by use().
  [[nodiscard]] double most_in_any_second(const std::string& pod,
                                          const std::vector<std::string>& inner) const {
    auto waits = WakeWaits::open();
    if (!waits) {
      ADD_FAILURE() << waits.error().text();
      return 0;
    }
    (*waits)->watch(id_of(hierarchy_.root + pod), 0);
    for (const std::string& below : inner) (*waits)->watch(id_of(hierarchy_.root + below), 0);
    std::this_thread::sleep_for(100ms);  // runs are seen that begin from now on
    (*waits)->record();
    std::this_thread::sleep_for(4s);
    const std::vector<Waits> seen = (*waits)->stop(1);
    return std::chrono::duration<double>(most_in_a_second(seen[0].ran_in_steps)).count();
  }

  // Within 5 % of the limit, and in no second much above it: use within a period is not even, and
  // emulated CPUs take turns of 4 ms.
  void expect_limit(const std::string& pod,
                    double cpus,
                    const std::vector<std::string>& inner = {}) const {
    EXPECT_NEAR(use(pod, 6s) / cpus, 1, 0.05) << pod << " may use " << cpus;
    const double most = most_in_any_second(pod, inner);
    EXPECT_GE(most, cpus / 2) << pod;  // it was seen
    EXPECT_LE(most, cpus + 0.06 * std::thread::hardware_concurrency()) << pod;
  }

  // The process, once all its threads are there.
  pid_t start_very_many_hogs(const std::string& pod) {
    const pid_t process = ::fork();
    if (process == 0) {
      std::ofstream(pod + "/cgroup.procs") << ::getpid() << std::flush;
      run_very_many_hogs();
    }
    children_.push_back(process);
    const auto threads = [process] {
      return std::distance(
          std::filesystem::directory_iterator("/proc/" + std::to_string(process) + "/task"), {});
    };
    EXPECT_TRUE(eventually([&] { return threads() == 501; }));
    return process;
  }
};

TEST_F(CpuLimits, AreWhatPodsUse) {
  for (const auto& [hundredths, hogs] : {std::pair{10, 1}, {20, 4}, {50, 1}, {150, 4}}) {
    const std::string pod = "/limited" + std::to_string(hundredths);
    make_limited(pod, hundredths);
    std::vector<pid_t> processes;
    for (int i = 0; i < hogs; ++i) processes.push_back(hog(pod));
    std::this_thread::sleep_for(1s);
    expect_limit(pod, hundredths / 100.0);
    for (const pid_t process : processes) end(process);
  }
}

TEST_F(CpuLimits, LeaveTheRestToOthers) {
  make_limited("/limited", 20);
  make("/other");
  for (int i = 0; i < 4; ++i) hog("/limited");
  for (int i = 0; i < 4; ++i) hog("/other");
  std::this_thread::sleep_for(1s);
  expect_limit("/limited", 0.2);
  EXPECT_GT(use("/other", 6s), std::thread::hardware_concurrency() - 0.2 - 0.1);
}

TEST_F(CpuLimits, HoldForFavouredPodsAsWell) {
  const std::string limited = make_limited("/limited", 20);
  make("/other");
  set(id_of(limited), rule(10));
  hog("/limited");
  for (int i = 0; i < 4; ++i) hog("/other");
  std::this_thread::sleep_for(1s);
  expect_limit("/limited", 0.2);
}

TEST_F(CpuLimits, OfPodsHoldForAllContainersTogether) {
  const std::string pod = make_limited("/pod", 50);
  std::ofstream(pod + "/cgroup.subtree_control") << "+cpu" << std::flush;
  make_limited("/pod/one", 20);
  make("/pod/other");
  for (int i = 0; i < 2; ++i) hog("/pod/one");
  for (int i = 0; i < 2; ++i) hog("/pod/other");
  std::this_thread::sleep_for(1s);
  expect_limit("/pod", 0.5, {"/pod/one", "/pod/other"});
  EXPECT_LE(use("/pod/one", 3s), 0.21);
}

TEST_F(CpuLimits, AreObeyedByVeryManyThreadsNoneOfWhichWaitsForEver) {
  const std::string pod = make("/limited");
  const pid_t process = start_very_many_hogs(pod);
  const auto has_run = [process] {
    std::map<std::string, std::string> found;
    for (const auto& entry :
         std::filesystem::directory_iterator("/proc/" + std::to_string(process) + "/task")) {
      const std::string text = text_of(entry.path().string() + "/schedstat");
      found[entry.path()] = text.substr(0, text.find(' '));
    }
    return found;
  };
  const auto stood_still_since = [&](const std::map<std::string, std::string>& before) {
    int count = 0;
    for (const auto& [thread, time] : has_run()) count += before.at(thread) == time ? 1 : 0;
    return count;
  };
  const auto beginning = has_run();
  for (int i = 0; i < 60 && stood_still_since(beginning) > 1; ++i) std::this_thread::sleep_for(1s);
  ASSERT_LE(stood_still_since(beginning), 1);
  limit(pod, 1);
  std::this_thread::sleep_for(20s);  // the debt of those that ran when the limit came is paid
  const auto before = has_run();
  const auto first = used("/limited");
  auto last = first;
  for (int second = 0; second < 25; ++second) {
    std::this_thread::sleep_for(1s);
    const auto now = used("/limited");
    EXPECT_LE(now - last, 30ms);  // one emulated run may last for 4 ms
    last = now;
  }
  // EEVDF is 12 % off with so short runs in emulation.
  EXPECT_NEAR(std::chrono::duration<double>(last - first) / 25s, 0.01, 0.0015);
  EXPECT_LE(stood_still_since(before), 1);  // the one that only waits for the others
}

TEST_F(CpuLimits, DoNotKeepThoseWhoAreKilled) {
  const std::string pod = make("/limited");
  const pid_t process = start_very_many_hogs(pod);
  limit(pod, 1);
  std::this_thread::sleep_for(3s);
  const auto killed = std::chrono::steady_clock::now();
  end(process);
  EXPECT_LT(std::chrono::steady_clock::now() - killed, 5s);  // 20 s if each waited for its turn
}

TEST_F(CpuLimits, EndAtOnceForThoseWhoAreHeldBack) {
  const std::string pod = make_limited("/limited", 2, 1'000'000);
  hog("/limited");
  std::this_thread::sleep_for(500ms);
  const auto before = used("/limited");
  std::this_thread::sleep_for(200ms);
  EXPECT_EQ(used("/limited"), before);
  end_limit(pod);
  EXPECT_GT(use("/limited", 1s), 0.9);
}

TEST_F(CpuLimits, ChangeUnderLoad) {
  const std::string pod = make_limited("/limited", 20);
  for (int i = 0; i < 4; ++i) hog("/limited");
  for (int i = 0; i < 50; ++i) {
    limit(pod, i % 2 == 0 ? 1 : 150, i % 3 == 0 ? 10'000 : 100'000);
    std::ofstream(pod + "/cpu.weight") << 10 + i << std::flush;
    std::this_thread::sleep_for(10ms);
  }
  limit(pod, 50);
  std::this_thread::sleep_for(2s);
  expect_limit("/limited", 0.5);
}

TEST_F(CpuLimits, LetCpusGoAndCome) {
  if (::access(other_cpu_online, W_OK) != 0) GTEST_SKIP() << "needs a CPU that can be taken away";
  make_limited("/limited", 10);
  for (int i = 0; i < 4; ++i) hog("/limited");
  for (int i = 0; i < 3; ++i) {
    std::ofstream(other_cpu_online) << 0 << std::flush;
    std::this_thread::sleep_for(300ms);
    std::ofstream(other_cpu_online) << 1 << std::flush;
    std::this_thread::sleep_for(300ms);
  }
  std::this_thread::sleep_for(1s);
  expect_limit("/limited", 0.1);
}

TEST_F(CpuLimits, GoWithTheirCgroup) {
  for (int i = 0; i < 20; ++i) {
    const std::string pod = make_limited("/limited", 1);
    const pid_t process = hog("/limited");
    std::this_thread::sleep_for(20ms);
    end(process);
    ASSERT_TRUE(eventually([&] { return ::rmdir(pod.c_str()) == 0; })) << i;
    make("/next");  // may have the number
    const pid_t next = hog("/next");
    std::this_thread::sleep_for(100ms);
    EXPECT_GT(used("/next"), 60ms) << i;
    end(next);
    ASSERT_TRUE(eventually([&] { return ::rmdir((hierarchy_.root + "/next").c_str()) == 0; }));
  }
}

}  // namespace
}  // namespace gthulhu
