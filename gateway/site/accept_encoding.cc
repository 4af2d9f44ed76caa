#include "gateway/site/accept_encoding.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "common/absl_view.h"

namespace parley::gateway {
namespace {

constexpr int kFullWeight = 1000;

// `0`, `1`, `0.` to `0.999`, `1.000`.
int parse_weight(std::string_view text) {
  const bool shape =
      !text.empty() && text.size() <= 5 && (text[0] == '0' || text[0] == '1') && (text.size() == 1 || text[1] == '.');
  if (!shape) return 0;
  int weight = (text[0] - '0') * kFullWeight;
  int place = 100;
  for (const char digit : text.substr(std::min<std::size_t>(2, text.size()))) {
    if (digit < '0' || digit > '9') return 0;
    weight += (digit - '0') * place;
    place /= 10;
  }
  return weight > kFullWeight ? 0 : weight;
}

}  // namespace

int coding_weight(std::string_view header, std::string_view coding) {
  int wildcard = absl::EqualsIgnoreCase(to_absl(coding), "identity") ? kFullWeight : 0;
  for (const absl::string_view element : absl::StrSplit(to_absl(header), ',')) {
    const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(element, absl::MaxSplits(';', 1));
    const absl::string_view name = absl::StripAsciiWhitespace(parts.first);
    if (name.empty()) continue;
    absl::string_view parameter = absl::StripAsciiWhitespace(parts.second);
    int weight = kFullWeight;
    if (!parameter.empty()) {
      const bool is_weight = absl::StartsWithIgnoreCase(parameter, "q=");
      weight = is_weight ? parse_weight(to_std(absl::StripAsciiWhitespace(parameter.substr(2)))) : 0;
    }
    if (absl::EqualsIgnoreCase(name, to_absl(coding))) return weight;
    if (name == "*") wildcard = weight;
  }
  return wildcard;
}

}  // namespace parley::gateway
