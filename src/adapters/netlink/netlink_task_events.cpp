// SPDX-License-Identifier: Apache-2.0
#include "adapters/netlink/netlink_task_events.h"

#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <optional>
#include <utility>

#include "base/owned.h"

namespace gthulhu {

namespace {

// Some ten thousand events: what a fork bomb makes while this program is busy elsewhere.
constexpr int buffer_bytes = 8 * 1024 * 1024;
constexpr std::size_t messages_at_once = 64;
constexpr std::size_t message_bytes = 256;
constexpr int batches_most = 64;

// proc_event::what. The header has them in other places in different versions.
constexpr std::uint32_t told_fork = 0x1;
constexpr std::uint32_t told_exec = 0x2;
constexpr std::uint32_t told_comm = 0x200;
constexpr std::uint32_t told_exit = 0x8000'0000;

Error unusable(std::string what, int number) {
  std::string detail = number != 0 ? std::strerror(number) : "";
  if (number == EPERM) detail += " (CAP_NET_ADMIN is needed)";
  return Error{Errc::unsupported, std::move(what), std::move(detail)};
}

std::optional<TaskEvent> decode(const proc_event& told) {
  TaskEvent event;
  event.at = MonotonicTime(std::chrono::nanoseconds(told.timestamp_ns));
  switch (static_cast<std::uint32_t>(told.what)) {
    case told_fork: event.process = told.event_data.fork.child_tgid; return event;
    case told_exec: event.process = told.event_data.exec.process_tgid; return event;
    case told_comm: event.process = told.event_data.comm.process_tgid; return event;
    case told_exit:
      event.kind = TaskEvent::Kind::ended;
      event.process = told.event_data.exit.process_tgid;
      event.task.tid = told.event_data.exit.process_pid;
      return event;
    default: return std::nullopt;
  }
}

class NetlinkTaskEvents : public TaskEvents {
 public:
  explicit NetlinkTaskEvents(Fd socket) : socket_(std::move(socket)) {}

  [[nodiscard]] DiscoverySource source() const override { return DiscoverySource::netlink; }
  [[nodiscard]] int readable() const override { return socket_.get(); }
  [[nodiscard]] bool tells_places() const override { return false; }
  [[nodiscard]] std::uint64_t lost() override { return lost_; }

  Result<> take(const std::function<void(const TaskEvent&)>& sink) override {
    for (int i = 0; i < batches_most; ++i) {
      std::array<std::array<std::byte, message_bytes>, messages_at_once> buffers;
      std::array<iovec, messages_at_once> vectors{};
      std::array<mmsghdr, messages_at_once> messages{};
      for (std::size_t k = 0; k < messages_at_once; ++k) {
        vectors[k] = {buffers[k].data(), message_bytes};
        messages[k].msg_hdr.msg_iov = &vectors[k];
        messages[k].msg_hdr.msg_iovlen = 1;
      }
      const int count = ::recvmmsg(socket_.get(), messages.data(), messages.size(), 0, nullptr);
      if (count < 0) {
        if (errno == EINTR) continue;
        if (errno == EAGAIN || errno == EWOULDBLOCK) return {};
        if (errno == ENOBUFS) {
          ++lost_;
          continue;
        }
        return Error{Errc::unavailable, "cannot read process events", std::strerror(errno)};
      }
      for (std::size_t k = 0; k < static_cast<std::size_t>(count); ++k) {
        take_message(buffers[k].data(), messages[k].msg_len, sink);
      }
      if (static_cast<std::size_t>(count) < messages_at_once) return {};
    }
    return {};
  }

 private:
  static void take_message(const std::byte* data,
                           std::size_t size,
                           const std::function<void(const TaskEvent&)>& sink) {
    constexpr std::size_t begin = NLMSG_HDRLEN + sizeof(cn_msg);
    if (size < begin) return;
    proc_event told{};
    std::memcpy(&told, data + begin, std::min(size - begin, sizeof told));
    if (const auto event = decode(told)) sink(*event);
  }

  Fd socket_;
  std::uint64_t lost_ = 0;
};

Result<> subscribe(const Fd& socket) {
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = CN_IDX_PROC;
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return unusable("the process connector cannot be listened to", errno);
  }
  const std::uint32_t operation = PROC_CN_MCAST_LISTEN;
  std::array<std::byte, NLMSG_HDRLEN + sizeof(cn_msg) + sizeof operation> request{};
  nlmsghdr header{};
  header.nlmsg_len = request.size();
  header.nlmsg_type = NLMSG_DONE;
  cn_msg message{};
  message.id = {CN_IDX_PROC, CN_VAL_PROC};
  message.len = sizeof operation;
  std::memcpy(request.data(), &header, sizeof header);
  std::memcpy(request.data() + NLMSG_HDRLEN, &message, sizeof message);
  std::memcpy(request.data() + NLMSG_HDRLEN + sizeof message, &operation, sizeof operation);
  if (::send(socket.get(), request.data(), request.size(), 0) < 0) {
    return unusable("the process connector cannot be asked", errno);
  }
  return {};
}

// Renames the calling thread to its own name. The kernel tells listeners before that returns.
Result<> check_that_it_tells(TaskEvents& events) {
  std::array<char, 16> name{};
  ::prctl(PR_GET_NAME, name.data());
  ::prctl(PR_SET_NAME, name.data());
  const pid_t self = ::getpid();
  bool told = false;
  for (int i = 0; i < 16 && !told; ++i) {
    TRY(events.take([&](const TaskEvent& event) { told = told || event.process == self; }));
  }
  if (told) return {};
  return unusable(
      "the process connector tells nothing: it needs the host's PID, user and network namespaces",
      0);
}

}  // namespace

Result<std::unique_ptr<TaskEvents>> open_netlink_task_events() {
  Fd socket(::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_CONNECTOR));
  if (!socket.valid()) return unusable("the kernel has no process connector", errno);
  // Without CAP_NET_ADMIN, which since 6.6 is not needed to listen, as much as the system allows
  // everybody (net.core.rmem_max).
  for (const int option : {SO_RCVBUFFORCE, SO_RCVBUF}) {
    const auto size = sizeof buffer_bytes;
    if (::setsockopt(socket.get(), SOL_SOCKET, option, &buffer_bytes, size) == 0) break;
  }
  TRY(subscribe(socket));
  auto events = std::make_unique<NetlinkTaskEvents>(std::move(socket));
  TRY(check_that_it_tells(*events));
  return std::unique_ptr<TaskEvents>(std::move(events));
}

}  // namespace gthulhu
