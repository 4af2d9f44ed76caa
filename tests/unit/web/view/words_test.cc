#include "web/view/words.h"

#include <gtest/gtest.h>

#include "web/view/avatar.h"
#include "web/view/room_form.h"

namespace parley::web {
namespace {

TEST(Words, Link) {
  EXPECT_EQ(link_words({LinkState::kConnecting, 0, ""}), "Connecting…");
  EXPECT_EQ(link_words({LinkState::kConnected, 0, ""}), "Connected");
  EXPECT_EQ(link_words({LinkState::kReconnecting, 4, ""}), "Reconnecting in 4 s");
  EXPECT_EQ(link_words({LinkState::kReconnecting, 0, ""}), "Reconnecting…");
  EXPECT_EQ(link_words({LinkState::kOffline, 0, ""}), "Offline – messages will be sent later");
  EXPECT_EQ(link_words({LinkState::kRefused, 0, "too old"}), "Not admitted: too old");
  EXPECT_EQ(link_announcement({LinkState::kReconnecting, 4, ""}), "Reconnecting…");
}

TEST(Words, Counts) {
  EXPECT_EQ(people_words(1), "1 person");
  EXPECT_EQ(people_words(12), "12 people");
  EXPECT_EQ(new_messages_words(1), "1 new message");
  EXPECT_EQ(new_messages_words(3), "3 new messages");
  EXPECT_EQ(title_words("lobby", 0), "lobby · Parley");
  EXPECT_EQ(title_words("lobby", 3), "(3) lobby · Parley");
}

TEST(Words, CharactersLeft) {
  EXPECT_EQ(characters_left_words(3'799), "");
  EXPECT_EQ(characters_left_words(3'800), "200 characters left");
  EXPECT_EQ(characters_left_words(3'999), "1 character left");
  EXPECT_EQ(characters_left_words(4'000), "0 characters left");
  EXPECT_EQ(characters_left_words(4'001), "1 character too many");
}

TEST(Words, MachineTime) {
  EXPECT_EQ(machine_time(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(machine_time(1'700'000'000'123), "2023-11-14T22:13:20.123Z");
  EXPECT_EQ(machine_time(-1), "1969-12-31T23:59:59.999Z");
}

TEST(Avatar, Initials) {
  EXPECT_EQ(initials("ana"), "A");
  EXPECT_EQ(initials("Ana Maria Silva"), "AS");
  EXPECT_EQ(initials("élodie  b"), "éB");
  EXPECT_EQ(initials("😀"), "😀");
  EXPECT_EQ(initials(""), "?");
  EXPECT_EQ(initials(" "), "?");
  EXPECT_LT(avatar_colour("anyone"), kAvatarColours);
  EXPECT_EQ(avatar_colour("anyone"), avatar_colour("anyone"));
}

TEST(RoomName, FromWhatWasTyped) {
  EXPECT_EQ(room_name_from("  #Team-A \n"), "team-a");
  EXPECT_EQ(room_name_from("  "), "");
  EXPECT_EQ(room_name_from("../etc"), "../etc");
}

}  // namespace
}  // namespace parley::web
