// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "core/model/node.h"
#include "main/config/settings.h"
#include "net/tls.h"

namespace gthulhu {

// How a decision maker gets its certificate from the manager, and a new one before that ends
// (docs/kubernetes.md). The key is made here, stays in the data directory, and goes nowhere.
class AgentEnrolment {
 public:
  struct Parts {
    const Clock& clock;
    Random& random;
    NodeName node;
    std::string data_dir;
  };
  // Gets what the API is to be served with from now on; on a thread of its own.
  using Use = std::function<Result<>(const net::TlsSettings&)>;

  // `parts` outlive it. Errc::invalid_argument names the key of the configuration.
  static Result<std::unique_ptr<AgentEnrolment>> open(EnrolmentSettings settings, Parts parts);
  ~AgentEnrolment() { stop(); }
  AgentEnrolment(const AgentEnrolment&) = delete;
  AgentEnrolment& operator=(const AgentEnrolment&) = delete;

  // What to begin with: the certificate of before, or one that nobody trusts until there is one.
  [[nodiscard]] const net::TlsSettings& initial() const { return initial_; }

  void start(Use use);
  // `use` will not be called any more.
  void stop();

 private:
  AgentEnrolment(EnrolmentSettings settings, Parts parts, std::string key_pem)
      : settings_(std::move(settings)), parts_(std::move(parts)), key_pem_(std::move(key_pem)) {}

  Result<> begin();
  void run(const Use& use);
  // Asks for a certificate; returns how long until the next is to be asked for.
  Result<std::chrono::milliseconds> enrol(const Use& use);
  [[nodiscard]] Result<net::TlsSettings> with_ca(std::string certificate_pem,
                                                 std::string key_pem) const;

  const EnrolmentSettings settings_;
  const Parts parts_;
  const std::string key_pem_;
  net::TlsSettings initial_;

  std::mutex mutex_;  // guards stopping_
  std::condition_variable called_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace gthulhu
