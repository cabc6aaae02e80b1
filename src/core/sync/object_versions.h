// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace gthulhu {

// Of two states of a cluster, or of one object, the later has the greater. Kubernetes promises
// since 1.35 that resource versions are such numbers, and they always were (KEP-5504).
using ResourceVersion = std::uint64_t;

// Which objects of one kind the lists and watches of an API server have shown, and in which
// version: what of them is news. So that what comes twice, late or in another order (a proxy, a
// server behind the others) neither changes anything back nor revives what is gone.
//
// Threads: one at a time.
class ObjectVersions {
 public:
  // How many objects that are gone are remembered. A uid never comes back.
  static constexpr std::size_t gone_max = 10'000;

  // Of a watch: whether this is news. What is news is remembered.
  bool changed(std::string_view uid, ResourceVersion version);
  bool deleted(std::string_view uid, ResourceVersion version);
  // The watch has got this far (a bookmark).
  void passed(ResourceVersion version);

  // A list of all objects: begin, each object, end. A list of what the whole cluster agrees on
  // counts whatever was known before; another one may be of a server that lags behind.
  enum class Authority : std::uint8_t { one_server, whole_cluster };
  void begin_list(Authority authority);
  // Whether this is news.
  bool listed(std::string_view uid, ResourceVersion version);
  // The uids of those that are gone. Nothing changes, and the list must be asked for again, when
  // `version` is older than what was known: see is_stale().
  std::vector<std::string> end_list(ResourceVersion version);

  [[nodiscard]] bool is_stale(ResourceVersion list) const;
  // How far the lists and watches have got: a watch goes on from here.
  [[nodiscard]] ResourceVersion latest() const { return latest_; }
  [[nodiscard]] std::size_t size() const { return held_.size(); }
  // 0 when it is not held.
  [[nodiscard]] ResourceVersion version_of(std::string_view uid) const;
  // Among the last of those that are gone.
  [[nodiscard]] bool is_gone(std::string_view uid) const { return gone_.contains(uid); }
  void for_each(const std::function<void(const std::string&, ResourceVersion)>& see) const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  struct Held {
    ResourceVersion version = 0;
    std::uint32_t list = 0;  // the last that had it
  };

  void forget(const std::string& uid);

  std::unordered_map<std::string, Held, Hash, std::equal_to<>> held_;
  std::unordered_set<std::string, Hash, std::equal_to<>> gone_;
  std::deque<std::string> gone_order_;  // the oldest first
  ResourceVersion latest_ = 0;
  std::uint32_t list_ = 0;  // its number
  Authority authority_ = Authority::one_server;
};

}  // namespace gthulhu
