// What the clients of a fault run did and saw.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"

namespace parley::faults {

using SteadyTime = std::chrono::steady_clock::time_point;

struct Position {
  std::string epoch;
  std::int64_t offset = 0;
  friend bool operator==(const Position&, const Position&) = default;
};

// One message that a writer wanted stored, over all its attempts.
struct SentMessage {
  std::string room;
  std::string author_id;
  std::string request_id;  // unique in the whole run
  std::string body;        // begins with the request_id and a space
  SteadyTime begun{};
  int attempts = 0;                      // frames or calls that left for it
  int unanswered = 0;                    // of these: the connection ended, the time passed, or the outcome is unknown
  std::optional<Position> acknowledged;  // the first acknowledgement
  SteadyTime acknowledged_at{};
  bool answers_differ = false;  // a later acknowledgement named another position
  std::string final_error;      // an error that is not to be retried: its reason
};

enum class EntryKind : std::uint8_t {
  kBegan,      // the first position; what comes after it is to be seen
  kMessage,    // a change, live or from a catch-up
  kReset,      // the room began anew at this offset; kFilled entries bring what lies between
  kFilled,     // a message from a page of history, after a reset
  kConnected,  // a new connection (views of tutorial clients: the run of messages may begin anywhere)
};

struct Entry {
  EntryKind kind{};
  std::int64_t offset = 0;
  std::int64_t message = 0;  // index of the sent message; kForeign or kDamaged
  SteadyTime time{};
};

inline constexpr std::int64_t kForeign = -1;  // a message that nobody of this run sent
inline constexpr std::int64_t kDamaged = -2;  // its text, author or room is not what was sent

enum class ViewKind : std::uint8_t { kResuming, kTutorial };

// What one reader saw of one room, in the order in which it saw it.
struct View {
  std::string reader;
  std::string room;
  ViewKind kind{};
  std::string epoch;
  std::vector<Entry> entries;
};

// Used by one thread. References to messages and views stay valid while it lives.
class History {
 public:
  SentMessage& add_message(std::string room, std::string author_id, std::string request_id, std::string body);
  View& add_view(std::string reader, std::string room, ViewKind kind);

  // The index of the sent message with that text, see Entry::message. An empty `author_id`: not told by the server.
  std::int64_t find(std::string_view room, std::string_view author_id, std::string_view body) const;

  // Something that no server may send.
  void add_violation(std::string text) { violations_.push_back(std::move(text)); }

  const std::vector<std::string>& violations() const { return violations_; }
  const std::deque<SentMessage>& messages() const { return messages_; }
  const std::deque<View>& views() const { return views_; }

  // One JSON object a line: each message, then each view's entries; times in milliseconds since `start`.
  absl::Status write(const std::filesystem::path& file, SteadyTime start) const;

 private:
  std::deque<SentMessage> messages_;
  std::deque<View> views_;
  std::vector<std::string> violations_;
  std::unordered_map<std::string, std::int64_t> by_request_id_;
};

}  // namespace parley::faults
