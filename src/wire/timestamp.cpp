// SPDX-License-Identifier: Apache-2.0
#include "wire/timestamp.h"

#include <array>
#include <cstdio>

#include "base/text.h"

namespace gthulhu::wire {
namespace {

// Takes texts apart from the front; once something does not fit, nothing does.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  // Exactly this many decimal digits.
  int number(std::size_t digits) {
    const std::string_view text = rest_.substr(0, digits);
    const bool fits = text.size() == digits && text.find_first_not_of("0123456789") == text.npos;
    const auto value = fits ? parse_number<int>(text) : std::nullopt;
    if (!value) return fail();
    rest_.remove_prefix(digits);
    return *value;
  }

  // The letter that comes next, if it is one of these.
  char letter(std::string_view choices) {
    if (rest_.empty() || choices.find(rest_.front()) == choices.npos) {
      fail();
      return 0;
    }
    const char next = rest_.front();
    rest_.remove_prefix(1);
    return next;
  }

  // ".123456789" as milliseconds; 0 when there is none.
  std::chrono::milliseconds fraction() {
    if (!rest_.starts_with('.')) return {};
    rest_.remove_prefix(1);
    const std::string_view digits = rest_.substr(0, rest_.find_first_not_of("0123456789"));
    if (digits.empty()) fail();
    rest_.remove_prefix(digits.size());
    std::string three(digits.substr(0, 3));
    three.resize(3, '0');
    return std::chrono::milliseconds{parse_number<int>(three).value_or(0)};
  }

  [[nodiscard]] bool fitted_to_the_end() const { return fits_ && rest_.empty(); }

 private:
  int fail() {
    fits_ = false;
    rest_ = {};
    return 0;
  }

  std::string_view rest_;
  bool fits_ = true;
};

// "Z", "+01:00": how far the zone is ahead of UTC. An hour out of bounds makes it unusable.
std::optional<std::chrono::minutes> zone(Scanner& text) {
  const char sign = text.letter("Zz+-");
  if (sign != '+' && sign != '-') return std::chrono::minutes{0};
  const int hours = text.number(2);
  text.letter(":");
  const int minutes = text.number(2);
  if (hours > 23 || minutes > 59) return std::nullopt;
  const std::chrono::minutes ahead = std::chrono::hours{hours} + std::chrono::minutes{minutes};
  return sign == '+' ? ahead : -ahead;
}

}  // namespace

std::string rfc3339(TimePoint time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(floor<seconds>(time - day));
  std::array<char, 48> text{};
  const int length = std::snprintf(
      text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()));
  return {text.data(), static_cast<std::size_t>(length)};
}

std::optional<TimePoint> parse_rfc3339(std::string_view text) {
  using namespace std::chrono;
  Scanner next(text);
  const year year_of(next.number(4));
  next.letter("-");
  const month month_of(static_cast<unsigned>(next.number(2)));
  next.letter("-");
  const day day_of(static_cast<unsigned>(next.number(2)));
  next.letter("Tt ");
  const hours hour(next.number(2));
  next.letter(":");
  const minutes minute(next.number(2));
  next.letter(":");
  const seconds second(next.number(2));
  const milliseconds fraction = next.fraction();
  const auto ahead = zone(next);

  const year_month_day date = year_of / month_of / day_of;
  const bool exists =
      date.ok() && hour < hours{24} && minute < minutes{60} && second <= seconds{60};
  if (!next.fitted_to_the_end() || !ahead || !exists) return std::nullopt;
  return sys_days(date) + hour + minute + second + fraction - *ahead;
}

}  // namespace gthulhu::wire
