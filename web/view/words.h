// What the page says. Pure functions, so that the wording stands in one place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/text_rules.h"
#include "web/model/chat_model.h"

namespace parley::web {

// The connection, for the eye: with the seconds that remain.
std::string link_words(const Link& link);
// The same for the ear: without what changes every second.
std::string link_announcement(const Link& link);

// `3 people`, `1 person`.
std::string people_words(std::size_t count);
// `3 new messages`, `1 new message`.
std::string new_messages_words(std::size_t count);
// `(3) lobby · Parley`; without the number when nothing is unread.
std::string title_words(std::string_view room, std::size_t unread);

// A sentence for each problem of a text; empty for kNone.
std::string_view body_problem_words(TextProblem problem);
std::string_view name_problem_words(TextProblem problem);
std::string name_taken_words(std::string_view name);
std::string_view room_problem_words(TextProblem problem);

// `Ann 2`, or the first of `Ann 3`, … that nobody has who is known to be in the room.
std::string free_name_like(std::string_view name, const ChatModel& model);

// How much of the limit of a message is left; empty while there is plenty.
std::string characters_left_words(std::size_t code_points);

// RFC 3339 in UTC with milliseconds, for the attribute `datetime`.
std::string machine_time(std::int64_t time_ms);

}  // namespace parley::web
