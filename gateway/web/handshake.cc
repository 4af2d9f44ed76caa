#include "gateway/web/handshake.h"

#include <openssl/sha.h>

#include <array>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/absl_view.h"

namespace parley::gateway {
namespace {

constexpr std::size_t kKeyBytes = 16;
// "A GUID that is unlikely to be used by network endpoints that do not understand the WebSocket Protocol": section 1.3.
constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

std::string accept_value(std::string_view key) {
  const std::string text = absl::StrCat(to_absl(key), to_absl(kGuid));
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest;
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return absl::Base64Escape({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

}  // namespace

bool is_handshake_key(std::string_view key) {
  std::string bytes;
  return absl::Base64Unescape(to_absl(key), &bytes) && bytes.size() == kKeyBytes;
}

std::string make_handshake_answer(std::string_view key, std::string_view subprotocol, std::string_view set_cookie) {
  std::string answer = absl::StrCat(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ",
      accept_value(key), "\r\n");
  if (!subprotocol.empty()) absl::StrAppend(&answer, "Sec-WebSocket-Protocol: ", to_absl(subprotocol), "\r\n");
  if (!set_cookie.empty()) absl::StrAppend(&answer, "Set-Cookie: ", to_absl(set_cookie), "\r\n");
  return answer + "\r\n";
}

}  // namespace parley::gateway
