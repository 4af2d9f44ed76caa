#include "web/model/outbox.h"

#include <gtest/gtest.h>

#include "tests/unit/web/model/fakes.h"

namespace parley::web {
namespace {

TEST(OutboxTest, KeepsMessagesAndTheirOrderOverAReload) {
  FakeStorage storage;
  {
    Outbox outbox(storage, "lobby");
    outbox.add("zz", "first\nline two", 1'000);
    outbox.add("aa", "second", 1'000);  // the same millisecond
    outbox.add("mm", "third", 900);     // the clock stepped back
  }
  const Outbox again(storage, "lobby");
  ASSERT_EQ(again.messages().size(), 3u);
  EXPECT_EQ(again.messages()[0].request_id, "zz");
  EXPECT_EQ(again.messages()[0].body, "first\nline two");
  EXPECT_EQ(again.messages()[1].request_id, "aa");
  EXPECT_EQ(again.messages()[2].request_id, "mm");
  EXPECT_EQ(again.next()->request_id, "zz");
}

TEST(OutboxTest, RoomsAreApart) {
  FakeStorage storage;
  Outbox lobby(storage, "lobby");
  lobby.add("r1", "a", 1);
  EXPECT_TRUE(Outbox(storage, "lobby-2").messages().empty());
  EXPECT_TRUE(Outbox(storage, "lob").messages().empty());
}

TEST(OutboxTest, AFailedMessageWaitsForThePersonAlsoAfterAReload) {
  FakeStorage storage;
  Outbox outbox(storage, "lobby");
  outbox.add("r1", "a", 1);
  outbox.add("r2", "b", 2);
  outbox.fail("r1", "Refused.\nReally.");
  EXPECT_EQ(outbox.next()->request_id, "r2");
  Outbox again(storage, "lobby");
  EXPECT_EQ(again.find("r1")->failure, "Refused. Really.");
  EXPECT_EQ(again.find("r1")->body, "a");
  again.revive("r1");
  EXPECT_EQ(again.next()->request_id, "r1");
  EXPECT_EQ(Outbox(storage, "lobby").next()->request_id, "r1");
}

TEST(OutboxTest, TwoTabsDoNotLoseEachOthersMessages) {
  FakeStorage storage;
  Outbox one(storage, "lobby");
  Outbox two(storage, "lobby");
  one.add("r1", "from one", 1);
  two.add("r2", "from two", 2);
  one.remove("r1");
  one.add("r3", "from one again", 3);
  const Outbox next(storage, "lobby");
  ASSERT_EQ(next.messages().size(), 2u);
  EXPECT_EQ(next.messages()[0].request_id, "r2");
  EXPECT_EQ(next.messages()[1].request_id, "r3");
}

TEST(OutboxTest, AFullStorageLosesNothingInMemory) {
  FakeStorage storage;
  storage.full = true;
  Outbox outbox(storage, "lobby");
  outbox.add("r1", "a", 1);
  EXPECT_EQ(outbox.next()->body, "a");
  EXPECT_TRUE(storage.values.empty());
}

TEST(OutboxTest, StoresAThousandMessagesAtTheMost) {
  FakeStorage storage;
  Outbox outbox(storage, "lobby");
  for (std::size_t count = 0; count < Outbox::kStoredMax + 5; ++count) {
    outbox.add("r" + std::to_string(count), "a", static_cast<std::int64_t>(count));
  }
  EXPECT_EQ(outbox.messages().size(), Outbox::kStoredMax + 5);
  EXPECT_EQ(storage.values.size(), Outbox::kStoredMax);
}

TEST(OutboxTest, IgnoresWhatIsNoMessage) {
  FakeStorage storage;
  storage.values["parley.outbox.lobby.r1"] = "";
  storage.values["parley.outbox.lobby.r2"] = "12\n";
  storage.values["parley.outbox.lobby.r3"] = "x\n\nbody";
  storage.values["parley.outbox.lobby.r4"] = "12\n\n   ";
  storage.values["parley.outbox.lobby."] = "12\n\nbody";
  storage.values["parley.outbox.lobby.a b"] = "12\n\nbody";
  storage.values["parley.outbox.lobby.good"] = "12\n\nbody";
  const Outbox outbox(storage, "lobby");
  ASSERT_EQ(outbox.messages().size(), 1u);
  EXPECT_EQ(outbox.messages()[0].request_id, "good");
}

}  // namespace
}  // namespace parley::web
