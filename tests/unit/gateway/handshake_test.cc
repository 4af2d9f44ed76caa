#include "gateway/web/handshake.h"

#include <gtest/gtest.h>

#include <string>

namespace parley::gateway {
namespace {

// The example of RFC 6455, section 1.3.
TEST(Handshake, AnswersAsTheDocumentSays) {
  EXPECT_EQ(make_handshake_answer("dGhlIHNhbXBsZSBub25jZQ==", "chat", ""),
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: chat\r\n\r\n");
  EXPECT_EQ(make_handshake_answer("dGhlIHNhbXBsZSBub25jZQ==", "", "").find("Protocol:"), std::string::npos);
}

TEST(Handshake, SetsACookie) {
  EXPECT_NE(
      make_handshake_answer("dGhlIHNhbXBsZSBub25jZQ==", "", "a=b; HttpOnly").find("\r\nSet-Cookie: a=b; HttpOnly\r\n"),
      std::string::npos);
}

TEST(Handshake, KnowsAKey) {
  EXPECT_TRUE(is_handshake_key("dGhlIHNhbXBsZSBub25jZQ=="));
  EXPECT_FALSE(is_handshake_key(""));
  EXPECT_FALSE(is_handshake_key("dGhlIHNhbXBsZSBub25jZQ"));
  EXPECT_FALSE(is_handshake_key("dGhlIHNhbXBsZSBub25jZQ="));
  EXPECT_FALSE(is_handshake_key("dGhlIHNhbXBsZSBub2  ZQ=="));
  EXPECT_FALSE(is_handshake_key("dGhlIHNhbXBsZSBub25j"));
  EXPECT_FALSE(is_handshake_key("dGhlIHNhbXBsZSBub25jZQ==\r\nX: y"));
  EXPECT_FALSE(is_handshake_key("not base64 at all, is it"));
}

}  // namespace
}  // namespace parley::gateway
