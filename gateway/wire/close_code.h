// Why a WebSocket ends: RFC 6455, section 7.4, and the registry that it founds.
#pragma once

#include <cstdint>

namespace parley::gateway {

enum class CloseCode : std::uint16_t {
  kNone = 0,  // never on the wire: no code was given
  kNormal = 1000,
  kGoingAway = 1001,
  kProtocolError = 1002,
  kUnsupportedData = 1003,  // a kind of frame that is not spoken here
  kInvalidPayload = 1007,   // text that is not UTF-8
  kPolicyViolation = 1008,
  kMessageTooBig = 1009,
  kServiceRestart = 1012,
  kTokenExpired = 4401,  // ours: come again with a new token
};

// Whether a peer may send it: section 7.4.1 reserves some for what is never sent, and others have no meaning.
constexpr bool may_be_received(std::uint16_t code) {
  if (code >= 3000 && code <= 4999) return true;
  return code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006;
}

}  // namespace parley::gateway
