// Sessions over the wire, from the upgrade to the backend.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "common/base64url.h"
#include "gateway/identity/token_identity.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/gateway/support/gateway_fixture.h"
#include "tests/unit/gateway/support/token_maker.h"

namespace parley::test {
namespace {

class IdentityTest : public GatewayTest {
 protected:
  IdentityTest() { options = {"--identity=open"}; }
  struct Entry {
    std::string author_id;
    std::string name;
    std::string cookie;  // as a browser sends it back; empty when none was set
  };
  Entry enter(const std::string& query, const std::string& cookie) {
    WsClient socket = client();
    const std::string headers = cookie.empty() ? "" : "Cookie: " + cookie + "\r\n";
    const HttpAnswer answer = socket.upgrade("/ws" + query, "chat.v1.proto", headers);
    EXPECT_EQ(answer.status, 101);
    const auto frame = socket.read_server_frame();
    const std::string set_cookie = answer.header("set-cookie");
    if (!frame) return {};
    const pb::Author& author = frame->push().welcome().author();
    return {author.author_id(), author.name(), set_cookie.substr(0, set_cookie.find(';'))};
  }
};

TEST_F(IdentityTest, TheSessionSaysWhoOneIsAndTheAddressDoesNot) {
  start();
  const Entry ann = enter("?room=den&name=Ann&author_id=chosen", "");
  EXPECT_NE(ann.author_id, "chosen");
  ASSERT_NE(ann.cookie, "");
  const Entry again = enter("?room=den", ann.cookie);
  EXPECT_EQ(again.author_id, ann.author_id);
  EXPECT_EQ(again.name, "Ann");
  EXPECT_EQ(again.cookie, "");
  const Entry thief = enter("?room=den&author_id=" + ann.author_id, "");
  EXPECT_NE(thief.author_id, ann.author_id);
  EXPECT_NE(enter("?room=den&author_id=" + ann.author_id, thief.cookie).author_id, ann.author_id);
  EXPECT_EQ(log.str().find(ann.cookie), std::string::npos) << "sessions are not in the log";
}

TEST_F(IdentityTest, ASessionOutlivesTheGatewayWithItsKeyFile) {
  const TemporaryFolder folder;
  const std::string path = folder.file("keys");
  options.push_back("--session_key_file=" + path);
  start();
  const Entry first = enter("", "");
  stop();
  start();
  EXPECT_EQ(enter("", first.cookie).author_id, first.author_id);
  stop();
  std::filesystem::remove(path);
  start();
  EXPECT_NE(enter("", first.cookie).author_id, first.author_id);
}

TEST_F(IdentityTest, ClaimingIsOffByDefaultAndLoudWhereItIsOn) {
  EXPECT_EQ(Config::load(Program::kGateway, std::vector<std::string>(), {})->text("identity"), "open");
  options = {"--identity=claimed"};
  start();
  EXPECT_NE(log.str().find("identity_is_claimed"), std::string::npos);
}

class TokenModeTest : public GatewayTest {
 protected:
  TokenModeTest() {
    std::ofstream(path_) << kSecret;
    options = {"--identity=token", "--token_keys_file=" + path_, "--token_audience=chat"};
  }

  // `more` begins with a comma.
  std::string token(const std::string& more, std::chrono::seconds lifetime = std::chrono::seconds(600)) {
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(clock.system_now().time_since_epoch());
    return token_of_secret(
        R"({"alg":"HS256"})",
        R"({"sub":"ann","aud":"chat","exp":)" + std::to_string((now + lifetime).count()) + more + "}", kSecret);
  }
  static std::string header(const std::string& token) { return "Authorization: Bearer " + token + "\r\n"; }

  const std::string kSecret = std::string(32, 's');
  const TemporaryFolder folder_;
  const std::string path_ = folder_.file("keys");
};

TEST_F(TokenModeTest, AHeaderOrASubprotocolLetsIn) {
  start();
  const std::string good = token(R"(,"name":"Ann")");
  const HttpAnswer refused = client().upgrade("/ws");
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(refused.header("www-authenticate"), "Bearer");
  EXPECT_EQ(client().upgrade("/ws?author_id=ann&token=" + good).status, 401) << "never in an address";
  WsClient with_header = client();
  EXPECT_EQ(with_header.upgrade("/ws?author_id=bo&name=Bo", "chat.v1.proto", header(good)).status, 101);
  const pb::Author author = with_header.read_server_frame()->push().welcome().author();
  EXPECT_EQ(author.author_id(), "ann");
  EXPECT_EQ(author.name(), "Ann");
  WsClient with_subprotocol = client();
  const HttpAnswer answer = with_subprotocol.upgrade("/ws", "chat.v1.proto, bearer." + good);
  EXPECT_EQ(answer.status, 101);
  EXPECT_EQ(answer.header("sec-websocket-protocol"), "chat.v1.proto");
  EXPECT_EQ(with_subprotocol.read_server_frame()->push().welcome().author().author_id(), "ann");
  EXPECT_EQ(client().upgrade("/ws", "chat.v1.proto, bearer." + good + "x").status, 401);
  EXPECT_EQ(log.str().find(good), std::string::npos) << "no token is in the log";
}

TEST_F(TokenModeTest, OnlyTheRoomsOfTheTokenAreOpen) {
  start();
  const std::string limited = token(R"(,"rooms":["den","team-*"])");
  EXPECT_EQ(client().upgrade("/ws?room=attic", "chat.v1.proto", header(limited)).status, 403);
  EXPECT_EQ(client().upgrade("/ws?room=team-7", "chat.v1.proto", header(limited)).status, 101);
  WsClient socket = client();
  ASSERT_EQ(socket.upgrade("/ws?room=den", "chat.v1.proto", header(limited)).status, 101);
  EXPECT_TRUE(call(socket, subscribe_command("s1", "den")).has_subscribe());
  EXPECT_EQ(call(socket, subscribe_command("s2", "attic")).error().reason(), "ROOM_NOT_ALLOWED");
  EXPECT_EQ(call(socket, send_command("m1", "attic", "hi")).error().reason(), "ROOM_NOT_ALLOWED");
  EXPECT_TRUE(call(socket, send_command("m2", "team-1", "hi")).has_send_message());
  pb::ClientFrame history;
  history.set_request_id("h1");
  history.mutable_get_messages()->set_room("attic");
  EXPECT_EQ(call(socket, history).error().reason(), "ROOM_NOT_ALLOWED");
}

TEST_F(TokenModeTest, TheNameOfALoginIsNotChosen) {
  start();
  pb::ClientFrame rename;
  rename.set_request_id("n1");
  rename.mutable_set_name()->set_name("Bo");
  WsClient named = client();
  ASSERT_EQ(named.upgrade("/ws", "chat.v1.proto", header(token(R"(,"name":"Ann")"))).status, 101);
  EXPECT_EQ(call(named, rename).error().reason(), "NAME_FIXED");
  WsClient unnamed = client();
  ASSERT_EQ(unnamed.upgrade("/ws", "chat.v1.proto", header(token(""))).status, 101);
  EXPECT_EQ(call(unnamed, rename).set_name().author().name(), "Bo");
}

TEST_F(TokenModeTest, ExpiryClosesWithACodeThatSaysComeAgain) {
  start();
  WsClient brief = client();
  const auto leeway = std::chrono::seconds(gateway::kTokenLeewayS);
  ASSERT_EQ(brief.upgrade("/ws", "chat.v1.proto", header(token("", std::chrono::seconds(2) - leeway))).status, 101);
  EXPECT_EQ(brief.read_close_code(), 4401);
  EXPECT_EQ(metric("parley_gateway_connections_closed_total{code=\"4401\"}"), 1);
}

// A key that is taken away, because somebody else has it, opens nothing more: also not what it has opened.
TEST_F(TokenModeTest, AKeyThatIsTakenAwayClosesWhatItHasOpened) {
  const std::string other(32, 'o');
  const auto jwks = [](const std::vector<std::string>& secrets) {
    std::string keys;
    for (const std::string& secret : secrets) {
      keys += (keys.empty() ? "" : ",") + (R"({"kty":"oct","k":")" + encode_base64url(secret) + R"("})");
    }
    return R"({"keys":[)" + keys + "]}";
  };
  const auto replace_keys = [this](const std::string& text) {
    std::ofstream(path_ + ".new") << text;
    std::filesystem::rename(path_ + ".new", path_);
  };
  replace_keys(jwks({kSecret, other}));
  start();
  WsClient ended = client();
  WsClient stays = client();
  ASSERT_EQ(ended.upgrade("/ws", "chat.v1.proto", header(token(""))).status, 101);
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(clock.system_now().time_since_epoch()).count();
  const std::string claims = R"({"sub":"bo","aud":"chat","exp":)" + std::to_string(now + 600) + "}";
  const std::string others = token_of_secret(R"({"alg":"HS256"})", claims, other);
  ASSERT_EQ(stays.upgrade("/ws", "chat.v1.proto", header(others)).status, 101);
  ASSERT_TRUE(stays.read_server_frame().has_value());
  replace_keys(jwks({other}));
  EXPECT_EQ(ended.read_close_code(), 4401);
  EXPECT_TRUE(call(stays, send_command("m1", "lobby", "still here")).has_send_message());
  EXPECT_EQ(client().upgrade("/ws", "chat.v1.proto", header(token(""))).status, 401);
}

TEST_F(TokenModeTest, TheTutorialsFormatHasASubprotocolForABrowserWithAToken) {
  start();
  WsClient browser = client();
  const HttpAnswer answer = browser.upgrade("/ws", "chat.v1.tutorial, bearer." + token(""));
  EXPECT_EQ(answer.status, 101);
  EXPECT_EQ(answer.header("sec-websocket-protocol"), "chat.v1.tutorial");
  WsClient plain = client();
  EXPECT_EQ(plain.upgrade("/ws", "bearer." + token("")).header("sec-websocket-protocol"), "") << "never the token";
}

TEST_F(IdentityTest, TheSiteItselfSetsNoCookie) {
  start();
  WsClient visitor = client();
  EXPECT_EQ(visitor.get("/").header("set-cookie"), "");
}

}  // namespace
}  // namespace parley::test
