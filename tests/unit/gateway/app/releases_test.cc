// A gateway over a folder of releases: what it serves, and what its sockets are told.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/unit/gateway/support/gateway_fixture.h"
#include "tests/unit/gateway/support/release_fixture.h"

namespace parley::test {
namespace {

class ReleasesTest : public GatewayTest {
 protected:
  void start_on_releases() {
    // So long that only what the folder tells can be the reason.
    options = {"--releases_dir=" + folders.releases.string(), "--releases_poll_ms=600000"};
    start();
  }
  std::string page() { return client().get("/").body; }
  bool serves(const std::string& version) {
    return eventually([this, &version] { return page() == ReleaseFolders::page(version); });
  }
  // The version in the next push; empty where none comes.
  static std::string told(WsClient& client) {
    while (const std::optional<pb::ServerFrame> frame = client.read_server_frame()) {
      if (frame->push().has_page_version()) return frame->push().page_version().version();
    }
    return {};
  }

  ReleaseFolders folders;
};

TEST_F(ReleasesTest, ServesANewReleaseAndARollbackAtOnce) {
  folders.publish("one");
  start_on_releases();
  EXPECT_EQ(page(), ReleaseFolders::page("one"));
  folders.publish("two");
  EXPECT_TRUE(serves("two"));
  EXPECT_EQ(client().get("/assets/app.one.js").body, "script one");
  ASSERT_TRUE(folders.open()->roll_back().ok());
  EXPECT_TRUE(serves("one"));
}

TEST_F(ReleasesTest, BeginsWithoutAny) {
  start_on_releases();
  EXPECT_EQ(client().get("/r/den").status, 404);
  folders.publish("one");
  EXPECT_TRUE(serves("one"));
}

TEST_F(ReleasesTest, ServesTheStaticFolderUntilThereIsOne) {
  folders.build("static");
  options = {"--site_dir=" + folders.site.string(), "--releases_dir=" + folders.releases.string()};
  start();
  EXPECT_EQ(page(), ReleaseFolders::page("static"));
  folders.publish("one");
  EXPECT_TRUE(serves("one"));
}

TEST_F(ReleasesTest, ADamagedOneIsRefusedAlsoByARestart) {
  folders.publish("one");
  const std::string two = folders.publish("two");
  folders.publish("three");
  start_on_releases();
  ReleaseFolders::write(folders.releases / folders.current() / "site" / "index.html", "<html>damaged");
  EXPECT_EQ(page(), ReleaseFolders::page("three")) << "it is in memory";
  stop();
  start();
  EXPECT_EQ(page(), ReleaseFolders::page("two"));
  folders.publish("three");
  EXPECT_TRUE(serves("three")) << "it was mended";
}

TEST_F(ReleasesTest, AFolderThatTakesTheOthersPlaceIsNoticed) {
  folders.publish("one");
  options = {"--releases_dir=" + folders.releases.string(), "--releases_poll_ms=50"};
  start();
  std::filesystem::rename(folders.releases, folders.root / "old");
  folders.publish("two");
  EXPECT_TRUE(serves("two"));
}

TEST_F(ReleasesTest, ANewReleaseIsToldToOpenSocketsAndThoseToCome) {
  folders.publish("one");
  start_on_releases();
  WsClient early(application->port());
  ASSERT_EQ(early.upgrade("/ws", "chat.v1.proto").status, 101);
  EXPECT_EQ(early.read_server_frame()->push().welcome().page_version(), "one");
  const auto json = std::make_unique<WsClient>(application->port());
  ASSERT_EQ(json->upgrade("/ws", "chat.v1.json").status, 101);
  json->read_message();
  const auto old = tutorial();
  folders.publish("two");
  EXPECT_EQ(told(early), "two");
  EXPECT_EQ(json->read_message(), R"({"type":"push","page_version":{"version":"two"}})");
  WsClient late(application->port());
  ASSERT_EQ(late.upgrade("/ws", "chat.v1.proto").status, 101);
  EXPECT_EQ(late.read_server_frame()->push().welcome().page_version(), "two");
  // The tutorial's client would draw it as chat.
  old->send_text(R"({"action":"dance"})");
  EXPECT_NE(old->read_message().value_or("").find("Forbidden"), std::string::npos);
}

TEST_F(ReleasesTest, TheSamePageAgainIsNotTold) {
  folders.publish("one");
  start_on_releases();
  const auto socket = proto();
  folders.build("one");
  ReleaseFolders::write(folders.site / "robots.txt", "more");
  ASSERT_TRUE(folders.open()->publish(folders.site).ok());
  ASSERT_TRUE(eventually([this] { return client().get("/robots.txt").status == 200; }));
  folders.publish("two");
  EXPECT_EQ(told(*socket), "two");
}

TEST_F(ReleasesTest, AMissingFolderIsToldAtTheStart) {
  options = {"--releases_dir=" + (folders.root / "nowhere").string()};
  const absl::StatusOr<Config> config = Config::load(Program::kGateway, options, {});
  settings = std::make_unique<gateway::GatewaySettings>(*gateway::read_settings(*config));
  gateway::Application unstarted(*settings, clock, random, logger);
  const absl::Status started = unstarted.start();
  EXPECT_EQ(started.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(started.message().find("nowhere"), absl::string_view::npos);
}

}  // namespace
}  // namespace parley::test
