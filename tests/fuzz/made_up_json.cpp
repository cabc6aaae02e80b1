// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/made_up_json.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "core/match/utf8.h"

namespace gthulhu::fuzz {

namespace {

using wire::Value;

// Of another type than was asked for, perhaps.
Value odd_value(FuzzedDataProvider& data) {
  switch (data.ConsumeIntegralInRange(0, 7)) {
    case 0: return nullptr;
    case 1: return true;
    case 2: return data.ConsumeIntegral<std::int64_t>();
    case 3: return std::numeric_limits<std::uint64_t>::max();
    case 4: return data.PickValueInArray({0.5, -1e300, 10.0, 9007199254740993.0});
    case 5: return valid_utf8(data.ConsumeRandomLengthString(8));
    case 6: return Value::Array{nullptr};
    default: return Value::Object{{"key", "value"}};
  }
}

std::optional<double> number_of(const Value& value) {
  if (const auto* number = value.as<std::int64_t>()) return static_cast<double>(*number);
  if (const auto* number = value.as<std::uint64_t>()) return static_cast<double>(*number);
  if (const auto* number = value.as<double>()) return *number;
  return std::nullopt;
}

bool are_near(double left, double right) {
  constexpr double last_digits = 1e-15;
  const double larger = std::max(std::abs(left), std::abs(right));
  return left == right || std::abs(left - right) <= larger * last_digits ||
         larger < std::numeric_limits<double>::min();
}

}  // namespace

Maker one_of(std::initializer_list<Value> values) {
  return [values = std::vector<Value>(values)](FuzzedDataProvider& data) {
    return values[data.ConsumeIntegralInRange<std::size_t>(0, values.size() - 1)];
  };
}

Maker some_text(std::initializer_list<std::string_view> likely) {
  return
      [likely = std::vector<std::string>(likely.begin(), likely.end())](FuzzedDataProvider& data) {
        const auto choice = data.ConsumeIntegralInRange<std::size_t>(0, likely.size());
        if (choice < likely.size()) return Value(likely[choice]);
        return Value(valid_utf8(data.ConsumeRandomLengthString(40)));
      };
}

Maker some_id() {
  return [](FuzzedDataProvider& data) {
    const char digit = "0123456789abcdefABCDEF"[data.ConsumeIntegralInRange(0, 21)];
    return Value(std::string(24, digit));
  };
}

Maker some_number(std::int64_t least, std::int64_t most) {
  return [=](FuzzedDataProvider& data) {
    if (data.ConsumeIntegralInRange(0, 15) == 15)
      return Value(data.ConsumeIntegral<std::int64_t>());
    return Value(data.ConsumeIntegralInRange(least, most));
  };
}

Maker some_flag() {
  return [](FuzzedDataProvider& data) { return Value(data.ConsumeBool()); };
}

Maker some_list(Maker item, std::size_t most) {
  return [item = std::move(item), most](FuzzedDataProvider& data) {
    Value::Array items;
    const auto count = data.ConsumeIntegralInRange<std::size_t>(0, most);
    for (std::size_t i = 0; i < count; ++i) items.push_back(item(data));
    return Value(std::move(items));
  };
}

Maker some_labels() {
  return [](FuzzedDataProvider& data) {
    Value::Object labels;
    const int count = data.ConsumeIntegralInRange(0, 4);
    for (int i = 0; i < count; ++i) {
      std::string key = data.ConsumeBool() ? "app" : valid_utf8(data.ConsumeRandomLengthString(8));
      labels.emplace_back(std::move(key), valid_utf8(data.ConsumeRandomLengthString(8)));
    }
    return Value(std::move(labels));
  };
}

Maker some_object(std::vector<MadeUpMember> members) {
  return [members = std::move(members)](FuzzedDataProvider& data) {
    Value::Object made;
    for (const auto& [name, make] : members) {
      switch (data.ConsumeIntegralInRange(0, 31)) {
        case 0: break;
        case 1: made.emplace_back(name, odd_value(data)); break;
        case 2: made.emplace_back(to_lower(name), make(data)); break;
        case 3:
          made.emplace_back(name, make(data));
          made.emplace_back(name, nullptr);
          break;
        default: made.emplace_back(name, make(data));
      }
    }
    return Value(std::move(made));
  };
}

std::string message_text(std::string_view input, const Maker& make) {
  if (!input.starts_with(made_up_mark)) return std::string(input);
  input.remove_prefix(1);
  FuzzedDataProvider data(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
  return wire::to_text(make(data));
}

bool say_the_same(const Value& left, const Value& right) {
  const auto number = number_of(left);
  const auto other = number_of(right);
  if (number || other) {
    const bool is_fraction = left.as<double>() != nullptr || right.as<double>() != nullptr;
    return number && other && (is_fraction ? are_near(*number, *other) : left == right);
  }
  const auto* items = left.as<Value::Array>();
  const auto* other_items = right.as<Value::Array>();
  if (items != nullptr && other_items != nullptr) {
    return std::ranges::equal(*items, *other_items, say_the_same);
  }
  const auto* members = left.as<Value::Object>();
  const auto* other_members = right.as<Value::Object>();
  if (members != nullptr && other_members != nullptr) {
    return std::ranges::equal(*members, *other_members, [](const auto& one, const auto& two) {
      return one.first == two.first && say_the_same(one.second, two.second);
    });
  }
  return left == right;
}

void check_refusal(const Error& error, const Value& body) {
  CHECK(error.code == Errc::invalid_argument);
  if (body.as<Value::Object>() == nullptr) return;
  CHECK(!error.field.empty());
  CHECK(!error.message.empty());
}

}  // namespace gthulhu::fuzz
