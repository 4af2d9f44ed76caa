#include "gateway/web/byte_range.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "common/absl_view.h"

namespace parley::gateway {
namespace {

constexpr std::string_view kUnit = "bytes=";

// 1*DIGIT; one that is larger than any file is the largest number.
std::optional<std::size_t> parse_position(std::string_view text) {
  if (text.empty() || !std::all_of(text.begin(), text.end(), absl::ascii_isdigit)) return std::nullopt;
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range) return static_cast<std::size_t>(-1);
  return value;
}

ByteRange last_bytes(std::size_t wanted, std::size_t size) {
  const std::size_t count = std::min(wanted, size);
  if (count == 0) return {ByteRange::Kind::kUnsatisfiable, 0, 0};
  return {ByteRange::Kind::kPart, size - count, count};
}

}  // namespace

ByteRange parse_byte_range(std::string_view range, std::size_t size) {
  if (!absl::StartsWithIgnoreCase(to_absl(range), to_absl(kUnit))) return {};
  const std::string_view spec = to_std(absl::StripAsciiWhitespace(to_absl(range.substr(kUnit.size()))));
  const std::size_t dash = spec.find('-');
  if (dash == std::string_view::npos) return {};
  const std::string_view last_text = spec.substr(dash + 1);
  if (dash == 0) {
    const std::optional<std::size_t> wanted = parse_position(last_text);
    return wanted ? last_bytes(*wanted, size) : ByteRange();
  }
  const std::optional<std::size_t> first = parse_position(spec.substr(0, dash));
  const std::optional<std::size_t> last = last_text.empty() ? static_cast<std::size_t>(-1) : parse_position(last_text);
  if (!first || !last || *last < *first) return {};
  if (*first >= size) return {ByteRange::Kind::kUnsatisfiable, 0, 0};
  return {ByteRange::Kind::kPart, *first, std::min(*last, size - 1) - *first + 1};
}

bool if_range_holds(std::string_view if_range, std::string_view etag) { return if_range.empty() || if_range == etag; }

}  // namespace parley::gateway
