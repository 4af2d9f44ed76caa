#include "tests/bench/sequence_checker.h"

#include <gtest/gtest.h>

#include <initializer_list>

namespace parley::bench {
namespace {

void see(SequenceChecker& checker, std::size_t receiver, std::size_t sender,
         std::initializer_list<std::uint32_t> sequences) {
  for (const std::uint32_t sequence : sequences) checker.see(receiver, sender, sequence);
}

TEST(SequenceChecker, HasNothingAgainstWhatIsInOrder) {
  SequenceChecker checker(2, 2);
  for (std::uint32_t sequence = 0; sequence < 100; ++sequence) {
    for (std::size_t receiver = 0; receiver < 2; ++receiver) {
      checker.see(receiver, 0, sequence);
      checker.see(receiver, 1, sequence);
    }
  }
  EXPECT_EQ(checker.seen(), 400U);
  EXPECT_EQ(checker.doubled(), 0U);
  EXPECT_EQ(checker.misordered(), 0U);
  EXPECT_EQ(checker.order_digest(0), checker.order_digest(1));
}

TEST(SequenceChecker, DoesNotCountWhatIsLost) {
  SequenceChecker checker(1, 1);
  see(checker, 0, 0, {0, 1, 5, 6, 9});
  EXPECT_EQ(checker.seen(), 5U);
  EXPECT_EQ(checker.doubled(), 0U);
  EXPECT_EQ(checker.misordered(), 0U);
}

TEST(SequenceChecker, TellsDoubledFromMisordered) {
  SequenceChecker checker(1, 1);
  see(checker, 0, 0, {0, 0});  // doubled
  EXPECT_EQ(checker.doubled(), 1U);
  see(checker, 0, 0, {5, 3});  // 1 to 4 are passed over, then one of them comes
  EXPECT_EQ(checker.misordered(), 1U);
  see(checker, 0, 0, {3, 5});  // both doubled
  EXPECT_EQ(checker.doubled(), 3U);
  see(checker, 0, 0, {1, 4, 2});  // the rest
  EXPECT_EQ(checker.misordered(), 4U);
  see(checker, 0, 0, {1, 2, 3, 4});  // all doubled
  EXPECT_EQ(checker.doubled(), 7U);
  EXPECT_EQ(checker.misordered(), 4U);
  EXPECT_EQ(checker.seen(), 6U);
  see(checker, 0, 0, {6});
  EXPECT_EQ(checker.seen(), 7U);
}

TEST(SequenceChecker, KeepsSeveralGapsApart) {
  SequenceChecker checker(1, 1);
  see(checker, 0, 0, {2, 5, 9});
  see(checker, 0, 0, {4, 8, 0});
  EXPECT_EQ(checker.misordered(), 3U);
  see(checker, 0, 0, {2, 5, 9});
  EXPECT_EQ(checker.doubled(), 3U);
  see(checker, 0, 0, {1, 3, 6, 7});
  EXPECT_EQ(checker.misordered(), 7U);
  EXPECT_EQ(checker.seen(), 10U);
}

TEST(SequenceChecker, KeepsReceiversAndSendersApart) {
  SequenceChecker checker(2, 2);
  see(checker, 0, 0, {0});
  see(checker, 0, 1, {0});
  see(checker, 1, 0, {0});
  see(checker, 1, 1, {0});
  EXPECT_EQ(checker.seen(), 4U);
  EXPECT_EQ(checker.doubled(), 0U);
}

TEST(SequenceChecker, SeesAnotherOrderOverSeveralSenders) {
  SequenceChecker checker(3, 2);
  checker.see(0, 0, 0);
  checker.see(0, 1, 0);
  checker.see(1, 1, 0);
  checker.see(1, 0, 0);
  checker.see(2, 0, 0);
  checker.see(2, 1, 0);
  EXPECT_EQ(checker.misordered(), 0U) << "each sender's own messages are in order";
  EXPECT_NE(checker.order_digest(0), checker.order_digest(1));
  EXPECT_EQ(checker.order_digest(0), checker.order_digest(2));
}

TEST(SequenceChecker, SeesAnotherMessageLostAtEachReceiver) {
  SequenceChecker checker(2, 1);
  see(checker, 0, 0, {0, 2});
  see(checker, 1, 0, {1, 2});
  EXPECT_NE(checker.order_digest(0), checker.order_digest(1));
}

}  // namespace
}  // namespace parley::bench
