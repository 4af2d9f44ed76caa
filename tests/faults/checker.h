// Holds what the clients saw against what the database holds: invariants 1 to 6 of the design.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/faults/history.h"

namespace parley::faults {

struct StoredMessage {
  std::int64_t offset = 0;
  std::int64_t change_offset = 0;
  std::string author_id;
  std::string request_id;
  std::string body;
};

struct StoredRoom {
  std::string epoch;
  std::int64_t last_offset = 0;
  std::vector<StoredMessage> messages;  // by offset
};

// The tables after the run, when every lease has lapsed.
struct DatabaseContents {
  std::map<std::string, StoredRoom> rooms;    // by name
  std::vector<std::string> connections_left;  // connection ids
};

enum class AnomalyKind : std::uint8_t {
  kLost,            // acknowledged, but not stored
  kDoubled,         // stored more than once
  kMoved,           // stored elsewhere than acknowledged, or two answers to one request differ
  kFinalError,      // a fault was answered with an error that says: do not retry
  kOffsetGap,       // a room's offsets have a hole, a repetition, or end elsewhere than its head
  kMissed,          // a reader did not see a change
  kSeenTwice,       // a reader saw a change again
  kWrongContent,    // a reader or the table has something else than was sent
  kNeedlessReset,   // a reset though the gap was within the limit
  kBehind,          // a reader did not reach the room's head at the end
  kViolation,       // a frame that no server may send
  kConnectionLeft,  // a connection row outlived its lease
};

std::string_view name_of(AnomalyKind kind);

struct Anomaly {
  AnomalyKind kind{};
  std::string text;
};

struct CheckLimits {
  std::int64_t resume_changes_max = 1'000;  // the backend's setting: a larger gap may be answered with a reset
};

// Everything that is wrong, in the order of the checks; empty when all is well.
std::vector<Anomaly> check(const History& history, const DatabaseContents& contents, const CheckLimits& limits);

}  // namespace parley::faults
