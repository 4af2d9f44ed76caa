#include "web/model/query.h"

#include <gtest/gtest.h>

namespace parley::web {
namespace {

TEST(QueryTest, EncodesEverythingButUnreservedCharacters) {
  EXPECT_EQ(percent_encode("Zoë & co=1+2%/~-._"), "Zo%C3%AB%20%26%20co%3D1%2B2%25%2F~-._");
}

TEST(QueryTest, ThePathNamesTheRoom) {
  EXPECT_EQ(room_of_path("/"), "lobby");
  EXPECT_EQ(room_of_path("/r/tea-time_2"), "tea-time_2");
  EXPECT_EQ(room_of_path("/r/"), "lobby");
  EXPECT_EQ(room_of_path("/r/Upper"), "lobby");
  EXPECT_EQ(room_of_path("/r/a/b"), "lobby");
  EXPECT_EQ(room_of_path("/x/tea"), "lobby");
}

}  // namespace
}  // namespace parley::web
