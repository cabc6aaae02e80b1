// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "adapters/nodes/byte_budget.h"
#include "adapters/nodes/node_messages.h"
#include "app/ports/agent_directory.h"
#include "app/ports/node_link.h"
#include "base/clock.h"
#include "base/random.h"
#include "net/channel.h"
#include "net/wakeup.h"

namespace gthulhu {

// How the manager shows decision makers who it is, and how it knows them.
struct LinkCredentials {
  // Mutual TLS; null: without TLS.
  std::shared_ptr<const net::ClientIdentity> identity = {};
  // The name in their certificates; empty: the URI node:NAME, of each its own.
  std::string server_name = {};
  // What is exchanged for a token, as the Go system does; empty: nothing is.
  std::string public_key_pem = {};
  std::string client_id = {};
};

// The defaults are what the product runs with; tests pass smaller ones.
struct LinkPace {
  std::chrono::milliseconds request{5'000};        // one question or delivery
  std::chrono::milliseconds beat{30'000};          // from one look at what a node holds to the next
  std::chrono::milliseconds reports{20'000};       // how long a node may have nothing to report
  std::chrono::milliseconds apart{100};            // from one report of a node to the next question
  std::size_t message_bytes = 32UL * 1024 * 1024;  // on their way to all nodes together
};

// What all drivers share.
struct LinkParts {
  const Clock& clock;
  Random& random;
  LinkSink& sink;
  const LinkCredentials& credentials;
  const LinkPace& pace;
  net::Executor executor;
  ByteBudget& budget;
};

// Brings one node to what is wanted of it, and hears its reports: a coroutine each.
//
// Threads: its loop's only.
class NodeDriver {
 public:
  NodeDriver(const LinkParts& parts, NodeName node);
  NodeDriver(const NodeDriver&) = delete;
  NodeDriver& operator=(const NodeDriver&) = delete;

  // Where its decision maker is now; nothing: there is none.
  void set_address(const std::optional<AgentAddress>& address);
  void want(NodeLink::Intents intents);
  // Nobody is known there, and it should run nothing.
  [[nodiscard]] bool is_needless() const;
  // The coroutines end by themselves, without a word to the sink.
  void retire();

  // The coroutines; they run until they are cancelled or it is retired, and it must outlive them.
  net::Awaitable<> deliver();
  net::Awaitable<> follow_reports();

  // What runs there now. Each call has a connection of its own.
  net::Awaitable<Result<RunningPods>> ask_what_runs();

 private:
  enum class Kind : std::uint8_t { unknown, ours, go };

  net::Awaitable<Result<>> step();
  net::Awaitable<Result<>> look();
  net::Awaitable<Result<>> look_at_go();
  net::Awaitable<Result<>> bring_up();
  net::Awaitable<Result<>> bring_up_go();
  net::Awaitable<Result<net::Response>> exchange(net::ClientRequest request);
  net::Awaitable<Result<net::Response>> send_with_token(net::Channel* channel,
                                                        net::ClientRequest request,
                                                        std::chrono::milliseconds timeout);
  net::Awaitable<Result<>> renew_token(net::Channel* channel);
  void forget_what_it_holds();
  void is_of_kind(Kind kind);
  void take_state(const wire::NodeState& state);
  Result<> take_refusal(const net::Response& response, const Error& error, Generation generation);
  bool take_report(const Result<net::Response>& response);
  void acknowledge(const NodeLink::Intents& intents);
  void note_failure(const Error& error);
  void tell_nobody_is_there();
  void tell_it_is_reached();
  void look_soon();
  [[nodiscard]] bool has_something_to_say() const;
  [[nodiscard]] MonotonicTime next_look() const;
  [[nodiscard]] Result<std::unique_ptr<net::Channel>> new_channel() const;
  [[nodiscard]] Error is_other_place() const;
  [[nodiscard]] Error is_other_node(const NodeName& name) const;
  [[nodiscard]] bool needs_token(const net::ClientRequest& request) const;

  const LinkParts& parts_;
  const NodeName node_;

  std::optional<AgentAddress> address_;
  int place_ = 0;  // another one with each address: what comes of an earlier one does not count
  NodeLink::Intents wanted_;
  Kind kind_ = Kind::unknown;
  std::optional<Held> held_;       // nothing: it must be asked
  Generation acknowledged_ = 0;    // that the sink was told
  Generation refused_ = 0;         // what the node will never take
  int surprises_ = 0;              // answers in a row: the node holds something else
  bool must_look_ = false;         // it may be another one than it was
  std::optional<Digest> go_root_;  // of what a Go decision maker holds
  std::string token_;
  TimePoint token_renewal_{};
  std::optional<std::uint64_t> reported_;  // the sequence number of its last report

  int failures_ = 0;
  MonotonicTime not_before_{};
  MonotonicTime looked_{};
  bool is_retired_ = false;
  bool was_told_absent_ = false;
  bool is_told_unreached_ = false;  // and nothing else since

  std::unique_ptr<net::Channel> channel_;
  std::unique_ptr<net::Channel> reports_channel_;
  // What these were made with: a renewed one needs new channels, as the old one ends.
  std::shared_ptr<const net::ClientIdentity> channel_identity_;
  std::shared_ptr<const net::ClientIdentity> reports_identity_;
  net::Wakeup wakeup_;
  net::Wakeup reports_wakeup_;
};

}  // namespace gthulhu
