#include "gateway/web/send_queue.h"

#include <cassert>
#include <utility>

namespace parley::gateway {

bool SendQueue::offer(const Frame& frame) {
  // An empty queue takes a frame of any size: whoever is refused can count on bytes that will leave.
  if (finished_ || refused_ || (!entries_.empty() && bytes_ + frame->size() > bytes_max_)) {
    refused_ = true;
    return false;
  }
  push(frame);
  return true;
}

void SendQueue::push(Frame frame, Written written) {
  if (finished_) {
    if (written) written(false);
    return;
  }
  bytes_ += frame->size();
  entries_.push_back(Entry{std::move(frame), std::move(written)});
}

std::span<const std::string_view> SendQueue::gather() {
  std::size_t count = 0;
  for (const Entry& entry : entries_) {
    if (count == kPiecesMax) break;
    pieces_[count++] = *entry.frame;
  }
  if (count > 0) pieces_[0].remove_prefix(front_written_);
  return {pieces_.data(), count};
}

void SendQueue::written(std::size_t count) {
  assert(count <= bytes_);
  bytes_ -= count;
  front_written_ += count;
  while (!entries_.empty() && front_written_ >= entries_.front().frame->size()) {
    front_written_ -= entries_.front().frame->size();
    Written done = std::move(entries_.front().written);
    entries_.pop_front();
    if (done) done(true);
  }
}

bool SendQueue::take_drained() {
  if (!refused_ || bytes_ > bytes_max_ / 2) return false;
  refused_ = false;
  return true;
}

void SendQueue::fail() {
  finished_ = true;
  bytes_ = 0;
  front_written_ = 0;
  std::deque<Entry> entries = std::exchange(entries_, {});
  for (Entry& entry : entries) {
    if (entry.written) entry.written(false);
  }
}

}  // namespace parley::gateway
