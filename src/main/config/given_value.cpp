// SPDX-License-Identifier: Apache-2.0
#include "main/config/given_value.h"

#include <array>
#include <chrono>
#include <span>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "main/config/settings.h"

namespace gthulhu {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

template <class Choice>
using Choices = std::span<const std::pair<std::string_view, Choice>>;

constexpr std::array<std::pair<std::string_view, StoreKind>, 2> stores{
    {{"sqlite", StoreKind::sqlite}, {"mongodb", StoreKind::mongodb}}};
constexpr std::array<std::pair<std::string_view, net::LoggedAnswers>, 3> logged_answers{
    {{"all", net::LoggedAnswers::all},
     {"changes", net::LoggedAnswers::changes},
     {"off", net::LoggedAnswers::off}}};
constexpr std::array<std::pair<std::string_view, EnforcerChoice>, 5> enforcers{
    {{"auto", EnforcerChoice::automatic},
     {"sched_ext", EnforcerChoice::sched_ext},
     {"cfs", EnforcerChoice::cfs},
     {"external", EnforcerChoice::external},
     {"observe", EnforcerChoice::observe}}};
constexpr std::array<std::pair<std::string_view, DiscoveryChoice>, 4> discoveries{
    {{"auto", DiscoveryChoice::automatic},
     {"bpf", DiscoveryChoice::bpf},
     {"netlink", DiscoveryChoice::netlink},
     {"scan", DiscoveryChoice::scan}}};

template <class Choice>
std::string_view name_in(Choices<Choice> choices, Choice wanted) {
  for (const auto& [text, choice] : choices) {
    if (choice == wanted) return text;
  }
  std::abort();  // the table above lacks an enumerator
}

template <class Choice>
std::string list_of(Choices<Choice> choices) {
  std::string text;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (i > 0) text += i + 1 == choices.size() ? " or " : ", ";
    text += choices[i].first;
  }
  return text;
}

// "600s" is "10m".
std::string duration_text(std::int64_t count) {
  if (count % 3600 == 0) return std::to_string(count / 3600) + "h";
  if (count % 60 == 0) return std::to_string(count / 60) + "m";
  return std::to_string(count) + "s";
}

std::optional<std::int64_t> seconds_of(std::string_view text) {
  constexpr std::array<std::pair<char, std::int64_t>, 3> units{{{'s', 1}, {'m', 60}, {'h', 3600}}};
  for (const auto& [suffix, factor] : units) {
    if (!text.ends_with(suffix)) continue;
    const auto count = parse_number<std::int32_t>(text.substr(0, text.size() - 1));
    if (!count) return std::nullopt;
    return *count * factor;
  }
  return std::nullopt;
}

std::string describe(std::type_identity<bool>, const ValueRule&) {
  return "true or false";
}
std::string describe(std::type_identity<std::string>, const ValueRule& rule) {
  return rule.pem ? "PEM" : "text";
}
std::string describe(std::type_identity<Secret>, const ValueRule& rule) {
  return rule.pem ? "PEM, secret" : "text, secret";
}
std::string describe(std::type_identity<NodeName>, const ValueRule&) {
  return "text";
}
std::string describe(std::type_identity<std::vector<std::string>>, const ValueRule&) {
  return "PEM or list of PEM";
}
std::string describe(std::type_identity<std::uint16_t>, const ValueRule&) {
  return "port, 1 to 65535";
}
std::string describe(std::type_identity<hours>, const ValueRule& rule) {
  return "whole hours, " + std::to_string(rule.least) + " to " + std::to_string(rule.most);
}
std::string describe(std::type_identity<seconds>, const ValueRule& rule) {
  return "duration, " + duration_text(rule.least) + " to " + duration_text(rule.most);
}
std::string describe(std::type_identity<LogLevel>, const ValueRule&) {
  return "debug, info, warn, error or off";
}
std::string describe(std::type_identity<StoreKind>, const ValueRule&) {
  return list_of<StoreKind>(stores);
}
std::string describe(std::type_identity<net::LoggedAnswers>, const ValueRule&) {
  return list_of<net::LoggedAnswers>(logged_answers);
}
std::string describe(std::type_identity<EnforcerChoice>, const ValueRule&) {
  return list_of<EnforcerChoice>(enforcers);
}
std::string describe(std::type_identity<DiscoveryChoice>, const ValueRule&) {
  return list_of<DiscoveryChoice>(discoveries);
}
std::string describe(std::type_identity<net::ListenAddress>, const ValueRule&) {
  return "HOST:PORT";
}

// What kind of value was given, for "not …".
std::string kind_of(const GivenValue& given) {
  struct Describe {
    std::string operator()(const std::string&) const { return "text"; }
    std::string operator()(bool) const { return "true or false"; }
    std::string operator()(std::int64_t) const { return "a whole number"; }
    std::string operator()(const std::vector<std::string>&) const { return "a list"; }
    std::string operator()(const GivenValue::Unusable& it) const { return it.what; }
    std::string operator()(GivenValue::EmptySection) const { return "a section"; }
  };
  return std::visit(Describe{}, given.value);
}

std::string shown(const GivenValue& given) {
  if (const auto* text = std::get_if<std::string>(&given.value)) return '"' + *text + '"';
  if (const auto* number = std::get_if<std::int64_t>(&given.value)) return std::to_string(*number);
  return kind_of(given);
}

const std::string* text_of(const GivenValue& given) {
  return std::get_if<std::string>(&given.value);
}

// A number, or what looks like one where everything is text.
std::optional<std::int64_t> number_of(const GivenValue& given, bool also_as_text) {
  if (const auto* number = std::get_if<std::int64_t>(&given.value)) return *number;
  const std::string* text = text_of(given);
  if (text != nullptr && also_as_text) return parse_number<std::int64_t>(trim(*text));
  return std::nullopt;
}

std::optional<bool> read(std::type_identity<bool>, const GivenValue& given, const ValueRule&) {
  if (const auto* flag = std::get_if<bool>(&given.value)) return *flag;
  const std::string* text = text_of(given);
  if (text == nullptr || !given.untyped) return std::nullopt;
  // The words of Go's strconv.ParseBool, which decides about variables there.
  const std::string word = to_lower(trim(*text));
  if (word == "true" || word == "t" || word == "1") return true;
  if (word == "false" || word == "f" || word == "0") return false;
  return std::nullopt;
}

std::optional<std::uint16_t> read(std::type_identity<std::uint16_t>,
                                  const GivenValue& given,
                                  const ValueRule&) {
  // The Go program's sample file has the port as text.
  const auto number = number_of(given, true);
  if (!number || *number < 1 || *number > 65'535) return std::nullopt;
  return static_cast<std::uint16_t>(*number);
}

std::optional<hours> read(std::type_identity<hours>,
                          const GivenValue& given,
                          const ValueRule& rule) {
  const auto number = number_of(given, given.untyped);
  if (!number || *number < rule.least || *number > rule.most) return std::nullopt;
  return hours(*number);
}

std::optional<seconds> read(std::type_identity<seconds>,
                            const GivenValue& given,
                            const ValueRule& rule) {
  const std::string* text = text_of(given);
  const auto count = text == nullptr ? std::nullopt : seconds_of(trim(*text));
  if (!count || *count < rule.least || *count > rule.most) return std::nullopt;
  return seconds(*count);
}

template <class Choice>
std::optional<Choice> chosen(Choices<Choice> choices, const GivenValue& given) {
  const std::string* text = text_of(given);
  if (text == nullptr) return std::nullopt;
  const std::string wanted = to_lower(trim(*text));
  for (const auto& [name, choice] : choices) {
    if (name == wanted) return choice;
  }
  return std::nullopt;
}

std::optional<StoreKind> read(std::type_identity<StoreKind>,
                              const GivenValue& given,
                              const ValueRule&) {
  return chosen<StoreKind>(stores, given);
}
std::optional<net::LoggedAnswers> read(std::type_identity<net::LoggedAnswers>,
                                       const GivenValue& given,
                                       const ValueRule&) {
  return chosen<net::LoggedAnswers>(logged_answers, given);
}
std::optional<EnforcerChoice> read(std::type_identity<EnforcerChoice>,
                                   const GivenValue& given,
                                   const ValueRule&) {
  return chosen<EnforcerChoice>(enforcers, given);
}
std::optional<DiscoveryChoice> read(std::type_identity<DiscoveryChoice>,
                                    const GivenValue& given,
                                    const ValueRule&) {
  return chosen<DiscoveryChoice>(discoveries, given);
}
std::optional<LogLevel> read(std::type_identity<LogLevel>,
                             const GivenValue& given,
                             const ValueRule&) {
  const std::string* text = text_of(given);
  return text == nullptr ? std::nullopt : parse_log_level(to_lower(trim(*text)));
}

constexpr std::string_view pem_begin = "-----BEGIN ";
constexpr std::string_view pem_end = "-----END ";
constexpr std::string_view pem_dashes = "-----";

// The blocks from BEGIN line to END line; text around them is explanation (RFC 7468, 5.2).
// Nothing when there is none, or one that does not end.
std::optional<std::vector<std::string>> pem_blocks(std::string_view text) {
  std::vector<std::string> blocks;
  for (;;) {
    const auto begin = text.find(pem_begin);
    if (begin == std::string_view::npos) break;
    const auto end_line = text.find(pem_end, begin);
    if (end_line == std::string_view::npos) return std::nullopt;
    const auto dashes = text.find(pem_dashes, end_line + pem_end.size());
    if (dashes == std::string_view::npos) return std::nullopt;
    const auto after = dashes + pem_dashes.size();
    blocks.push_back(std::string(text.substr(begin, after - begin)) + "\n");
    text.remove_prefix(after);
  }
  if (blocks.empty()) return std::nullopt;
  return blocks;
}

// Text of the key's form; values of these types may be secret, so none is repeated in the error.
Result<std::string> read_plain(const GivenValue& given,
                               const ValueRule& rule,
                               const std::string& type) {
  const std::string* text = text_of(given);
  if (text == nullptr) {
    return Error{Errc::invalid_argument, "expected " + type + ", not " + kind_of(given), ""};
  }
  if (rule.pem && !pem_blocks(*text)) {
    return Error{Errc::invalid_argument,
                 "expected PEM: a text from \"-----BEGIN …\" to \"-----END …-----\" with its line "
                 "ends, not the name of a file",
                 ""};
  }
  return *text;
}

Result<std::vector<std::string>> read_pem_list(const GivenValue& given) {
  std::vector<std::string> texts;
  if (const auto* list = std::get_if<std::vector<std::string>>(&given.value)) texts = *list;
  if (const std::string* text = text_of(given)) texts = {*text};
  std::vector<std::string> all;
  bool usable = !texts.empty() || std::holds_alternative<std::vector<std::string>>(given.value);
  for (const std::string& text : texts) {
    auto blocks = pem_blocks(text);
    usable = usable && blocks.has_value();
    if (blocks) all.insert(all.end(), blocks->begin(), blocks->end());
  }
  if (!usable) {
    return Error{Errc::invalid_argument,
                 "expected PEM blocks from \"-----BEGIN …\" to \"-----END …-----\", in one text or "
                 "in a list of texts",
                 ""};
  }
  return all;
}

Result<net::ListenAddress> read_address(const GivenValue& given) {
  const std::string* text = text_of(given);
  if (text == nullptr) {
    return Error{Errc::invalid_argument, "expected text, not " + kind_of(given), ""};
  }
  return net::parse_listen_address(trim(*text));
}

}  // namespace

std::string_view name(StoreKind kind) {
  return name_in<StoreKind>(stores, kind);
}
std::string_view name(net::LoggedAnswers kind) {
  return name_in<net::LoggedAnswers>(logged_answers, kind);
}
std::string_view name(EnforcerChoice kind) {
  return name_in<EnforcerChoice>(enforcers, kind);
}
std::string_view name(DiscoveryChoice kind) {
  return name_in<DiscoveryChoice>(discoveries, kind);
}

bool is_blank(const GivenValue& given) {
  const std::string* text = text_of(given);
  return text != nullptr && trim(*text).empty();
}

template <class Value>
std::string describe_type(const ValueRule& rule) {
  return describe(std::type_identity<Value>{}, rule);
}

template <class Value>
Result<Value> read_value(const GivenValue& given, const ValueRule& rule) {
  if constexpr (std::is_same_v<Value, std::string>) {
    return read_plain(given, rule, "text");
  } else if constexpr (std::is_same_v<Value, Secret> || std::is_same_v<Value, NodeName>) {
    return Value(TRY(read_plain(given, rule, "text")));
  } else if constexpr (std::is_same_v<Value, std::vector<std::string>>) {
    return read_pem_list(given);
  } else if constexpr (std::is_same_v<Value, net::ListenAddress>) {
    return read_address(given);
  } else {
    const auto value = read(std::type_identity<Value>{}, given, rule);
    if (value) return *value;
    return Error{Errc::invalid_argument,
                 "expected " + describe_type<Value>(rule) + ", not " + shown(given), ""};
  }
}

template std::string describe_type<bool>(const ValueRule&);
template std::string describe_type<std::string>(const ValueRule&);
template std::string describe_type<Secret>(const ValueRule&);
template std::string describe_type<NodeName>(const ValueRule&);
template std::string describe_type<std::vector<std::string>>(const ValueRule&);
template std::string describe_type<std::uint16_t>(const ValueRule&);
template std::string describe_type<hours>(const ValueRule&);
template std::string describe_type<seconds>(const ValueRule&);
template std::string describe_type<LogLevel>(const ValueRule&);
template std::string describe_type<StoreKind>(const ValueRule&);
template std::string describe_type<net::LoggedAnswers>(const ValueRule&);
template std::string describe_type<EnforcerChoice>(const ValueRule&);
template std::string describe_type<DiscoveryChoice>(const ValueRule&);
template std::string describe_type<net::ListenAddress>(const ValueRule&);

template Result<bool> read_value(const GivenValue&, const ValueRule&);
template Result<std::string> read_value(const GivenValue&, const ValueRule&);
template Result<Secret> read_value(const GivenValue&, const ValueRule&);
template Result<NodeName> read_value(const GivenValue&, const ValueRule&);
template Result<std::vector<std::string>> read_value(const GivenValue&, const ValueRule&);
template Result<std::uint16_t> read_value(const GivenValue&, const ValueRule&);
template Result<hours> read_value(const GivenValue&, const ValueRule&);
template Result<seconds> read_value(const GivenValue&, const ValueRule&);
template Result<LogLevel> read_value(const GivenValue&, const ValueRule&);
template Result<StoreKind> read_value(const GivenValue&, const ValueRule&);
template Result<net::LoggedAnswers> read_value(const GivenValue&, const ValueRule&);
template Result<EnforcerChoice> read_value(const GivenValue&, const ValueRule&);
template Result<DiscoveryChoice> read_value(const GivenValue&, const ValueRule&);
template Result<net::ListenAddress> read_value(const GivenValue&, const ValueRule&);

}  // namespace gthulhu
