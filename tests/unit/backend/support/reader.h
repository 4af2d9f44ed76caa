// Reads a subscription as a transport would, and tells what came in one line an item.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "backend/chat/subscription.h"

namespace parley::backend {

// `joined lobby e1:3`, `reset lobby e1:9`, `lobby e1:4`, `lobby presence 2`.
inline std::string describe(const StreamItem& item) {
  const auto position = [](const pb::StreamPosition& at) { return absl::StrCat(at.epoch(), ":", at.offset()); };
  if (const auto* joined = std::get_if<std::shared_ptr<const pb::RoomJoined>>(&item)) {
    return absl::StrCat((*joined)->reset() ? "reset " : "joined ", (*joined)->room(), " ",
                        position((*joined)->position()));
  }
  const auto& event = std::get<std::shared_ptr<const pb::Event>>(item);
  if (!event->has_position()) {
    return absl::StrCat(event->room(), " presence ", event->presence().author_count());
  }
  return absl::StrCat(event->room(), " ", position(event->position()));
}

inline std::vector<std::string> read_all(Subscription& subscription) {
  std::vector<std::string> lines;
  while (const auto item = subscription.pop()) lines.push_back(describe(*item));
  return lines;
}

}  // namespace parley::backend
