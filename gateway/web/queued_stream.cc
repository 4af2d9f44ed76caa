#include "gateway/web/queued_stream.h"

#include <cstdint>
#include <span>

namespace parley::gateway {

QueuedStream::QueuedStream(asio::ip::tcp::socket socket, std::size_t queue_bytes_max, const Clock& clock)
    : state_(std::make_shared<State>(std::move(socket), queue_bytes_max, clock)) {}

QueuedStream::~QueuedStream() { stop(); }

bool QueuedStream::offer(const Frame& frame) {
  if (!state_->queue.offer(frame)) return false;
  flush_soon(state_);
  return true;
}

void QueuedStream::send(const Frame& frame) {
  state_->queue.push(frame);
  flush_soon(state_);
}

void QueuedStream::stop() {
  state_->events = {};
  fail(state_);
}

void QueuedStream::take(std::string bytes, SendQueue::Written done) {
  constexpr auto kCloseHead = static_cast<char>(0x80 | static_cast<std::uint8_t>(Opcode::kClose));
  // The first write is the answer to the upgrade; what follows are whole frames.
  const bool last = state_->handshake_done && !bytes.empty() && bytes.front() == kCloseHead;
  state_->handshake_done = true;
  state_->queue.push(std::make_shared<const std::string>(std::move(bytes)), std::move(done));
  if (last) state_->queue.finish();
  flush_soon(state_);
  if (last && state_->events.closing) state_->events.closing();
}

void QueuedStream::flush_soon(const StatePtr& state) {
  if (state->writing) return;
  state->writing = true;
  asio::post(state->socket.get_executor(), [state] { write(state); });
}

void QueuedStream::write(const StatePtr& state) {
  if (state->queue.empty() || !state->socket.is_open()) {
    state->writing = false;
    return;
  }
  state->buffers.clear();
  std::size_t offered = 0;
  for (const std::string_view piece : state->queue.gather()) {
    state->buffers.emplace_back(piece.data(), piece.size());
    offered += piece.size();
  }
  const std::span<const asio::const_buffer> buffers(state->buffers);
  state->socket.async_write_some(buffers, [state, offered](const beast::error_code& error, std::size_t count) {
    // A write may have succeeded just before the queue was given up.
    if (error || !state->socket.is_open()) return fail(state);
    // Bytes that the kernel takes at once say nothing about the peer; that it has room again does.
    if (state->blocked) state->last_activity = state->clock.steady_now();
    state->blocked = count < offered;
    state->queue.written(count);
    if (state->queue.take_drained() && state->events.drained) state->events.drained();
    if (state->events.progressed) state->events.progressed();
    write(state);
  });
}

void QueuedStream::fail(const StatePtr& state) {
  beast::error_code ignored;
  state->socket.close(ignored);
  state->queue.fail();
}

}  // namespace parley::gateway
