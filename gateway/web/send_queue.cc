#include "gateway/web/send_queue.h"

#include <cassert>
#include <utility>

namespace parley::gateway {
namespace {

// An empty queue keeps room for this many frames, and gives back what a burst has grown.
constexpr std::size_t kFramesKept = 4;
// Frames that have left go out of the list when there are this many, and they are half of it.
constexpr std::size_t kLeftMax = 64;

}  // namespace

bool SendQueue::offer(const Frame& frame) {
  // An empty queue takes a frame of any size: whoever is refused can count on bytes that will leave.
  if (finished_ || refused_ || (!empty() && bytes_ + frame->size() > bytes_max_)) {
    refused_ = true;
    return false;
  }
  push(frame);
  return true;
}

void SendQueue::push(Frame frame) {
  if (finished_) return;
  bytes_ += frame->size();
  frames_.push_back(std::move(frame));
}

std::span<iovec> SendQueue::gather(std::span<iovec> pieces) const {
  std::size_t count = 0;
  std::size_t skipped = front_written_;
  for (std::size_t index = front_; index < frames_.size() && count < pieces.size(); ++index) {
    const std::string& bytes = *frames_[index];
    // sendmsg(2) does not write into what it is given, but takes it as if it did.
    pieces[count++] = {const_cast<char*>(bytes.data()) + skipped, bytes.size() - skipped};  // NOLINT
    skipped = 0;
  }
  return pieces.first(count);
}

void SendQueue::written(std::size_t count) {
  assert(count <= bytes_);
  bytes_ -= count;
  front_written_ += count;
  while (!empty() && front_written_ >= frames_[front_]->size()) {
    front_written_ -= frames_[front_]->size();
    frames_[front_++] = nullptr;
  }
  if (empty()) {
    frames_.clear();
    front_ = 0;
    if (frames_.capacity() > kFramesKept) frames_.shrink_to_fit();
  } else if (front_ >= kLeftMax && front_ * 2 >= frames_.size()) {
    frames_.erase(frames_.begin(), frames_.begin() + static_cast<std::ptrdiff_t>(front_));
    front_ = 0;
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
  front_ = 0;
  front_written_ = 0;
  frames_ = {};
}

}  // namespace parley::gateway
