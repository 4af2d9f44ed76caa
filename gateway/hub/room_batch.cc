#include "gateway/hub/room_batch.h"

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace parley::gateway {

RoomBatch::RoomBatch(std::span<const RoomEventPtr> events) : events_(events) {
  for (const RoomEventPtr& event : events_) {
    if (!event->has_position()) continue;
    const pb::StreamPosition& position = event->position();
    if (first_ == nullptr) first_ = &position;
    if (last_ != nullptr && (last_->epoch() != position.epoch() || last_->offset() >= position.offset())) {
      in_order_ = false;
    }
    last_ = &position;
  }
}

bool RoomBatch::is_new_after(const pb::StreamPosition& position) const {
  if (first_ == nullptr) return true;
  return in_order_ && first_->offset() > position.offset() && first_->epoch() == position.epoch();
}

const Frame& RoomBatch::frame(const WireFormat& format) {
  if (events_.size() == 1) return events_.front()->frame(format);
  Encoding& encoding = encodings_[static_cast<std::size_t>(format.id())];
  if (encoding.done) return encoding.frame;
  encoding.done = true;
  std::string bytes;
  for (const RoomEventPtr& event : events_) {
    const Frame& frame = event->frame(format);
    if (frame != nullptr) bytes += *frame;
  }
  if (!bytes.empty()) encoding.frame = std::make_shared<const std::string>(std::move(bytes));
  return encoding.frame;
}

}  // namespace parley::gateway
