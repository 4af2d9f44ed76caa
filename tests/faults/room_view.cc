#include "tests/faults/room_view.h"

#include <utility>

namespace parley::faults {

void RoomView::take_catch_up(const pb::ResumeResponse& response) {
  if (!position_) {
    begin(response.position());
    return;
  }
  if (!response.reset()) {
    for (const pb::Message& message : response.messages()) add(EntryKind::kMessage, message);
    position_ = response.position();
    return;
  }
  Fill wanted = reset(response.position());
  if (fill(wanted, response.messages())) return;
  wanted.token = response.previous_page_token();
  fills_.push_back(std::move(wanted));
}

void RoomView::take_joined(const pb::RoomJoined& joined) {
  if (!position_) {
    begin(joined.position());
    return;
  }
  if (!joined.reset()) return;
  Fill wanted = reset(joined.position());
  if (wanted.up_to > wanted.after) fills_.push_back(std::move(wanted));
}

void RoomView::take_event(const pb::Event& event) {
  if (!event.has_message()) return;
  add(EntryKind::kMessage, event.message());
  position_ = event.position();
}

void RoomView::take_page(const pb::GetMessagesResponse& page) {
  if (fills_.empty()) return;
  Fill& next = fills_.front();
  // Messages that came after the reset are in the latest page as well: they are not what is filled.
  if (fill(next, page.messages()) || page.previous_page_token().empty()) {
    fills_.erase(fills_.begin());
  } else {
    next.token = page.previous_page_token();
  }
}

bool RoomView::fill(const Fill& wanted, const google::protobuf::RepeatedPtrField<pb::Message>& messages) {
  bool is_complete = false;
  for (const pb::Message& message : messages) {
    if (message.offset() <= wanted.after + 1) is_complete = true;
    if (message.offset() > wanted.after && message.offset() <= wanted.up_to) add(EntryKind::kFilled, message);
  }
  return is_complete;
}

void RoomView::begin(const pb::StreamPosition& position) {
  position_ = position;
  view_.epoch = position.epoch();
  view_.entries.push_back(
      {.kind = EntryKind::kBegan, .offset = position.offset(), .time = std::chrono::steady_clock::now()});
}

Fill RoomView::reset(const pb::StreamPosition& position) {
  Fill wanted{.token = "", .after = position_->offset(), .up_to = position.offset()};
  position_ = position;
  view_.entries.push_back(
      {.kind = EntryKind::kReset, .offset = position.offset(), .time = std::chrono::steady_clock::now()});
  return wanted;
}

void RoomView::add(EntryKind kind, const pb::Message& message) {
  const SteadyTime now = std::chrono::steady_clock::now();
  const std::int64_t index = world_.history.find(room_, message.author().author_id(), message.body());
  view_.entries.push_back({.kind = kind, .offset = message.change_offset(), .message = index, .time = now});
}

}  // namespace parley::faults
