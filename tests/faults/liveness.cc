#include "tests/faults/liveness.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"

namespace parley::faults {
namespace {

// An answer comes no later than this after its message was begun, or nobody waits for it any longer.
constexpr std::chrono::minutes kAnswerMax{5};

std::map<std::string, SteadyTime> first_acknowledgements(const History& history, SteadyTime since) {
  std::map<std::string, SteadyTime> first;
  for (auto message = history.messages().rbegin(); message != history.messages().rend(); ++message) {
    if (message->begun < since - kAnswerMax) break;
    if (!message->acknowledged || message->acknowledged_at < since) continue;
    const auto [entry, is_new] = first.emplace(message->author_id, message->acknowledged_at);
    if (!is_new) entry->second = std::min(entry->second, message->acknowledged_at);
  }
  return first;
}

std::optional<SteadyTime> first_seen(const History& history, const View& view, SteadyTime since) {
  std::optional<SteadyTime> first;
  for (auto entry = view.entries.rbegin(); entry != view.entries.rend() && entry->time >= since; ++entry) {
    const bool is_message = entry->kind == EntryKind::kMessage || entry->kind == EntryKind::kFilled;
    if (!is_message || entry->message < 0) continue;
    if (history.messages()[static_cast<std::size_t>(entry->message)].begun >= since) first = entry->time;
  }
  return first;
}

}  // namespace

Liveness live_since(const History& history, std::span<const std::string> writers, SteadyTime since) {
  Liveness liveness;
  const std::map<std::string, SteadyTime> acknowledged = first_acknowledgements(history, since);
  for (const std::string& writer : writers) {
    const auto found = acknowledged.find(writer);
    if (found == acknowledged.end()) {
      liveness.not_live.push_back(writer);
    } else {
      liveness.live_at = std::max(liveness.live_at, found->second);
    }
  }
  for (const View& view : history.views()) {
    const std::optional<SteadyTime> seen = first_seen(history, view, since);
    if (seen) {
      liveness.live_at = std::max(liveness.live_at, *seen);
    } else {
      liveness.not_live.push_back(absl::StrCat(view.reader, " in ", view.room));
    }
  }
  return liveness;
}

}  // namespace parley::faults
