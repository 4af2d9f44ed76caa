// Sessions over the wire, from the upgrade to the backend.
#include <gmock/gmock.h>

#include <filesystem>

#include "tests/unit/gateway/support/gateway_fixture.h"

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
  const std::string path = testing::TempDir() + "identity_test_keys_" + std::to_string(getpid());
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
  std::filesystem::remove(path);
}

TEST_F(IdentityTest, ClaimingIsOffByDefaultAndLoudWhereItIsOn) {
  EXPECT_EQ(Config::load(Program::kGateway, std::vector<std::string>(), {})->text("identity"), "open");
  options = {"--identity=claimed"};
  start();
  EXPECT_NE(log.str().find("identity_is_claimed"), std::string::npos);
}

TEST_F(IdentityTest, TheSiteItselfSetsNoCookie) {
  start();
  WsClient visitor = client();
  EXPECT_EQ(visitor.get("/").header("set-cookie"), "");
}

}  // namespace
}  // namespace parley::test
