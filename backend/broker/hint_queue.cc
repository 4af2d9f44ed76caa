#include "backend/broker/hint_queue.h"

#include <utility>

#include "backend/broker/hint_codec.h"

namespace parley::backend {

void HintQueue::add(Hint hint) {
  if (hint.kind == HintKind::kPresence) {
    if (presence_.size() < lines_max_) presence_.insert(hint.room);
    return;
  }
  if (!heads_.contains(hint.room) && changes_.size() < lines_max_ && ++room_changes_[hint.room] <= room_changes_max_) {
    changes_.push_back(std::move(hint));
    return;
  }
  if (changes_.size() >= lines_max_) {
    for (const Hint& change : changes_) add_head(change);
    changes_.clear();
  }
  add_head(hint);
}

void HintQueue::add_head(const Hint& change) {
  if (heads_.size() < lines_max_ || heads_.contains(change.room)) heads_[change.room] = change.position;
}

std::vector<std::string> HintQueue::take() {
  std::vector<std::string> lines;
  for (const Hint& change : changes_) {
    if (!heads_.contains(change.room)) lines.push_back(encode_hint(change));
  }
  for (const auto& [room, head] : heads_) {
    lines.push_back(encode_hint(Hint{.kind = HintKind::kChange, .room = room, .position = head, .event = nullptr}));
  }
  for (const std::string& room : presence_) {
    lines.push_back(encode_hint(Hint{.kind = HintKind::kPresence, .room = room, .position = {}, .event = nullptr}));
  }
  changes_.clear();
  room_changes_.clear();
  heads_.clear();
  presence_.clear();
  return lines;
}

}  // namespace parley::backend
