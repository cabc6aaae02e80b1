// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/expected_pod.h"
#include "core/model/intent.h"
#include "core/plan/pod_intents.h"

namespace gthulhu {

// Names that a command pattern says of itself: `nr-gnb`, and those of `^(upf|smf)$`.
std::vector<std::string> names_in(const CommandPattern& pattern);

// What is to hold in pods before anybody has looked at what runs there (design D10). Where only
// names of processes decide, those of which a pattern speaks and those that it has matched so far,
// in whatever pod, are known beforehand.
//
// Threads: one at a time.
class Expectations {
 public:
  // Of each pattern; more are not remembered.
  static constexpr std::size_t names_most = 64;

  // From now on.
  void intents_are(const std::vector<Intent>& intents, const IntentsOfPods& of_pods);
  // A process of this name obeys an intent with this pattern.
  void saw(const CommandPattern& pattern, const std::string& comm);
  // Takes in what was seen; `intents` and `of_pods` are those of intents_are().
  void update(const std::vector<Intent>& intents, const IntentsOfPods& of_pods);

  // A pod of which nothing else is to be said is the same as before the last call.
  [[nodiscard]] const ExpectedPods& pods() const { return pods_; }

 private:
  using Names = std::set<std::string>;

  void make_pods(const std::vector<Intent>& intents, const IntentsOfPods& of_pods);
  [[nodiscard]] ExpectedPod expected(const PodUid& pod,
                                     const std::vector<Intent>& intents,
                                     const IntentIndices& of_pod) const;

  // By the text of the pattern that has matched them.
  std::map<std::string, Names, std::less<>> names_;
  bool has_learned_ = false;  // a name, since pods_ were made
  ExpectedPods pods_;
};

}  // namespace gthulhu
