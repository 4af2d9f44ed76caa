// What waits to be written to one socket. No sockets in here.
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <span>
#include <string>
#include <string_view>

#include "absl/functional/any_invocable.h"
#include "gateway/wire/frame.h"

namespace parley::gateway {

// On one thread. Frames leave in the order in which they came, many at a time in one gathered write.
class SendQueue {
 public:
  // Runs when the frame has been written whole (true), or never will be (false).
  using Written = absl::AnyInvocable<void(bool)>;
  // As many pieces as one system call takes from us.
  static constexpr std::size_t kPiecesMax = 64;

  // `bytes_max`: see offer.
  explicit SendQueue(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  // A broadcast: refused, and nothing changed, where more than bytes_max would wait and it is not the only one. From
  // the first refusal on all are refused until take_drained() has been true.
  bool offer(const Frame& frame);
  // A reply, a control frame or part of the handshake: always taken while the queue is open; their number is limited
  // where they are made.
  void push(Frame frame, Written written = nullptr);
  // Nothing is taken any more: the close frame was the last.
  void finish() { finished_ = true; }

  bool empty() const { return entries_.empty(); }
  std::size_t bytes() const { return bytes_; }
  // More waits than should: who makes replies should pause.
  bool is_full() const { return bytes_ >= bytes_max_; }

  // The next pieces to write, front first; valid until the next call of written or fail.
  std::span<const std::string_view> gather();
  // The first `count` bytes of them are written. Runs what waited for these frames.
  void written(std::size_t count);
  // True once after a refusal, as soon as half of bytes_max is free again.
  bool take_drained();
  // The socket is gone: empties the queue.
  void fail();

 private:
  struct Entry {
    Frame frame;
    Written written;
  };

  const std::size_t bytes_max_;
  std::deque<Entry> entries_;
  std::size_t bytes_ = 0;
  std::size_t front_written_ = 0;  // bytes of the front frame that have left
  bool refused_ = false;
  bool finished_ = false;
  std::array<std::string_view, kPiecesMax> pieces_;
};

}  // namespace parley::gateway
