// SPDX-License-Identifier: Apache-2.0
#include "adapters/bpf/scheduler_place.h"

#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/bpf/bpf_programs.h"
#include "base/digest.h"
#include "base/owned.h"

extern const char gthulhu_embedded_scheduler[];
extern const char gthulhu_embedded_scheduler_end[];

namespace gthulhu {

namespace {

constexpr unsigned long magic_of_bpffs = 0xcafe4a11;  // BPF_FS_MAGIC (linux/magic.h)
constexpr const char* in_the_making = "new";

std::string identity_of(const SchedulerPlace::Settings& settings) {
  std::string text(settings.cpu_hierarchy == CgroupVersion::v1 ? "v1" : "v2");
  text += '\0';
  text.append(gthulhu_embedded_scheduler, gthulhu_embedded_scheduler_end);
  return sha256(text).hex();
}

class BpffsPlace : public SchedulerPlace {
 public:
  explicit BpffsPlace(Settings settings)
      : settings_(std::move(settings)),
        directory_(settings_.bpffs + "/gthulhu/scheduler"),
        own_(directory_ + "/" + identity_of(settings_)) {}

  Result<> claim() override {
    if (lock_.valid()) return {};
    struct statfs found{};
    if (::statfs(settings_.bpffs.c_str(), &found) != 0) return unusable(errno);
    if (static_cast<unsigned long>(found.f_type) != magic_of_bpffs) {
      return Error{Errc::unsupported, settings_.bpffs + " is no BPF file system", ""};
    }
    for (const std::string& path : {settings_.bpffs + "/gthulhu", directory_}) {
      if (::mkdir(path.c_str(), S_IRWXU) != 0 && errno != EEXIST) return unusable(errno);
    }
    Fd lock(::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!lock.valid()) return unusable(errno);
    if (::access(directory_.c_str(), W_OK) != 0) return unusable(errno);
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) return unusable(errno);
      return Error{Errc::conflict, "another process has our scheduler in " + directory_, ""};
    }
    lock_ = std::move(lock);
    return {};
  }

  [[nodiscard]] Left left() const override {
    const std::vector<std::string> found = all();
    if (found.empty()) return Left::nothing;
    for (const std::string& pins : found) {
      if (pins == own_) return Left::same;
    }
    return Left::other;
  }

  Result<std::unique_ptr<SchedulerProgram>> adopt() override {
    return SchedulerProgram::open_pins(own_);
  }

  Result<> pin(SchedulerProgram& program) override {
    const std::string making = directory_ + "/" + in_the_making;
    if (::mkdir(making.c_str(), S_IRWXU) != 0) return unusable(errno);
    Result<> pinned = program.pin(making);
    if (pinned && ::rename(making.c_str(), own_.c_str()) != 0) pinned = unusable(errno);
    if (pinned) return {};
    (void)remove_pins(making);  // the first error counts
    return pinned;
  }

  Result<> remove() override {
    for (const std::string& pins : all()) TRY(detach_pins(pins));
    return {};
  }

  Result<std::unique_ptr<SchedulerProgram>> load() override {
    return SchedulerProgram::load(settings_.cpu_hierarchy);
  }

 private:
  [[nodiscard]] std::vector<std::string> all() const {
    std::vector<std::string> found;
    std::error_code error;
    std::filesystem::directory_iterator entry(directory_, error);
    for (const std::filesystem::directory_iterator last; !error && entry != last;
         entry.increment(error)) {
      found.push_back(entry->path());
    }
    return found;
  }

  [[nodiscard]] Error unusable(int number) const {
    return {Errc::unsupported, "nothing can be pinned in " + directory_, std::strerror(number)};
  }

  const Settings settings_;
  const std::string directory_;
  const std::string own_;  // the pins of what load() loads
  Fd lock_;
};

}  // namespace

std::unique_ptr<SchedulerPlace> SchedulerPlace::open(Settings settings) {
  return std::make_unique<BpffsPlace>(std::move(settings));
}

}  // namespace gthulhu
