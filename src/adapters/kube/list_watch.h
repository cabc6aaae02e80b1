// SPDX-License-Identifier: Apache-2.0
//
// One kind of object of an API server, followed: a list, then a watch that goes on where the list
// ended, and from there on, through interruptions, refusals and restarts of either side, never more
// than one list for each time that the server cannot go on.
//
// Source: Kubernetes documentation, "Kubernetes API Concepts": efficient detection of changes,
// watch bookmarks, retrieving large results sets in chunks, resource versions.
#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "adapters/kube/kube_client.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "core/model/workload_status.h"
#include "core/sync/object_versions.h"
#include "wire/kube/kube_objects.h"

namespace gthulhu {

// The defaults are what the product runs with; tests pass smaller ones.
struct WatchPace {
  std::size_t page = 500;  // objects of a list that are asked for at once
  net::StreamTimeouts list{std::chrono::seconds{60}, std::chrono::seconds{30}};
  // The server is asked to end a watch after up to this, or three quarters of it. One that says
  // nothing for longer has stalled: in this time there is at least a bookmark.
  std::chrono::milliseconds watch{60'000};
  std::chrono::milliseconds stalled{70'000};
  std::chrono::milliseconds head{15'000};  // until a watch begins
  // From one list, or one watch, to the next of its kind; after failures core/sync/backoff.h.
  std::chrono::milliseconds apart{1'000};
  std::chrono::milliseconds poll{60'000};  // from one list to the next where no watch is allowed
  // How long watches must be forbidden before that is believed: a server that has just started
  // forbids everything until it knows who may do what.
  std::chrono::milliseconds doubt{25'000};
  // How long an object may be another in the audit's list than the watch has shown it: events that
  // are on their way. After it an event was lost.
  std::chrono::milliseconds grace{10'000};
};

// Told when a kind of object becomes or ceases to be followed. Threads: that of the kind.
class WatchObserver {
 public:
  virtual ~WatchObserver() = default;
  virtual void fell_behind(const std::string& resource, const Error& why) = 0;
  virtual void is_current(const std::string& resource, std::size_t objects) = 0;
  virtual void lost_events(const std::string& resource, std::size_t count) = 0;
};

class ListWatch {
 public:
  struct Parts {
    const Clock& clock;
    Random& random;
    ApiAccess& access;
    WatchObserver& observer;
  };

  // `path` is that of the list: "/api/v1/pods"; `resource` is its name for people: "pods".
  ListWatch(const Parts& parts, std::string path, std::string resource, const WatchPace& pace);
  virtual ~ListWatch();
  ListWatch(const ListWatch&) = delete;
  ListWatch& operator=(const ListWatch&) = delete;

  // Begins a thread.
  void start();
  // Returns when nothing more will be handed over. To be called before the destructor of whoever
  // derives from it.
  void stop();

  // Lists who there is and compares, over a connection of its own; where an event was lost, all is
  // listed anew. Blocks for the pace's grace where something differs. Threads: any one but the
  // kind's own; stop() ends it.
  Result<> audit();

  [[nodiscard]] WatchedKind status() const;

 protected:
  struct Event {
    enum class Type : std::uint8_t { changed, deleted, bookmark, error };
    Type type = Type::error;
    std::string uid;
    ResourceVersion version = 0;
    wire::KubeStatus status;  // of an error
  };

  // What of the present object is used, remembered until keep() or the next one.
  virtual Result<Event> read_item(std::string_view json) = 0;
  virtual Result<Event> read_line(std::string_view json) = 0;
  // It is news.
  virtual void keep() = 0;
  // What was kept since the last time, and what is gone; `is_all`: a list has ended.
  virtual void hand_over(std::vector<std::string> gone, bool is_all) = 0;

 private:
  using Authority = ObjectVersions::Authority;
  enum class Request : std::uint8_t { list, watch };
  struct Differing {
    std::string uid;
    ResourceVersion listed = 0;  // 0: it is not in the list
    ResourceVersion held = 0;    // 0: it is not held
  };

  void run();
  Result<> list();
  Result<> take_item(std::string_view json);
  Result<> watch();
  Result<> take_lines(std::string_view piece);
  Result<> take_line(std::string_view line);
  void begin(Request request);
  void ended_well(Request request);
  void ended(Request request, const Error& why);
  void progressed();
  // The server answers: what happens from now on is heard of.
  void stands();
  void pause_until(MonotonicTime when);
  [[nodiscard]] MonotonicTime earliest(Request next) const;
  [[nodiscard]] std::string list_target(const std::string& continue_token,
                                        Authority authority) const;
  [[nodiscard]] std::string watch_target();
  Result<std::vector<Differing>> differing();
  [[nodiscard]] bool still_differs(const Differing& one) const;

  const Clock& clock_;
  Random& random_;
  WatchObserver& observer_;
  const std::string path_;
  const std::string resource_;
  const WatchPace pace_;

  // Of the kind's own thread.
  KubeClient client_;
  KubeClient audit_client_;  // of audit()
  std::string line_;         // the beginning of one whose end has not come
  std::vector<std::string> gone_;
  Request next_ = Request::list;
  Authority authority_ = Authority::one_server;
  std::array<MonotonicTime, 2> begun_{};          // the last list and the last watch
  MonotonicTime not_before_{};                    // after a failure
  int failures_ = 0;                              // in a row, without progress
  int behind_ = 0;                                // answers in a row of a server that lags behind
  std::optional<MonotonicTime> forbidden_since_;  // the first watch in a row
  bool stood_ = false;                            // the server has taken the present watch
  bool polls_ = false;                            // no watch is allowed

  mutable std::mutex mutex_;  // guards all below
  std::condition_variable called_;
  ObjectVersions versions_;
  WatchedKind status_;
  Errc trouble_code_ = Errc::internal;
  bool must_list_ = false;  // an audit found that events were lost
  bool stopping_ = false;

  std::thread thread_;
};

}  // namespace gthulhu
