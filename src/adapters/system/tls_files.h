// SPDX-License-Identifier: Apache-2.0
//
// A server's certificate and key as files that somebody renews now and then.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/result.h"
#include "net/tls.h"

namespace gthulhu {

struct TlsFiles {
  std::string certificate;  // path of the PEM file: the leaf first
  std::string key;          // path of the PEM file

  [[nodiscard]] bool given() const { return !certificate.empty(); }
  bool operator==(const TlsFiles&) const = default;
};

// The error names the file that cannot be read.
Result<net::TlsSettings> read_tls_files(const TlsFiles& files);

// Looks every so often whether one of them is another file than before, or has changed.
//
// Threads: all functions from anywhere.
class TlsFileWatch {
 public:
  // Gets the new contents, or why they cannot be read; on the watch's own thread. Whether the parts
  // fit together is not known yet: between two writes they may not, and the second is a change too.
  using Changed = std::function<void(Result<net::TlsSettings>)>;

  // Errc::unavailable when the system gives no thread.
  static Result<std::unique_ptr<TlsFileWatch>> start(TlsFiles files,
                                                     std::chrono::milliseconds every,
                                                     Changed changed);
  // No call of `changed` is under way or comes later.
  ~TlsFileWatch();
  TlsFileWatch(const TlsFileWatch&) = delete;
  TlsFileWatch& operator=(const TlsFileWatch&) = delete;

 private:
  TlsFileWatch(TlsFiles files, std::chrono::milliseconds every, Changed changed);
  void watch();

  const TlsFiles files_;
  const std::chrono::milliseconds every_;
  const Changed changed_;
  std::string seen_;  // before the thread starts, then its own
  std::mutex mutex_;  // guards stopping_
  std::condition_variable stop_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace gthulhu
