// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "adapters/kube/list_watch.h"

namespace gthulhu {

// The objects of one kind, as wire/kube/kube_objects.h decodes them.
template <class Object>
class Reflector : public ListWatch {
 public:
  struct Changes {
    std::vector<Object> changed;    // new or changed
    std::vector<std::string> gone;  // their uids
    bool is_all = false;            // all that was handed over so far is all there is
  };
  // Called on the reflector's own thread.
  using Take = std::function<void(Changes)>;

  Reflector(
      const Parts& parts, std::string path, std::string resource, const WatchPace& pace, Take take)
      : ListWatch(parts, std::move(path), std::move(resource), pace), take_(std::move(take)) {}
  ~Reflector() override { stop(); }

 private:
  Result<Event> read_item(std::string_view json) override {
    present_ = TRY(wire::decode_kube_object<Object>(json));
    return event_of(Event::Type::changed);
  }

  Result<Event> read_line(std::string_view json) override {
    using Type = typename wire::KubeEvent<Object>::Type;
    wire::KubeEvent<Object> decoded = TRY(wire::decode_kube_event<Object>(json));
    present_ = std::move(decoded.object);
    switch (decoded.type) {
      case Type::changed: return event_of(Event::Type::changed);
      case Type::deleted: return event_of(Event::Type::deleted);
      case Type::bookmark: return event_of(Event::Type::bookmark);
      case Type::error: break;
    }
    Event event;
    event.status = std::move(decoded.status);
    return event;
  }

  Event event_of(typename Event::Type type) const {
    return {.type = type, .uid = present_.meta.uid, .version = present_.meta.version, .status = {}};
  }

  void keep() override {
    // Of several changes of one object that come together only the last counts.
    const auto [place, is_new] = places_.try_emplace(present_.meta.uid, kept_.size());
    if (is_new) {
      kept_.push_back(std::move(present_));
    } else {
      kept_[place->second] = std::move(present_);
    }
  }

  void hand_over(std::vector<std::string> gone, bool is_all) override {
    if (kept_.empty() && gone.empty() && !is_all) return;
    // What was changed and then deleted is gone: a uid never comes back.
    for (const std::string& uid : gone) {
      std::erase_if(kept_, [&](const Object& object) { return object.meta.uid == uid; });
    }
    places_.clear();
    take_({std::exchange(kept_, {}), std::move(gone), is_all});
  }

  Take take_;
  Object present_;
  std::vector<Object> kept_;
  std::map<std::string, std::size_t> places_;  // in kept_, by uid
};

}  // namespace gthulhu
