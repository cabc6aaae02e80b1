// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "app/ports/intent_file.h"

namespace gthulhu {

// {"generation":N,"intents":[…]} in one file that is always whole.
class JsonIntentFile : public IntentFile {
 public:
  explicit JsonIntentFile(std::string path) : path_(std::move(path)) {}

  Result<NodeIntents> load() override;
  Result<> save(const NodeIntents& intents) override;

 private:
  std::string path_;
};

}  // namespace gthulhu
