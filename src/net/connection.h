// SPDX-License-Identifier: Apache-2.0
//
// One connection of a server, from accept to close. For sources of net only.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>

#include "net/answered.h"
#include "net/answers_under_way.h"
#include "net/handler.h"
#include "net/limits.h"
#include "net/message_parser.h"
#include "net/network_thread.h"
#include "net/read_buffer.h"
#include "net/request_id.h"
#include "net/response_head.h"
#include "net/transport.h"
#include "net/worker_pool.h"

namespace gthulhu::net {

// How many jobs of a server are with the workers. Threads: all functions from anywhere.
class JobCount {
 public:
  void begin();
  void end();
  void wait_for_none();

 private:
  std::mutex mutex_;  // guards running_
  std::condition_variable none_;
  std::size_t running_ = 0;
};

// What all connections of one server share. Lives until the last job has ended.
struct Service {
  boost::asio::io_context& context;
  WorkerPools pools;
  Handler& handler;
  const ServerLimits limits;
  const FailureReport report;
  const AnswerReport answered;
  const StandardFields standard_fields;
  RequestIds request_ids;  // network thread only
  JobCount jobs = {};
  // All: network thread only.
  DateText date = {};
  bool finishing = false;  // the server stops: no connection stays
  AnswersUnderWay answers{limits};
};

// Threads: the network thread.
class Connection : private AnswersUnderWay::Reader {
 public:
  using MonotonicTime = std::chrono::steady_clock::time_point;
  enum class Kind : std::uint8_t { plain, tls, over_limit };

  // `over_limit`: it only gets a 503.
  Connection(Transport transport, std::string peer, Kind kind, Service& service);

  // Returns when the connection may be closed.
  boost::asio::awaitable<void> serve();

  // Ends what takes longer than it may.
  void check_deadline(MonotonicTime now);
  // Ends it if no request is under way; else it ends after the answer.
  void finish_soon();

 private:
  // Resets it: what the system holds of the answer goes too.
  void cut_off() override;

  enum class Reading : std::uint8_t { complete, refused, closed };
  enum class Phase : std::uint8_t { none, idle, head, body };

  boost::asio::awaitable<bool> serve_requests();
  boost::asio::awaitable<Reading> read_request();
  boost::asio::awaitable<Response> answer(Reading reading);
  boost::asio::awaitable<Response> answer_on_worker(WorkerPool* workers, std::string_view busy);
  boost::asio::awaitable<bool> flush();
  boost::asio::awaitable<void> say_goodbye(bool client_may_send);

  void understand();
  void wait_in(Phase phase);
  [[nodiscard]] Milliseconds limit_of(Phase phase) const;
  void refuse(int status, std::string_view text);
  void append(const Response& response, bool keep_alive);
  void append_if_room(const Response& response, bool keep_alive);
  void set_deadline(Milliseconds from_now);

  Transport transport_;
  const std::string peer_;
  const Kind kind_;
  Service& service_;
  std::shared_ptr<const PeerCertificate> certificate_;
  RequestParser parser_;
  ReadBuffer buffer_;
  std::string unsent_;
  std::string_view fixed_;    // goes out behind it
  Response refusal_;          // what Reading::refused means
  RememberingSha256 sha256_;  // between requests
  // Of the request that is being answered.
  std::string request_id_;
  MonotonicTime request_complete_;
  MonotonicTime deadline_ = MonotonicTime::max();
  Phase phase_ = Phase::none;
  MonotonicTime phase_end_ = MonotonicTime::max();
  bool expired_ = false;
  bool idle_ = true;  // no request is under way
};

}  // namespace gthulhu::net
