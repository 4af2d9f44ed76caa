#include "gateway/web/handshake.h"

#include <openssl/sha.h>

#include <array>

#include <boost/beast/http/rfc7230.hpp>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/absl_view.h"
#include "common/errors.h"
#include "gateway/web/header_list.h"

namespace parley::gateway {
namespace {

constexpr std::size_t kKeyBytes = 16;
constexpr std::size_t kKeyLength = 24;
// "A GUID that is unlikely to be used by network endpoints that do not understand the WebSocket Protocol": section 1.3.
constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

std::string accept_value(std::string_view key) {
  const std::string text = absl::StrCat(to_absl(key), to_absl(kGuid));
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest;
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return absl::Base64Escape({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

std::string_view std_view(boost::beast::string_view text) { return {text.data(), text.size()}; }

bool has_token(const HttpRequest& request, http::field field, std::string_view token) {
  const std::string tokens = list_field(request, field);
  return http::token_list(tokens).exists({token.data(), token.size()});
}

absl::Status refusal(std::string_view reason, std::string_view message) {
  return make_error(absl::StatusCode::kInvalidArgument, reason, message);
}

}  // namespace

bool is_websocket_upgrade(const HttpRequest& request) {
  return request.method() == http::verb::get && request.version() == 11 &&
         has_token(request, http::field::connection, "upgrade") &&
         has_token(request, http::field::upgrade, "websocket");
}

absl::Status check_handshake(const HttpRequest& request) {
  if (request.count(http::field::sec_websocket_version) != 1 || request[http::field::sec_websocket_version] != "13") {
    return refusal("WEBSOCKET_VERSION_UNKNOWN", "only version 13 is spoken");
  }
  if (request.count(http::field::sec_websocket_key) != 1 ||
      !is_handshake_key(std_view(request[http::field::sec_websocket_key]))) {
    return refusal("HANDSHAKE_INVALID", "Sec-WebSocket-Key must be 16 bytes in base64, once");
  }
  if (request.count(http::field::sec_websocket_protocol) > 0 &&
      !is_token_list(list_field(request, http::field::sec_websocket_protocol))) {
    return refusal("HANDSHAKE_INVALID", "Sec-WebSocket-Protocol must be a list of tokens");
  }
  if (request.count(http::field::sec_websocket_extensions) > 0 &&
      !is_extension_list(list_field(request, http::field::sec_websocket_extensions))) {
    return refusal("HANDSHAKE_INVALID", "Sec-WebSocket-Extensions must be a list of extensions");
  }
  return absl::OkStatus();
}

bool is_handshake_key(std::string_view key) {
  // The library takes base64 without its padding, too.
  std::string bytes;
  return key.size() == kKeyLength && key.ends_with("==") && absl::Base64Unescape(to_absl(key), &bytes) &&
         bytes.size() == kKeyBytes;
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
