#include "web/model/timeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/web/model/mirror.h"

namespace parley::web {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

StoredMessage message(std::int64_t offset, std::string_view author = "anna", std::string_view request_id = "x") {
  StoredMessage stored;
  stored.offset = offset;
  stored.change_offset = offset;
  stored.author_id = author;
  stored.author_name = author;
  stored.request_id = request_id;
  stored.body = "text " + std::to_string(offset);
  stored.time_ms = 1'000 * offset;
  return stored;
}

std::vector<StoredMessage> messages(std::int64_t first, std::int64_t last) {
  std::vector<StoredMessage> page;
  for (std::int64_t offset = first; offset <= last; ++offset) page.push_back(message(offset));
  return page;
}

TimelineItem unsent(std::string_view body) {
  TimelineItem item;
  item.body = body;
  item.delivery = Delivery::kSending;
  return item;
}

class TimelineTest : public testing::Test {
 protected:
  TimelineTest()
      : timeline_([this](const std::string& request_id) { settled_.push_back(request_id); }), mirror_(timeline_) {
    timeline_.set_own_author("me");
    timeline_.observe(&mirror_);
  }
  std::vector<std::int64_t> offsets() const {
    std::vector<std::int64_t> found;
    for (std::size_t index = 0; index < timeline_.size(); ++index) found.push_back(timeline_.item(index).offset);
    return found;
  }

  std::vector<std::string> settled_;
  Timeline timeline_;
  Mirror<Timeline> mirror_;
};

TEST_F(TimelineTest, KeepsStoredMessagesByOffsetWhateverTheOrderOfTheirComing) {
  timeline_.reset(messages(5, 6));
  timeline_.apply({message(9), message(7), message(8)}, false);
  EXPECT_THAT(offsets(), ElementsAre(5, 6, 7, 8, 9));
}

TEST_F(TimelineTest, HoldsNoMessageTwice) {
  timeline_.reset({message(5), message(5), message(6)});
  timeline_.apply({message(6), message(7), message(7)}, false);
  timeline_.prepend({message(4), message(5)});
  EXPECT_THAT(offsets(), ElementsAre(4, 5, 6, 7));
}

TEST_F(TimelineTest, APageThatIsNotOlderBringsNothing) {
  timeline_.reset(messages(5, 6));
  EXPECT_FALSE(timeline_.prepend(messages(5, 6)));
  EXPECT_TRUE(timeline_.prepend(messages(3, 6)));
  EXPECT_THAT(offsets(), ElementsAre(3, 4, 5, 6));
}

TEST_F(TimelineTest, DropsTheOldestAndKeepsWhatIsUnsent) {
  timeline_.reset(messages(1, 9));
  timeline_.add_unsent(unsent("mine"), "r1");
  timeline_.drop_oldest(9);
  EXPECT_EQ(mirror_.dropped, 0u);
  timeline_.drop_oldest(3);
  EXPECT_EQ(mirror_.dropped, 6u);
  EXPECT_THAT(offsets(), ElementsAre(7, 8, 9, 0));
  timeline_.apply({message(2), message(10)}, false);
  EXPECT_THAT(offsets(), ElementsAre(7, 8, 9, 10, 0));
  timeline_.prepend(messages(5, 8));
  EXPECT_THAT(offsets(), ElementsAre(5, 6, 7, 8, 9, 10, 0));
}

TEST_F(TimelineTest, TellsInsertionsInARowAtOnce) {
  timeline_.reset(messages(1, 2));
  timeline_.apply(messages(3, 102), false);
  EXPECT_EQ(mirror_.insertions, 1);
  EXPECT_EQ(mirror_.inserted, 100u);
}

TEST_F(TimelineTest, AnItemTakesItsLatestStateOnly) {
  timeline_.reset(messages(1, 3));
  StoredMessage edited = message(2);
  edited.change_offset = 5;
  edited.body = "edited";
  StoredMessage older = message(2);
  older.change_offset = 4;
  older.body = "older";
  timeline_.apply({edited, older}, false);
  EXPECT_EQ(timeline_.item(1).body, "edited");
  EXPECT_EQ(mirror_.changes, 1);
}

TEST_F(TimelineTest, AMessageFromBeforeTheFirstPageWaitsForItsPage) {
  timeline_.reset(messages(10, 12));
  timeline_.apply({message(3)}, false);
  EXPECT_THAT(offsets(), ElementsAre(10, 11, 12));
  timeline_.apply({message(3)}, true);
  EXPECT_THAT(offsets(), ElementsAre(3, 10, 11, 12));
}

TEST_F(TimelineTest, UnsentItemsStandLastInTheOrderOfWriting) {
  timeline_.reset(messages(1, 2));
  timeline_.add_unsent(unsent("a"), "r1");
  timeline_.add_unsent(unsent("b"), "r2");
  timeline_.apply({message(3)}, false);
  EXPECT_THAT(offsets(), ElementsAre(1, 2, 3, 0, 0));
  EXPECT_EQ(timeline_.item(3).body, "a");
  EXPECT_TRUE(timeline_.item(3).own);
}

TEST_F(TimelineTest, AnUnsentItemBecomesTheStoredOneUnderTheSameKey) {
  timeline_.reset(messages(1, 2));
  timeline_.add_unsent(unsent("a"), "r1");
  timeline_.add_unsent(unsent("b"), "r2");
  const std::string key = timeline_.item(3).key;
  timeline_.apply({message(3, "me", "r2")}, false);
  EXPECT_THAT(offsets(), ElementsAre(1, 2, 3, 0));
  EXPECT_EQ(timeline_.item(2).key, key);
  EXPECT_EQ(timeline_.item(2).delivery, Delivery::kSent);
  EXPECT_EQ(timeline_.item(2).time_ms, 3'000);
  EXPECT_THAT(settled_, ElementsAre("r2"));
  timeline_.apply({message(3, "me", "r2")}, false);
  EXPECT_EQ(timeline_.size(), 4u);
}

TEST_F(TimelineTest, AnotherAuthorsRequestIdIsNotOurs) {
  timeline_.add_unsent(unsent("a"), "r1");
  timeline_.apply({message(1, "anna", "r1")}, false);
  EXPECT_THAT(offsets(), ElementsAre(1, 0));
  EXPECT_THAT(settled_, IsEmpty());
}

TEST_F(TimelineTest, AResetKeepsUnsentItemsAndFindsThoseThatAreStored) {
  timeline_.reset(messages(1, 2));
  timeline_.add_unsent(unsent("a"), "r1");
  timeline_.add_unsent(unsent("b"), "r2");
  timeline_.reset({message(50), message(51, "me", "r1")});
  EXPECT_THAT(offsets(), ElementsAre(50, 51, 0));
  EXPECT_EQ(timeline_.item(2).body, "b");
  EXPECT_THAT(settled_, ElementsAre("r1"));
  EXPECT_EQ(mirror_.resets, 2);
}

TEST_F(TimelineTest, AnUnsentItemThatTurnsUpInAnOlderPageIsNotShownTwice) {
  timeline_.reset(messages(10, 11));
  timeline_.add_unsent(unsent("a"), "r1");
  timeline_.prepend({message(8), message(9, "me", "r1")});
  EXPECT_THAT(offsets(), ElementsAre(8, 9, 10, 11));
  EXPECT_THAT(settled_, ElementsAre("r1"));
}

TEST_F(TimelineTest, AnUnsentItemStoredLongAgoLeavesTheEnd) {
  timeline_.reset(messages(10, 11));
  timeline_.add_unsent(unsent("a"), "r1");
  timeline_.apply({message(3, "me", "r1")}, false);
  EXPECT_THAT(offsets(), ElementsAre(10, 11));
  EXPECT_THAT(settled_, ElementsAre("r1"));
}

TEST_F(TimelineTest, FailureAndRemovalOfAnUnsentItem) {
  timeline_.add_unsent(unsent("a"), "r1");
  timeline_.set_delivery("r1", Delivery::kFailed, "Too long.");
  EXPECT_EQ(timeline_.item(0).failure, "Too long.");
  EXPECT_EQ(timeline_.request_id_of_unsent(timeline_.item(0).key), "r1");
  timeline_.remove_unsent("r1");
  EXPECT_EQ(timeline_.size(), 0u);
  EXPECT_EQ(timeline_.request_id_of_unsent("own.r1"), "");
}

// Ten thousand messages, read backwards page by page while new ones come: each step tells and moves only what it adds.
TEST_F(TimelineTest, ALongListCostsWhatIsAdded) {
  timeline_.reset(messages(9'901, 10'000));
  const TimelineItem* const stays = &timeline_.item(0);
  for (std::int64_t first = 9'701; first > 0; first -= 200) {
    timeline_.prepend(messages(first, first + 199));
    timeline_.apply({message(20'000 - first)}, false);
  }
  timeline_.prepend(messages(1, 100));
  EXPECT_EQ(mirror_.insertions, 50 + 49);
  EXPECT_EQ(mirror_.inserted, timeline_.size() - 100);
  EXPECT_EQ(timeline_.size(), 10'000u + 49u);
  EXPECT_EQ(timeline_.item(0).offset, 1);
  EXPECT_EQ(&timeline_.item(9'900), stays) << "items must not be moved by what is added before them";
}

}  // namespace
}  // namespace parley::web
