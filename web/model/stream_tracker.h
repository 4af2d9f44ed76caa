// How far the room's changes have been seen without a hole.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace parley::web {

struct Position {
  std::string epoch;
  std::int64_t offset = 0;
  bool operator==(const Position& other) const { return epoch == other.epoch && offset == other.offset; }
};

class StreamTracker {
 public:
  enum class Verdict {
    kNext,  // the change right after the position, which is now behind it
    kOld,   // seen before
    kGap,   // something between was not seen, or it is of another epoch: subscribe again from the position
  };

  // Absent before the first subscription.
  const std::optional<Position>& position() const { return position_; }
  // Everything up to here has been seen.
  void begin(Position position) { position_ = std::move(position); }

  // Moves forward by one change at the most: what has not been seen is never skipped.
  Verdict advance(const Position& event) {
    if (!position_ || event.epoch != position_->epoch) return Verdict::kGap;
    if (event.offset <= position_->offset) return Verdict::kOld;
    if (event.offset > position_->offset + 1) return Verdict::kGap;
    position_->offset = event.offset;
    return Verdict::kNext;
  }

 private:
  std::optional<Position> position_;
};

}  // namespace parley::web
