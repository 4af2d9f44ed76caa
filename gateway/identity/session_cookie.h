// A login identity in a signed text: what the session cookie holds.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace parley::gateway {

struct SessionIdentity {
  std::string author_id;        // see check_identifier()
  std::string name;             // see check_author_name(); empty for none
  std::int64_t issue_time = 0;  // seconds of Unix time

  bool operator==(const SessionIdentity&) const = default;
};

// No text that seal_session() makes is longer.
inline constexpr std::size_t kSealedSessionBytesMax = 512;

// `1.ISSUE_TIME.AUTHOR_ID.NAME.SIGNATURE`: the name in base64url, the signature HMAC-SHA-256 (RFC 2104) with `key` over
// all before its full stop. Not secret, and nobody without the key can make another one.
std::string seal_session(const SessionIdentity& session, std::string_view key);

struct OpenedSession {
  SessionIdentity session;
  std::size_t key = 0;  // which of the keys it was signed with
};

// What seal_session() has sealed with one of `keys`; nothing for any other text, of any length and content. Signatures
// are compared in constant time, and before anything else is read.
std::optional<OpenedSession> open_session(std::string_view sealed, std::span<const std::string> keys);

}  // namespace parley::gateway
