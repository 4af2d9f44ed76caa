// The limits of every text that people and programs choose. Standard library only: the page uses them as well.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace parley {

inline constexpr std::size_t kRoomNameBytesMax = 64;
inline constexpr std::size_t kIdentifierBytesMax = 64;
inline constexpr std::size_t kAuthorNameCodePointsMax = 40;
inline constexpr std::size_t kAuthorNameBytesMax = 160;
inline constexpr std::size_t kBodyCodePointsMax = 4'000;
inline constexpr std::size_t kBodyBytesMax = 16'000;
inline constexpr std::size_t kClientTimeBytesMax = 64;

// What is wrong with a text, if anything.
enum class TextProblem { kNone, kEmpty, kTooLong, kInvalid };

// The number of code points, or npos where `text` is not UTF-8 as RFC 3629 defines it (no surrogates, no overlong
// forms, nothing above U+10FFFF).
std::size_t count_code_points(std::string_view text);

// [a-z0-9_-], 1 to 64 bytes, beginning with a letter or digit.
TextProblem check_room_name(std::string_view name);
// [A-Za-z0-9_-], 1 to 64 bytes: request_id, author_id, connection_id, gateway_id.
TextProblem check_identifier(std::string_view identifier);
// UTF-8 without control characters or white space at the ends, 1 to 40 code points.
TextProblem check_author_name(std::string_view name);
// A name without what shows nothing or turns the direction of what follows (Default_Ignorable_Code_Point, Bidi_Control
// and interlinear annotations of Unicode), and with one space for each run of white space: what looks the same is the
// same. Bytes that are not UTF-8 and control characters stay, for check_author_name() to refuse.
std::string plain_name(std::string_view name);
// UTF-8 without NUL, not only white space, 1 to 4,000 code points.
TextProblem check_body(std::string_view body);
// UTF-8 without control characters, 0 to 64 bytes.
TextProblem check_client_time(std::string_view client_time);

}  // namespace parley
