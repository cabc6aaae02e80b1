// SPDX-License-Identifier: Apache-2.0
//
// A real kernel with our scheduler on which very many come and go.
#include <pthread.h>

#include <atomic>
#include <cmath>

#include "tests/real/scheduler_ground.h"

namespace gthulhu {
namespace {

// How many cgroups come and go. The long form is told by a kernel parameter, which becomes a
// variable of the first process and so of this one.
int cgroup_count() {
  const char* const wanted = std::getenv("CGROUPS");
  return wanted == nullptr ? 1'000 : std::stoi(wanted);
}

// A process of its own, in the cgroup at `path`, that does `work` and is waited for.
int status_of(const std::string& path, const std::function<int()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    std::ofstream(path + "/cgroup.procs") << ::getpid() << std::flush;
    ::_exit(work());
  }
  int status = -1;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return status;
}

// Has no room for a stack of the usual size.
class SmallThread {
 public:
  explicit SmallThread(void* (*work)(void*)) {
    pthread_attr_t attributes;
    ::pthread_attr_init(&attributes);
    ::pthread_attr_setstacksize(&attributes, std::size_t{64} * 1024);
    is_there_ = ::pthread_create(&thread_, &attributes, work, nullptr) == 0;
    ::pthread_attr_destroy(&attributes);
  }
  [[nodiscard]] bool is_there() const { return is_there_; }
  void join() const { ::pthread_join(thread_, nullptr); }

 private:
  pthread_t thread_{};
  bool is_there_ = false;
};

std::atomic<int> all_are_there = 0;

TEST_F(SchedulerTest, CgroupsThatComeAndGoLeaveNothingBehind) {
  const auto entries = scheduler_->entries();
  const int count = cgroup_count();
  for (int i = 0; i < count; ++i) {
    const std::string name = "/short" + std::to_string(i);
    const std::string path = make(name);
    set(id_of(path), rule(1));
    if (i % 50 == 0) {
      const pid_t process = hog(name);
      std::this_thread::sleep_for(5ms);
      end(process);
    }
    ASSERT_TRUE(eventually([&] { return ::rmdir(path.c_str()) == 0; }));
  }
  EXPECT_TRUE(eventually([&] { return scheduler_->entries() <= entries; }))
      << scheduler_->entries() << " instead of " << entries;
  // Nor anybody who counts although he is gone: all is due to the only one who wants something.
  const std::string last = make("/last");
  const pid_t first = hog("/last");
  const auto cpus_of = [](pid_t process) {
    const auto found = scheduler_->read(process);
    return found && *found ? (*found)->share : 0;
  };
  const double cpus = std::thread::hardware_concurrency();
  EXPECT_TRUE(eventually([&] { return std::abs(cpus_of(first) / cpus - 1) < 0.01; }));
  // New ones are told apart as the first were.
  std::ofstream(last + "/cpu.weight") << 300 << std::flush;
  make("/beside");
  const pid_t second = hog("/beside");
  EXPECT_TRUE(eventually([&] { return std::abs(cpus_of(first) / cpus_of(second) / 3 - 1) < 0.01; }))
      << cpus_of(first) << " and " << cpus_of(second);
}

TEST_F(SchedulerTest, ForkStormsAreSurvived) {
  EXPECT_EQ(status_of(make("/storm"),
                      [] {
                        for (int i = 0; i < 2'000; ++i) {
                          if (::fork() == 0) {
                            for (volatile int turns = 0; turns < 20'000; turns = turns + 1) {
                            }
                            ::_exit(0);
                          }
                        }
                        while (::wait(nullptr) > 0) {
                        }
                        return 0;
                      }),
            0);
}

// A thousand threads of this process, all there at once.
int thread_storm() {
  std::vector<SmallThread> threads;
  for (int i = 0; i < 1'000; ++i) {
    threads.emplace_back([](void*) -> void* {
      all_are_there.wait(0);
      for (volatile int turns = 0; turns < 5'000; turns = turns + 1) {
      }
      return nullptr;
    });
    if (!threads.back().is_there()) return 1;
  }
  all_are_there = 1;
  all_are_there.notify_all();
  for (const SmallThread& thread : threads) thread.join();
  return 0;
}

TEST_F(SchedulerTest, TenThousandThreadsDoNotKeepOtherPodsFromTheirCpu) {
  std::ofstream("/proc/sys/kernel/threads-max") << 20'000 << std::flush;
  make("/other");
  hog("/other");
  const auto began = std::chrono::steady_clock::now();
  const auto before = used("/other");
  const auto storm = [] {
    for (int i = 0; i < 10; ++i) {
      if (::fork() == 0) ::_exit(thread_storm());
    }
    int failures = 0;
    for (int status = 0; ::wait(&status) > 0;) failures += status == 0 ? 0 : 1;
    return failures;
  };
  EXPECT_EQ(status_of(make("/storm"), storm), 0);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  const std::chrono::duration<double> got = used("/other") - before;
  std::cout << "10,000 threads in " << took.count() << " s, beside a process that ran for "
            << got.count() << " s\n";
  // All of one CPU is due to it, and EEVDF lets it have 94 %.
  EXPECT_GT(got / took, 0.85);
}

}  // namespace
}  // namespace gthulhu
