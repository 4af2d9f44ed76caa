#include "backend/postgres/send_batches.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

namespace parley::backend {

SendBatches::SendBatches(std::size_t batch_messages_max, std::size_t waiting_max)
    : batch_messages_max_(batch_messages_max), waiting_max_(waiting_max) {}

bool SendBatches::add(PendingSend& send) {
  if (waiting_ >= waiting_max_) return false;
  auto& [name, room] = *rooms_.try_emplace(send.request.room()).first;
  if (room.waiting.empty() && !room.in_batch) ready_.push_back(name);
  room.waiting.push_back(std::move(send));
  ++waiting_;
  return true;
}

std::vector<PendingSend> SendBatches::take() {
  std::vector<PendingSend> batch;
  while (!ready_.empty() && batch.size() < batch_messages_max_) {
    Room& room = rooms_.at(ready_.front());
    ready_.pop_front();
    room.in_batch = true;
    const std::size_t count = std::min(room.waiting.size(), batch_messages_max_ - batch.size());
    const auto end = room.waiting.begin() + static_cast<std::ptrdiff_t>(count);
    batch.insert(batch.end(), std::make_move_iterator(room.waiting.begin()), std::make_move_iterator(end));
    room.waiting.erase(room.waiting.begin(), end);
  }
  waiting_ -= batch.size();
  return batch;
}

void SendBatches::finish(const std::vector<std::string>& rooms) {
  for (const std::string& name : rooms) {
    const auto room = rooms_.find(name);
    if (room == rooms_.end()) continue;
    if (room->second.waiting.empty()) {
      rooms_.erase(room);
    } else {
      room->second.in_batch = false;
      ready_.push_back(name);
    }
  }
}

std::vector<std::string> SendBatches::rooms_of(const std::vector<PendingSend>& batch) {
  std::vector<std::string> rooms;
  rooms.reserve(batch.size());
  for (const PendingSend& send : batch) rooms.push_back(send.request.room());
  std::sort(rooms.begin(), rooms.end());
  rooms.erase(std::unique(rooms.begin(), rooms.end()), rooms.end());
  return rooms;
}

}  // namespace parley::backend
