// SPDX-License-Identifier: Apache-2.0
#include "adapters/system/tls_files.h"

#include <sys/stat.h>

#include "adapters/system/files.h"
#include "net/thread_start.h"

namespace gthulhu {

namespace {

constexpr std::size_t file_most = 1024 * 1024;

// Another text whenever the file could have another content. Links are followed: Kubernetes renews
// mounted secrets by changing a link.
std::string stamp_of(const std::string& path) {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) return "none";
  std::string stamp;
  for (const auto number :
       {static_cast<long>(found.st_dev), static_cast<long>(found.st_ino),
        static_cast<long>(found.st_size), static_cast<long>(found.st_mtim.tv_sec),
        static_cast<long>(found.st_mtim.tv_nsec)}) {
    stamp += std::to_string(number) + " ";
  }
  return stamp;
}

std::string stamp_of(const TlsFiles& files) {
  return stamp_of(files.certificate) + "/ " + stamp_of(files.key);
}

}  // namespace

Result<net::TlsSettings> read_tls_files(const TlsFiles& files) {
  net::TlsSettings settings;
  settings.certificate_pem = TRY(read_file(files.certificate, file_most));
  settings.private_key_pem = TRY(read_file(files.key, file_most));
  return settings;
}

TlsFileWatch::TlsFileWatch(TlsFiles files, std::chrono::milliseconds every, Changed changed)
    : files_(std::move(files)),
      every_(every),
      changed_(std::move(changed)),
      seen_(stamp_of(files_)) {}

Result<std::unique_ptr<TlsFileWatch>> TlsFileWatch::start(TlsFiles files,
                                                          std::chrono::milliseconds every,
                                                          Changed changed) {
  std::unique_ptr<TlsFileWatch> made(new TlsFileWatch(std::move(files), every, std::move(changed)));
  made->thread_ = TRY(net::start_quiet_thread("tls-files", [raw = made.get()] { raw->watch(); }));
  return made;
}

TlsFileWatch::~TlsFileWatch() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stop_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void TlsFileWatch::watch() {
  std::unique_lock lock(mutex_);
  while (!stop_.wait_for(lock, every_, [this] { return stopping_; })) {
    std::string now = stamp_of(files_);
    if (now == seen_) continue;
    seen_ = std::move(now);
    lock.unlock();
    changed_(read_tls_files(files_));
    lock.lock();
  }
}

}  // namespace gthulhu
