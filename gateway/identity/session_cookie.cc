#include "gateway/identity/session_cookie.h"

#include <array>
#include <charconv>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/absl_view.h"
#include "common/base64url.h"
#include "common/hashing.h"
#include "common/text_rules.h"

namespace parley::gateway {
namespace {

// A session signs nothing else, whatever else the key may come to sign.
constexpr std::string_view kPurpose = "parley session\n";
constexpr std::string_view kVersion = "1";
constexpr std::size_t kParts = 4;

std::string sign(std::string_view payload, std::string_view key) {
  return encode_base64url(bytes_of(hmac_sha256(key, absl::StrCat(to_absl(kPurpose), to_absl(payload)))));
}

std::optional<std::int64_t> parse_time(std::string_view digits) {
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
  if (error != std::errc() || end != digits.data() + digits.size() || seconds < 0) return std::nullopt;
  return seconds;
}

std::optional<SessionIdentity> parse_payload(std::string_view payload) {
  std::array<std::string_view, kParts> parts;
  for (std::size_t index = 0; index < kParts; ++index) {
    const std::size_t stop = payload.find('.');
    const bool is_last = index + 1 == kParts;
    if ((stop == std::string_view::npos) != is_last) return std::nullopt;
    parts[index] = payload.substr(0, stop);
    if (!is_last) payload.remove_prefix(stop + 1);
  }
  const std::optional<std::int64_t> issue_time = parse_time(parts[1]);
  std::optional<std::string> name = decode_base64url(parts[3]);
  const bool is_well = parts[0] == kVersion && issue_time.has_value() && name.has_value() &&
                       check_identifier(parts[2]) == TextProblem::kNone &&
                       (name->empty() || check_author_name(*name) == TextProblem::kNone);
  if (!is_well) return std::nullopt;
  return SessionIdentity{.author_id = std::string(parts[2]), .name = *std::move(name), .issue_time = *issue_time};
}

}  // namespace

std::string seal_session(const SessionIdentity& session, std::string_view key) {
  const std::string payload = absl::StrCat(to_absl(kVersion), ".", session.issue_time, ".", session.author_id, ".",
                                           encode_base64url(session.name));
  return absl::StrCat(payload, ".", sign(payload, key));
}

std::optional<OpenedSession> open_session(std::string_view sealed, std::span<const std::string> keys) {
  if (sealed.size() > kSealedSessionBytesMax) return std::nullopt;
  const std::size_t stop = sealed.rfind('.');
  if (stop == std::string_view::npos) return std::nullopt;
  const std::string_view payload = sealed.substr(0, stop);
  for (std::size_t key = 0; key < keys.size(); ++key) {
    if (!is_equal_secret(sealed.substr(stop + 1), sign(payload, keys[key]))) continue;
    std::optional<SessionIdentity> session = parse_payload(payload);
    if (!session) return std::nullopt;
    return OpenedSession{.session = *std::move(session), .key = key};
  }
  return std::nullopt;
}

}  // namespace parley::gateway
