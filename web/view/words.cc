#include "web/view/words.h"

#include <chrono>

namespace parley::web {
namespace {

constexpr std::size_t kCharactersLeftShown = 200;

std::string counted(std::size_t count, std::string_view one, std::string_view many) {
  std::string words = std::to_string(count);
  words += ' ';
  words += count == 1 ? one : many;
  return words;
}

// At least `count` digits of a number that is not negative. (printf would be a tenth of the page's program.)
void append_digits(std::string& text, int number, std::size_t count) {
  const std::string digits = std::to_string(number);
  if (digits.size() < count) text.append(count - digits.size(), '0');
  text += digits;
}

}  // namespace

std::string link_words(const Link& link) {
  if (link.state == LinkState::kReconnecting && link.retry_in_s > 0) {
    return "Reconnecting in " + std::to_string(link.retry_in_s) + " s";
  }
  return link_announcement(link);
}

std::string link_announcement(const Link& link) {
  switch (link.state) {
    case LinkState::kConnecting: return "Connecting…";
    case LinkState::kConnected: return "Connected";
    case LinkState::kReconnecting: return "Reconnecting…";
    case LinkState::kOffline: return "Offline – messages will be sent later";
    case LinkState::kRefused: return link.reason.empty() ? "Not admitted" : "Not admitted: " + link.reason;
  }
  return {};
}

std::string people_words(std::size_t count) { return counted(count, "person", "people"); }

std::string new_messages_words(std::size_t count) { return counted(count, "new message", "new messages"); }

std::string title_words(std::string_view room, std::size_t unread) {
  std::string title = unread == 0 ? std::string() : "(" + std::to_string(unread) + ") ";
  title += room;
  title += " · Parley";
  return title;
}

std::string_view body_problem_words(TextProblem problem) {
  switch (problem) {
    case TextProblem::kNone: return "";
    case TextProblem::kEmpty: return "Write something first.";
    case TextProblem::kTooLong: return "This message is too long. The limit is 4,000 characters.";
    case TextProblem::kInvalid: return "This message contains characters that cannot be sent.";
  }
  return {};
}

std::string_view name_problem_words(TextProblem problem) {
  switch (problem) {
    case TextProblem::kNone: return "";
    case TextProblem::kEmpty: return "Please enter a name.";
    case TextProblem::kTooLong: return "This name is too long. The limit is 40 characters.";
    case TextProblem::kInvalid: return "This name contains characters that cannot be used.";
  }
  return {};
}

std::string name_taken_words(std::string_view name) {
  return "Somebody else here is called " + std::string(name) + ". Please choose another name.";
}

std::string free_name_like(std::string_view name, const ChatModel& model) {
  const std::size_t stem = name.find_last_not_of("0123456789");
  if (stem != std::string_view::npos && stem > 0 && name[stem] == ' ') name = name.substr(0, stem);
  for (int number = 2;; ++number) {
    const std::string candidate = std::string(name) + " " + std::to_string(number);
    bool is_free = true;
    for (std::size_t index = 0; index < model.known_people(); ++index) {
      if (model.person(index).name == candidate) is_free = false;
    }
    if (is_free) return candidate;
  }
}

std::string_view room_problem_words(TextProblem problem) {
  switch (problem) {
    case TextProblem::kNone: return "";
    case TextProblem::kEmpty: return "Enter the name of a room.";
    case TextProblem::kTooLong: return "This name is too long. The limit is 64 characters.";
    case TextProblem::kInvalid: return "Use letters a to z, digits, - and _, beginning with a letter or digit.";
  }
  return {};
}

std::string characters_left_words(std::size_t code_points) {
  if (code_points + kCharactersLeftShown < kBodyCodePointsMax) return {};
  if (code_points <= kBodyCodePointsMax) {
    return counted(kBodyCodePointsMax - code_points, "character left", "characters left");
  }
  return counted(code_points - kBodyCodePointsMax, "character too many", "characters too many");
}

std::string machine_time(std::int64_t time_ms) {
  using namespace std::chrono;
  const sys_time<milliseconds> time{milliseconds(time_ms)};
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss<milliseconds> clock{time - day};
  std::string text;
  append_digits(text, static_cast<int>(date.year()), 4);
  append_digits(text += '-', static_cast<int>(static_cast<unsigned>(date.month())), 2);
  append_digits(text += '-', static_cast<int>(static_cast<unsigned>(date.day())), 2);
  append_digits(text += 'T', static_cast<int>(clock.hours().count()), 2);
  append_digits(text += ':', static_cast<int>(clock.minutes().count()), 2);
  append_digits(text += ':', static_cast<int>(clock.seconds().count()), 2);
  append_digits(text += '.', static_cast<int>(clock.subseconds().count()), 3);
  return text += 'Z';
}

}  // namespace parley::web
