// Counters of a fixed set of names, for a label whose values come from elsewhere.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "common/metrics/counter.h"

namespace parley {

inline constexpr std::string_view kOtherName = "OTHER";

// Any thread. What has none of the names is counted under kOtherName, so that nobody outside makes the set grow.
class NamedCounters {
 public:
  static constexpr std::size_t kNamesMax = 80;

  // `names` outlives the counters and has at most kNamesMax.
  explicit NamedCounters(std::span<const std::string_view> names) : names_(names) {}

  void add(std::string_view name) {
    const auto found = std::find(names_.begin(), names_.end(), name);
    counts_[static_cast<std::size_t>(found - names_.begin())].add();
  }
  std::size_t size() const { return names_.size() + 1; }
  std::string_view name(std::size_t index) const { return index < names_.size() ? names_[index] : kOtherName; }
  std::uint64_t value(std::size_t index) const { return counts_[index].value(); }

 private:
  std::span<const std::string_view> names_;
  std::array<Counter, kNamesMax + 1> counts_;
};

// The reasons of errors and refusals, see chat_service.proto and docs/websocket.md.
inline constexpr auto kErrorReasons = std::to_array<std::string_view>({
    "ROOM_NAME_INVALID",    "AUTHOR_INVALID",
    "BODY_EMPTY",           "BODY_TOO_LONG",
    "TEXT_INVALID",         "REQUEST_ID_INVALID",
    "CLIENT_TIME_INVALID",  "CONNECTION_ID_INVALID",
    "GATEWAY_ID_INVALID",   "PAGE_TOKEN_INVALID",
    "PAGE_SIZE_INVALID",    "POSITION_INVALID",
    "TOO_MANY_ROOMS",       "DATABASE_UNAVAILABLE",
    "SHUTTING_DOWN",        "OVERLOADED",
    "OUTCOME_UNKNOWN",      "DEADLINE_EXCEEDED",
    "DATABASE_ERROR",       "CONNECTION_ENDED",
    "CONNECTION_NOT_FOUND", "FRAME_INVALID",
    "UNKNOWN_ACTION",       "BACKEND_UNAVAILABLE",
    "BACKEND_NOT_SERVING",  "TOO_MANY_CONNECTIONS",
    "ORIGIN_NOT_ALLOWED",   "HOST_NOT_ALLOWED",
    "HANDSHAKE_INVALID",    "WEBSOCKET_VERSION_UNKNOWN",
    "SUBPROTOCOL_UNKNOWN",  "QUERY_INVALID",
    "UNAUTHENTICATED",      "PERMISSION_DENIED",
    "SLOW_CONSUMER",        "LEASE_LAPSED",
    "HELLO_REQUIRED",       "ANSWER_UNKNOWN",
    "AUTHOR_NOT_ALLOWED",   "GATEWAY_CREDENTIAL_INVALID",
    "GATEWAY_ONLY",         "NAME_FIXED",
    "NAME_IN_USE",          "NOT_ASKED",
    "NOT_REACHABLE",        "NOT_READY",
    "NOT_SERVING",          "ROOM_NOT_ALLOWED",
    "SCOPE_MISSING",        "TOKEN_EXPIRED",
    "TOKEN_INVALID",        "TOKEN_NOT_FOUND",
    "TOKEN_REQUIRED",       "TOO_MANY_TOKENS",
    "TOO_MANY_UPGRADES",    "REQUEST_TIMEOUT",
    "PROXY_HEADER_INVALID",
});
static_assert(kErrorReasons.size() <= NamedCounters::kNamesMax);

}  // namespace parley
