#include "tests/faults/checker.h"

#include <array>
#include <set>
#include <unordered_map>

#include "absl/strings/str_cat.h"

namespace parley::faults {
namespace {

constexpr std::array kNames{"lost",           "doubled", "moved",      "final error",
                            "offset gap",     "missed",  "seen twice", "wrong content",
                            "needless reset", "behind",  "violation",  "connection left"};

// Where each sent message is stored: its offsets by index of the message.
using Places = std::unordered_map<std::int64_t, std::vector<std::int64_t>>;

class Check {
 public:
  Check(const History& history, const DatabaseContents& contents, const CheckLimits& limits)
      : history_(history), contents_(contents), limits_(limits) {}

  std::vector<Anomaly> run() {
    for (const auto& [name, room] : contents_.rooms) check_room(name, room);
    for (std::size_t index = 0; index < history_.messages().size(); ++index) {
      check_message(static_cast<std::int64_t>(index), history_.messages()[index]);
    }
    for (const View& view : history_.views()) {
      if (view.kind == ViewKind::kTutorial) {
        check_tutorial_view(view);
      } else {
        check_resuming_view(view);
      }
    }
    for (const std::string& text : history_.violations()) add(AnomalyKind::kViolation, text);
    for (const std::string& id : contents_.connections_left) add(AnomalyKind::kConnectionLeft, "connection ", id);
    return std::move(anomalies_);
  }

 private:
  template <typename... Parts>
  void add(AnomalyKind kind, const Parts&... parts) {
    anomalies_.push_back({kind, absl::StrCat(parts...)});
  }

  void check_room(const std::string& name, const StoredRoom& room) {
    std::int64_t expected = 1;
    for (const StoredMessage& stored : room.messages) {
      if (stored.offset != expected) {
        add(AnomalyKind::kOffsetGap, name, ": offset ", stored.offset, " where ", expected, " was due");
      }
      if (stored.change_offset != stored.offset) {
        add(AnomalyKind::kOffsetGap, name, ": offset ", stored.offset, " has change_offset ", stored.change_offset);
      }
      expected = stored.offset + 1;
      const std::int64_t message = history_.find(name, stored.author_id, stored.body);
      if (message < 0) {
        add(AnomalyKind::kWrongContent, name, " offset ", stored.offset, ": the row holds what nobody sent");
      } else {
        places_[message].push_back(stored.offset);
      }
    }
    if (room.last_offset != expected - 1) {
      add(AnomalyKind::kOffsetGap, name, ": the head is ", room.last_offset, ", the last row ", expected - 1);
    }
  }

  void check_message(std::int64_t index, const SentMessage& sent) {
    const auto found = places_.find(index);
    const std::size_t count = found == places_.end() ? 0 : found->second.size();
    if (count > 1) add(AnomalyKind::kDoubled, sent.room, ": ", sent.request_id, " is stored ", count, " times");
    if (!sent.final_error.empty()) add(AnomalyKind::kFinalError, sent.request_id, ": ", sent.final_error);
    if (sent.answers_differ) add(AnomalyKind::kMoved, sent.request_id, ": two answers differ");
    if (!sent.acknowledged) return;
    if (count == 0) {
      add(AnomalyKind::kLost, sent.room, ": ", sent.request_id, ", acknowledged at offset ", sent.acknowledged->offset);
    } else if (found->second.front() != sent.acknowledged->offset) {
      add(AnomalyKind::kMoved, sent.room, ": ", sent.request_id, " was acknowledged at offset ",
          sent.acknowledged->offset, " and is stored at ", found->second.front());
    }
  }

  // The row at that offset must hold the message that the reader saw there.
  void check_content(const View& view, const Entry& entry) {
    const auto room = contents_.rooms.find(view.room);
    const bool is_stored = room != contents_.rooms.end() && entry.offset >= 1 &&
                           entry.offset <= static_cast<std::int64_t>(room->second.messages.size());
    const StoredMessage* stored =
        is_stored ? &room->second.messages[static_cast<std::size_t>(entry.offset - 1)] : nullptr;
    const bool is_same = stored != nullptr && entry.message >= 0 &&
                         history_.find(view.room, stored->author_id, stored->body) == entry.message;
    if (!is_same) add(AnomalyKind::kWrongContent, where(view), " at offset ", entry.offset);
  }

  static std::string where(const View& view) { return absl::StrCat(view.reader, " in ", view.room); }

  std::int64_t head(const View& view) const {
    const auto room = contents_.rooms.find(view.room);
    return room == contents_.rooms.end() ? 0 : room->second.last_offset;
  }

  std::string epoch(const View& view) const {
    const auto room = contents_.rooms.find(view.room);
    return room == contents_.rooms.end() ? std::string() : room->second.epoch;
  }

  // Returns the position after the entry.
  std::int64_t check_next(const View& view, const Entry& entry, std::int64_t position) {
    check_content(view, entry);
    if (entry.offset <= position) {
      add(AnomalyKind::kSeenTwice, where(view), ": offset ", entry.offset, " after ", position);
      return position;
    }
    if (entry.offset > position + 1) {
      add(AnomalyKind::kMissed, where(view), ": ", position + 1, " to ", entry.offset - 1);
    }
    return entry.offset;
  }

  void check_resuming_view(const View& view) {
    std::int64_t position = 0;
    bool has_begun = false;
    std::set<std::int64_t> to_fill;
    for (const Entry& entry : view.entries) {
      switch (entry.kind) {
        case EntryKind::kBegan:
          position = entry.offset;
          has_begun = true;
          break;
        case EntryKind::kMessage: position = check_next(view, entry, position); break;
        case EntryKind::kReset:
          if (entry.offset - position <= limits_.resume_changes_max) {
            add(AnomalyKind::kNeedlessReset, where(view), ": from ", position, " to ", entry.offset);
          }
          for (std::int64_t offset = position + 1; offset <= entry.offset; ++offset) to_fill.insert(offset);
          position = entry.offset;
          break;
        case EntryKind::kFilled:
          check_content(view, entry);
          if (to_fill.erase(entry.offset) == 0) {
            add(AnomalyKind::kSeenTwice, where(view), ": offset ", entry.offset, " came again in a page");
          }
          break;
        case EntryKind::kConnected: break;
      }
    }
    for (const std::int64_t offset : to_fill) add(AnomalyKind::kMissed, where(view), ": ", offset, " after a reset");
    if (has_begun && view.epoch != epoch(view)) add(AnomalyKind::kWrongContent, where(view), ": epoch ", view.epoch);
    if (has_begun && position != head(view)) {
      add(AnomalyKind::kBehind, where(view), ": ended at ", position, ", the head is ", head(view));
    }
  }

  void check_tutorial_view(const View& view) {
    std::int64_t position = 0;
    bool is_first = true;
    for (const Entry& entry : view.entries) {
      if (entry.kind == EntryKind::kConnected) {
        is_first = true;
      } else if (is_first) {
        check_content(view, entry);
        position = entry.offset;
        is_first = false;
      } else {
        position = check_next(view, entry, position);
      }
    }
    if (!is_first && position != head(view)) {
      add(AnomalyKind::kBehind, where(view), ": ended at ", position, ", the head is ", head(view));
    }
  }

  const History& history_;
  const DatabaseContents& contents_;
  const CheckLimits& limits_;
  Places places_;
  std::vector<Anomaly> anomalies_;
};

}  // namespace

std::string_view name_of(AnomalyKind kind) { return kNames.at(static_cast<std::size_t>(kind)); }

std::vector<Anomaly> check(const History& history, const DatabaseContents& contents, const CheckLimits& limits) {
  return Check(history, contents, limits).run();
}

}  // namespace parley::faults
