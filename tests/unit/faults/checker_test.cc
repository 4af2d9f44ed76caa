#include "tests/faults/checker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace parley::faults {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kEpoch = "epoch-1";

// A room with three messages, stored as sent, and a reader that saw them all.
class CheckerTest : public testing::Test {
 protected:
  CheckerTest() : view_(history_.add_view("reader", "garden", ViewKind::kResuming)) {
    StoredRoom& room = contents_.rooms["garden"];
    room.epoch = kEpoch;
    view_.epoch = kEpoch;
    see(EntryKind::kBegan, 0, kForeign);
    for (int number = 1; number <= 3; ++number) {
      send_and_store(number);
      see(EntryKind::kMessage, number, number - 1);
    }
  }

  SentMessage& send(int number) {
    const std::string id = absl::StrCat("m", number);
    sent_.push_back(&history_.add_message("garden", "ann", id, id + " text"));
    return *sent_.back();
  }

  void store(const SentMessage& sent, std::int64_t offset) {
    room().messages.push_back({.offset = offset,
                               .change_offset = offset,
                               .author_id = sent.author_id,
                               .request_id = sent.request_id,
                               .body = sent.body});
    room().last_offset = offset;
  }

  void send_and_store(int number) {
    SentMessage& sent = send(number);
    sent.acknowledged = Position{kEpoch, number};
    store(sent, number);
  }

  void see(EntryKind kind, std::int64_t offset, std::int64_t message) {
    view_.entries.push_back({.kind = kind, .offset = offset, .message = message, .time = {}});
  }

  StoredRoom& room() { return contents_.rooms["garden"]; }
  SentMessage& sent(std::size_t index) { return *sent_[index]; }

  std::vector<AnomalyKind> kinds() {
    std::vector<AnomalyKind> found;
    for (const Anomaly& anomaly : check(history_, contents_, {.resume_changes_max = 10})) found.push_back(anomaly.kind);
    return found;
  }

  History history_;
  std::vector<SentMessage*> sent_;
  DatabaseContents contents_;
  View& view_;
};

TEST_F(CheckerTest, FindsNothingWhereAllIsWell) { EXPECT_THAT(kinds(), IsEmpty()); }

TEST_F(CheckerTest, AMessageWithoutAnAnswerMayBeStoredOrNot) {
  send(4);
  EXPECT_THAT(kinds(), IsEmpty());
  store(send(5), 4);
  see(EntryKind::kMessage, 4, 4);
  EXPECT_THAT(kinds(), IsEmpty());
}

TEST_F(CheckerTest, FindsALostAcknowledgedMessage) {
  send(4).acknowledged = Position{kEpoch, 4};
  EXPECT_THAT(kinds(), ElementsAre(AnomalyKind::kLost));
}

TEST_F(CheckerTest, FindsAMessageStoredTwice) {
  store(sent(2), 4);
  see(EntryKind::kMessage, 4, 2);
  EXPECT_THAT(kinds(), ElementsAre(AnomalyKind::kDoubled));
}

TEST_F(CheckerTest, FindsAMessageStoredElsewhereThanAcknowledged) {
  sent(1).acknowledged->offset = 7;
  EXPECT_THAT(kinds(), ElementsAre(AnomalyKind::kMoved));
}

TEST_F(CheckerTest, FindsAnswersThatDiffer) {
  sent(1).answers_differ = true;
  EXPECT_THAT(kinds(), ElementsAre(AnomalyKind::kMoved));
}

TEST_F(CheckerTest, FindsAFinalError) {
  send(4).final_error = "DATABASE_ERROR";
  EXPECT_THAT(kinds(), ElementsAre(AnomalyKind::kFinalError));
}

TEST_F(CheckerTest, FindsAHoleInTheOffsets) {
  store(send(4), 5);
  room().messages.back().offset = 5;
  EXPECT_THAT(kinds(), testing::Contains(AnomalyKind::kOffsetGap));
}

TEST_F(CheckerTest, FindsAHeadThatNoRowHas) {
  room().last_offset = 4;
  see(EntryKind::kMessage, 4, 2);
  EXPECT_THAT(kinds(), testing::Contains(AnomalyKind::kOffsetGap));
}

TEST_F(CheckerTest, FindsAMissedMessage) {
  view_.entries.erase(view_.entries.begin() + 2);
  EXPECT_THAT(kinds(), ElementsAre(AnomalyKind::kMissed));
}

TEST_F(CheckerTest, FindsAMessageSeenTwice) {
  see(EntryKind::kMessage, 3, 2);
  EXPECT_THAT(kinds(), ElementsAre(AnomalyKind::kSeenTwice));
}

TEST_F(CheckerTest, FindsMessagesOutOfOrder) {
  std::swap(view_.entries[1], view_.entries[2]);
  EXPECT_THAT(kinds(), ElementsAre(AnomalyKind::kMissed, AnomalyKind::kSeenTwice));
}

TEST_F(CheckerTest, FindsAnotherMessageAtAnOffset) {
  view_.entries[2].message = 0;
  EXPECT_THAT(kinds(), ElementsAre(AnomalyKind::kWrongContent));
}

TEST_F(CheckerTest, FindsARowThatNobodySent) {
  room().messages[1].body = "m2 another text";
  EXPECT_THAT(kinds(), testing::Contains(AnomalyKind::kWrongContent));
}

TEST_F(CheckerTest, FindsAReaderThatStaysBehind) {
  view_.entries.pop_back();
  EXPECT_THAT(kinds(), ElementsAre(AnomalyKind::kBehind));
}

TEST_F(CheckerTest, FindsAResetWithinTheLimit) {
  view_.entries.pop_back();
  see(EntryKind::kReset, 3, kForeign);
  see(EntryKind::kFilled, 3, 2);
  EXPECT_THAT(kinds(), ElementsAre(AnomalyKind::kNeedlessReset));
}

TEST_F(CheckerTest, AResetBeyondTheLimitIsToBeFilledWhole) {
  for (int number = 4; number <= 20; ++number) send_and_store(number);
  see(EntryKind::kReset, 20, kForeign);
  for (int number = 20; number >= 4; --number) see(EntryKind::kFilled, number, number - 1);
  EXPECT_THAT(kinds(), IsEmpty());
  view_.entries.pop_back();
  EXPECT_THAT(kinds(), ElementsAre(AnomalyKind::kMissed));
}

TEST_F(CheckerTest, FindsAnotherEpoch) {
  view_.epoch = "epoch-2";
  EXPECT_THAT(kinds(), ElementsAre(AnomalyKind::kWrongContent));
}

TEST_F(CheckerTest, ATutorialReaderBeginsAnywhereWithEachConnection) {
  View& tutorial = history_.add_view("old", "garden", ViewKind::kTutorial);
  tutorial.entries = {{.kind = EntryKind::kConnected},
                      {.kind = EntryKind::kMessage, .offset = 1, .message = 0},
                      {.kind = EntryKind::kConnected},
                      {.kind = EntryKind::kMessage, .offset = 3, .message = 2}};
  EXPECT_THAT(kinds(), IsEmpty());
  tutorial.entries.erase(tutorial.entries.begin() + 2);
  EXPECT_THAT(kinds(), ElementsAre(AnomalyKind::kMissed));
}

TEST_F(CheckerTest, FindsAConnectionThatIsLeft) {
  contents_.connections_left = {"c1"};
  EXPECT_THAT(kinds(), ElementsAre(AnomalyKind::kConnectionLeft));
}

TEST_F(CheckerTest, FindsAViolation) {
  history_.add_violation("nonsense");
  EXPECT_THAT(kinds(), ElementsAre(AnomalyKind::kViolation));
}

}  // namespace
}  // namespace parley::faults
