// What waits to be written to one socket. No sockets in here.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <span>
#include <vector>

#include "gateway/wire/frame.h"

namespace parley::gateway {

// On one thread. Frames leave in the order in which they came, many at a time in one gathered write.
class SendQueue {
 public:
  // `bytes_max`: see offer.
  explicit SendQueue(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  // A broadcast: refused, and nothing changed, where more than bytes_max would wait and it is not the only one. From
  // the first refusal on all are refused until take_drained() has been true.
  bool offer(const Frame& frame);
  // A reply, a control frame or the answer to the handshake: always taken while the queue is open; their number is
  // limited where they are made.
  void push(Frame frame);
  // Nothing is taken any more: the close frame was the last.
  void finish() { finished_ = true; }

  bool empty() const { return front_ == frames_.size(); }
  std::size_t bytes() const { return bytes_; }
  // More waits than should: who makes replies should pause.
  bool is_full() const { return bytes_ >= bytes_max_; }

  // Fills `pieces` with what to write next, front first, as far as they reach, and returns those. They are valid until
  // the next call of written or fail.
  std::span<iovec> gather(std::span<iovec> pieces) const;
  // The first `count` bytes of them are written.
  void written(std::size_t count);
  // True once after a refusal, as soon as half of bytes_max is free again.
  bool take_drained();
  // The socket is gone: empties the queue, and takes nothing any more.
  void fail();

 private:
  const std::size_t bytes_max_;
  std::vector<Frame> frames_;  // those before front_ have left
  std::size_t front_ = 0;
  std::size_t front_written_ = 0;  // bytes of the front frame that have left
  std::size_t bytes_ = 0;
  bool refused_ = false;
  bool finished_ = false;
};

}  // namespace parley::gateway
