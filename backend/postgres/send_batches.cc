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
  if (room.waiting.empty() && room.in_batch == nullptr) ready_.push_back(name);
  room.waiting.push_back(std::move(send));
  ++waiting_;
  return true;
}

SendBatch SendBatches::take() {
  SendBatch batch;
  std::vector<PendingSend>& messages = batch.messages;
  while (!ready_.empty() && messages.size() < batch_messages_max_) {
    Room& room = rooms_.at(ready_.front());
    batch.rooms.push_back(std::move(ready_.front()));
    ready_.pop_front();
    room.in_batch = batch.fate;
    if (room.committing != nullptr) batch.before.push_back(room.committing);
    const std::size_t count = std::min(room.waiting.size(), batch_messages_max_ - messages.size());
    const auto end = room.waiting.begin() + static_cast<std::ptrdiff_t>(count);
    messages.insert(messages.end(), std::make_move_iterator(room.waiting.begin()), std::make_move_iterator(end));
    room.waiting.erase(room.waiting.begin(), end);
  }
  waiting_ -= messages.size();
  std::sort(batch.before.begin(), batch.before.end());
  batch.before.erase(std::unique(batch.before.begin(), batch.before.end()), batch.before.end());
  return batch;
}

void SendBatches::commit(const SendBatch& batch) {
  for (const std::string& name : batch.rooms) {
    Room& room = rooms_.at(name);
    room.committing = std::move(room.in_batch);
    release(name, room);
  }
}

void SendBatches::finish(const SendBatch& batch) {
  for (const std::string& name : batch.rooms) {
    Room& room = rooms_.at(name);
    if (room.committing == batch.fate) {
      room.committing = nullptr;
    } else {
      room.in_batch = nullptr;
      release(name, room);
    }
    const bool is_idle = room.waiting.empty() && room.in_batch == nullptr && room.committing == nullptr;
    if (is_idle) rooms_.erase(name);
  }
}

void SendBatches::release(const std::string& name, const Room& room) {
  if (!room.waiting.empty()) ready_.push_back(name);
}

}  // namespace parley::backend
