#include "gateway/web/upgrade_request.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/errors.h"

namespace parley::gateway {
namespace {

std::string reason_of(std::string_view query, std::string_view subprotocols = "") {
  const auto parsed = parse_connect(query, subprotocols);
  return parsed.ok() ? "" : std::string(error_reason(parsed.status()));
}

TEST(ConnectQuery, HasDefaults) {
  const auto parsed = parse_connect("", "");
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->room, "lobby");
  EXPECT_EQ(parsed->author.name(), "");
  EXPECT_EQ(parsed->author.author_id(), "");
  EXPECT_EQ(parsed->format->id(), WireFormatId::kTutorial);
}

TEST(ConnectQuery, IsPercentEncodedUtf8) {
  const auto parsed = parse_connect("room=den&name=%C3%89va+%2B%20%26&author_id=a-1&unknown=%41", "chat.v1.json");
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->room, "den");
  EXPECT_EQ(parsed->author.name(), "\xC3\x89va + &");
  EXPECT_EQ(parsed->author.author_id(), "a-1");
  EXPECT_EQ(parsed->format->id(), WireFormatId::kJson);
}

TEST(ConnectQuery, MayAskForTheRoomsMessages) {
  const auto parsed = parse_connect("subscribe=c1&page_size=100&room=den", "chat.v1.proto");
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  ASSERT_NE(parsed->subscription, nullptr);
  EXPECT_EQ(parsed->subscription->request_id(), "c1");
  EXPECT_EQ(parsed->subscription->subscribe().room(), "den");
  EXPECT_EQ(parsed->subscription->subscribe().page_size(), 100);
  EXPECT_EQ(parse_connect("subscribe=c1", "chat.v1.json")->subscription->subscribe().page_size(), 0);
  EXPECT_EQ(parse_connect("page_size=9", "chat.v1.json")->subscription, nullptr);
  EXPECT_EQ(parse_connect("subscribe=c1", "")->subscription, nullptr) << "the tutorial's clients expect no replies";
}

TEST(ConnectQuery, RefusesWhatBreaksTheRules) {
  for (const char* query : {"subscribe=a%20b", "subscribe=c1&page_size=x", "subscribe=c1&page_size=-1"}) {
    EXPECT_EQ(reason_of(query), "QUERY_INVALID") << query;
  }
  EXPECT_EQ(reason_of("room=Den"), "ROOM_NAME_INVALID");
  EXPECT_EQ(reason_of("room=..%2Fetc"), "ROOM_NAME_INVALID");
  EXPECT_EQ(reason_of("room=" + std::string(65, 'a')), "ROOM_NAME_INVALID");
  EXPECT_EQ(reason_of("name=%20x"), "AUTHOR_INVALID");
  EXPECT_EQ(reason_of("name=%FF"), "AUTHOR_INVALID");
  EXPECT_EQ(reason_of("name=a%00b"), "AUTHOR_INVALID");
  EXPECT_EQ(reason_of("name=" + std::string(41, 'n')), "AUTHOR_INVALID");
  EXPECT_EQ(reason_of("author_id=a%20b"), "AUTHOR_INVALID");
  for (const char* query : {"room=%", "room=%4", "room=%zz", "room=den%4"}) {
    EXPECT_EQ(reason_of(query), "QUERY_INVALID") << query;
  }
}

TEST(Subprotocol, IsTheFirstKnownOne) {
  EXPECT_EQ(parse_connect("", "chat.v9 , chat.v1.proto, chat.v1.json")->format->id(), WireFormatId::kProto);
  EXPECT_EQ(parse_connect("", " ,")->format->id(), WireFormatId::kTutorial);
  EXPECT_EQ(reason_of("", "chat.v9"), "SUBPROTOCOL_UNKNOWN");
}

// A browser takes no answer without one of the subprotocols that it offered, and offers one when it brings a token.
TEST(Subprotocol, TheTutorialsFormatHasANameBesideAToken) {
  const auto named = parse_connect("", "bearer.a.b.c, chat.v1.tutorial");
  ASSERT_TRUE(named.ok()) << named.status();
  EXPECT_EQ(named->format->id(), WireFormatId::kTutorial);
  EXPECT_EQ(named->format->subprotocol(), "chat.v1.tutorial");
  EXPECT_EQ(parse_connect("", "bearer.a.b.c")->format->subprotocol(), "");
  EXPECT_EQ(reason_of("", "bearer.a.b.c, chat.v9"), "SUBPROTOCOL_UNKNOWN");
}

TEST(Origin, MustBeOurHostOrListed) {
  const std::vector<std::string> allowed = {"https://chat.example"};
  const auto is_allowed = [](std::string_view origin, std::string_view host, std::span<const std::string> listed) {
    return is_origin_allowed(origin, host, listed, SocketSecurity::kPlain);
  };
  EXPECT_TRUE(is_allowed("http://localhost:8080", "localhost:8080", {}));
  EXPECT_TRUE(is_allowed("HTTPS://Chat.Local", "chat.local:443", {}));
  EXPECT_TRUE(is_allowed("http://chat.local", "chat.local:80", {}));
  EXPECT_TRUE(is_allowed("http://[::1]:8080", "[::1]:8080", {}));
  EXPECT_TRUE(is_allowed("https://chat.example", "inner:8080", allowed));
  EXPECT_FALSE(is_allowed("http://localhost:8081", "localhost:8080", {}));
  EXPECT_FALSE(is_allowed("http://evil.example", "localhost:8080", allowed));
  EXPECT_FALSE(is_allowed("http://localhost:8080.evil.example", "localhost:8080", {}));
  EXPECT_FALSE(is_allowed("https://chat.example.evil", "inner:8080", allowed));
  EXPECT_FALSE(is_allowed("null", "localhost:8080", {}));
  EXPECT_FALSE(is_allowed("", "", {}));
  EXPECT_FALSE(is_allowed("http://", "", {}));
  EXPECT_FALSE(is_allowed("file://localhost:8080", "localhost:8080", {}));
}

TEST(Origin, OverTlsMustHaveComeOverTls) {
  const std::vector<std::string> allowed = {"http://old.example"};
  const auto is_allowed = [&allowed](std::string_view origin) {
    return is_origin_allowed(origin, "chat.local", allowed, SocketSecurity::kTls);
  };
  EXPECT_TRUE(is_allowed("https://chat.local"));
  EXPECT_FALSE(is_allowed("http://chat.local"));
  EXPECT_TRUE(is_allowed("http://old.example"));
}

}  // namespace
}  // namespace parley::gateway
