#include "backend/broker/hint_queue.h"

#include "backend/broker/hint_codec.h"

namespace parley::backend {

void HintQueue::add(const Hint& hint) {
  if (hint.kind == HintKind::kPresence) {
    if (presence_.size() < lines_max_) presence_.insert(hint.room);
    return;
  }
  if (heads_.empty() && changes_.size() < lines_max_) {
    changes_.push_back(hint);
    return;
  }
  for (const Hint& change : changes_) heads_[change.room] = change.position;
  changes_.clear();
  if (heads_.size() < lines_max_ || heads_.contains(hint.room)) heads_[hint.room] = hint.position;
}

std::vector<std::string> HintQueue::take() {
  std::vector<std::string> lines;
  for (const Hint& change : changes_) lines.push_back(encode_hint(change));
  for (const auto& [room, head] : heads_) {
    lines.push_back(encode_hint(Hint{.kind = HintKind::kChange, .room = room, .position = head, .event = nullptr}));
  }
  for (const std::string& room : presence_) {
    lines.push_back(encode_hint(Hint{.kind = HintKind::kPresence, .room = room, .position = {}, .event = nullptr}));
  }
  changes_.clear();
  heads_.clear();
  presence_.clear();
  return lines;
}

}  // namespace parley::backend
