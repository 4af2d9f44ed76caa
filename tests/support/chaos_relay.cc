#include "tests/support/chaos_relay.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace parley::faults {
namespace {

using boost::system::error_code;

// A slow connection moves this often.
constexpr std::size_t kTurnsPerSecond = 20;
// Of the kernel: small, so that a sender soon feels that its receiver takes nothing.
constexpr int kKernelBytes = 128 * 1024;

void prepare(StreamSocket& socket) {
  error_code ignored;
  socket.non_blocking(true, ignored);
  socket.set_option(asio::socket_base::send_buffer_size(kKernelBytes), ignored);
  if (socket.local_endpoint(ignored).protocol().family() == AF_UNIX) return;
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
}

// With RST, where the protocol has it.
void close_hard(StreamSocket& socket) {
  error_code ignored;
  socket.set_option(asio::socket_base::linger(true, 0), ignored);
  socket.close(ignored);
}

}  // namespace

void Pipe::run() {
  if (is_waiting_ || has_ended() || relay_.has_ended() || relay_.settings().is_frozen) return;
  if (stage_ == Stage::kRelaying && held_.empty()) read();
  if (!held_.empty() && !is_waiting_ && !relay_.has_ended()) write();
  if (stage_ != Stage::kLastBytes || !held_.empty() || relay_.has_ended()) return;
  error_code ignored;
  to_.shutdown(asio::socket_base::shutdown_send, ignored);
  stage_ = Stage::kEnded;
  relay_.pipe_ended();
}

void Pipe::hurry() {
  if (turn_ != nullptr) turn_->cancel();
}

std::size_t Pipe::bytes_allowed() const {
  const std::size_t rate = relay_.settings().bytes_per_second;
  const std::size_t in_turn = rate == 0 ? kBytesMax : std::clamp<std::size_t>(rate / kTurnsPerSecond, 1, kBytesMax);
  return std::min(in_turn, bytes_left_.value_or(in_turn));
}

void Pipe::read() {
  std::array<char, kBytesMax> bytes;
  error_code error;
  const std::size_t count = from_.read_some(asio::buffer(bytes.data(), bytes_allowed()), error);
  held_.assign(bytes.data(), count);
  if (error == asio::error::would_block) return wait_for(from_, asio::socket_base::wait_read);
  if (error == asio::error::eof) {
    stage_ = Stage::kLastBytes;
  } else if (error) {
    relay_.reset();
  }
}

void Pipe::write() {
  error_code error;
  const std::size_t written =
      to_.write_some(asio::buffer(held_.data(), std::min(held_.size(), bytes_allowed())), error);
  if (error == asio::error::would_block) return wait_for(to_, asio::socket_base::wait_write);
  if (error) return relay_.reset();
  held_.erase(0, written);
  if (bytes_left_.has_value() && (*bytes_left_ -= written) == 0) return relay_.end_mid_frame();
  if (relay_.settings().bytes_per_second > 0) return wait_for_turn(written);
  if (!held_.empty()) return wait_for(to_, asio::socket_base::wait_write);
  held_ = std::string();  // an idle connection needs no memory
  if (stage_ == Stage::kRelaying) wait_for(from_, asio::socket_base::wait_read);
}

void Pipe::wait_for(StreamSocket& socket, asio::socket_base::wait_type event) {
  is_waiting_ = true;
  socket.async_wait(event, [this, relay = relay_.shared_from_this()](const error_code& /*error*/) {
    is_waiting_ = false;
    run();
  });
}

void Pipe::wait_for_turn(std::size_t bytes) {
  const std::chrono::duration<double> pause(static_cast<double>(bytes) /
                                            static_cast<double>(relay_.settings().bytes_per_second));
  if (turn_ == nullptr) turn_ = std::make_unique<asio::steady_timer>(relay_.context());
  turn_->expires_after(std::chrono::duration_cast<std::chrono::microseconds>(pause));
  is_waiting_ = true;
  turn_->async_wait([this, relay = relay_.shared_from_this()](const error_code& /*error*/) {
    is_waiting_ = false;
    run();
  });
}

Relay::Relay(asio::io_context& context, StreamSocket client, const GateSettings& settings,
             std::function<void(Relay&)> on_end)
    : context_(context),
      settings_(settings),
      on_end_(std::move(on_end)),
      client_(std::move(client)),
      target_(context),
      to_target_(*this, client_, target_),
      to_client_(*this, target_, client_) {
  prepare(client_);
}

void Relay::resume() {
  if (state_ == State::kAccepted && !settings_.is_frozen) return connect();
  if (state_ != State::kRelaying) return;
  for (Pipe* pipe : {&to_target_, &to_client_}) {
    pipe->hurry();
    pipe->run();
  }
}

void Relay::connect() {
  error_code error = asio::error::host_unreachable;
  if (settings_.target.has_value()) target_.open(settings_.target->protocol(), error);
  if (error) return reset();
  error_code ignored;
  target_.set_option(asio::socket_base::receive_buffer_size(kKernelBytes), ignored);
  state_ = State::kConnecting;
  target_.async_connect(*settings_.target, [self = shared_from_this()](const error_code& failed) {
    if (self->has_ended()) return;
    if (failed) return self->reset();
    prepare(self->target_);
    self->state_ = State::kRelaying;
    self->resume();
  });
}

void Relay::close_after(std::optional<std::size_t> bytes) {
  if (has_ended()) return;
  to_client_.set_bytes_left(bytes);
  if (bytes == 0U) end_mid_frame();
}

void Relay::pipe_ended() {
  if (to_target_.has_ended() && to_client_.has_ended()) end();
}

void Relay::end_mid_frame() {
  error_code ignored;
  client_.shutdown(asio::socket_base::shutdown_send, ignored);
  close_hard(target_);
  end();
}

void Relay::reset() {
  close_hard(client_);
  close_hard(target_);
  end();
}

void Relay::end() {
  if (std::exchange(state_, State::kEnded) == State::kEnded) return;
  error_code ignored;
  client_.close(ignored);
  target_.close(ignored);
  for (Pipe* pipe : {&to_target_, &to_client_}) pipe->hurry();
  on_end_(*this);
}

}  // namespace parley::faults
