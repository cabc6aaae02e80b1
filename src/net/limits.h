// SPDX-License-Identifier: Apache-2.0
//
// Every size, count and deadline that a stranger can touch. The defaults are what the product runs
// with; tests pass smaller ones.
#pragma once

#include <chrono>
#include <cstddef>

namespace gthulhu::net {

using Milliseconds = std::chrono::milliseconds;

// Of one server.
struct ServerLimits {
  // Request line and header fields together; more is a 431.
  std::size_t head_bytes = 16 * 1024;
  // Declared or streamed; more is a 413.
  std::size_t body_bytes = 1024 * 1024;
  // Connections served at once. Those above get a 503, a few of them at a time.
  std::size_t connections = 16'384;
  std::size_t refused_connections = 64;
  // Answers of pipelined requests are sent when there is this much of them.
  std::size_t unsent_bytes = 64 * 1024;
  // What answers under way may hold together. Above it, new ones take the place of those that are
  // read slowly, or get a 503; small ones go out all the same, and at most one for a connection.
  std::size_t answer_bytes = 64 * 1024 * 1024;
  std::size_t small_answer_bytes = 16 * 1024;
  // What is read and thrown away after a last answer, so that a client that is still sending
  // reads the answer instead of a reset connection.
  std::size_t linger_bytes = 16 * 1024 * 1024;

  Milliseconds handshake{10'000};   // of TLS
  Milliseconds idle{60'000};        // until the first byte of the next request
  Milliseconds head{10'000};        // from the first byte of a request to its last header; then 408
  Milliseconds body{30'000};        // from there to its last byte; then 408
  Milliseconds handler{60'000};     // a handler on a worker; then 503
  Milliseconds write{30'000};       // one answer, or some small ones
  Milliseconds slow_reader{1'000};  // how long an answer has time before it makes room for others
  Milliseconds linger{3'000};
  Milliseconds accept_pause{200};  // after accepting failed (no file descriptor left)

  // How often deadlines are looked at; they come up to this much late.
  Milliseconds deadline_tick{250};
};

// Of a pool of threads for blocking work.
struct WorkerLimits {
  std::size_t threads = 4;
  std::size_t queue = 256;  // jobs that wait for a thread; more are refused
};

// Of the pool for hashing passwords: one thread for each processor, as more would only take turns.
WorkerLimits password_worker_limits();

// Of the pool for requests that wait for something to happen: few, as each has a thread.
WorkerLimits waiting_worker_limits();

// Of one client: what a server may make it hold.
struct ClientLimits {
  std::size_t head_bytes = 64 * 1024;
  std::size_t body_bytes = 64 * 1024 * 1024;
};

}  // namespace gthulhu::net
