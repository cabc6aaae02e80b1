// SPDX-License-Identifier: Apache-2.0
#include "net/network_thread.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>
#include <thread>

#include "net/thread_start.h"

namespace gthulhu::net {

namespace asio = boost::asio;

struct NetworkThread::Loop {
  explicit Loop(FailureReport to) : report(std::move(to)) {}

  void run() {
    for (;;) {
      try {
        context.run();
        return;
      } catch (const std::exception& failure) {
        // One turn of the loop is lost, the others go on.
        if (report) report({Errc::internal, "Internal Server Error", failure.what()});
      }
    }
  }

  FailureReport report;
  asio::io_context context{1};  // one thread runs it
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  std::thread thread;
};

NetworkThread::NetworkThread(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}

Result<std::unique_ptr<NetworkThread>> NetworkThread::start(FailureReport report) {
  try {
    auto loop = std::make_unique<Loop>(std::move(report));
    loop->thread = TRY(start_quiet_thread("network", [raw = loop.get()] { raw->run(); }));
    return std::unique_ptr<NetworkThread>(new NetworkThread(std::move(loop)));
  } catch (const boost::system::system_error& failure) {
    return Error{Errc::unavailable, "the network loop cannot be started", failure.what()};
  }
}

NetworkThread::~NetworkThread() {
  loop_->work.reset();
  loop_->context.stop();
  loop_->thread.join();
}

asio::io_context& NetworkThread::context() {
  return loop_->context;
}

void NetworkThread::post(std::function<void()> job) {
  asio::post(loop_->context, std::move(job));
}

}  // namespace gthulhu::net
