// One connection of a chaos gate; part of chaos_gate.cc.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>

namespace parley::faults {

namespace asio = boost::asio;

using StreamSocket = asio::generic::stream_protocol::socket;
using StreamEndpoint = asio::generic::stream_protocol::endpoint;

// What a gate has been told; its relays look at it before every step.
struct GateSettings {
  std::optional<StreamEndpoint> target;  // none: cannot be reached
  bool is_frozen = false;
  std::size_t bytes_per_second = 0;  // 0: as fast as it goes
};

class Relay;

// One direction of a relay. Holds at most kBytesMax bytes: what the receiver does not take is not read from the sender.
class Pipe {
 public:
  static constexpr std::size_t kBytesMax = 65'536;

  Pipe(Relay& relay, StreamSocket& from, StreamSocket& to) : relay_(relay), from_(from), to_(to) {}

  // Goes on where it can, as far as it can.
  void run();
  // Not before time, when slowness has ended.
  void hurry();
  // After so many further bytes the relay ends in the midst of what it relays. None: never.
  void set_bytes_left(std::optional<std::size_t> bytes) { bytes_left_ = bytes; }
  bool has_ended() const { return stage_ == Stage::kEnded; }

 private:
  enum class Stage {
    kRelaying,
    kLastBytes,  // the sender has ended; what is held goes on
    kEnded,      // and the receiver has been told
  };

  void read();
  void write();
  void wait_for(StreamSocket& socket, asio::socket_base::wait_type event);
  void wait_for_turn(std::size_t bytes);
  std::size_t bytes_allowed() const;

  Relay& relay_;
  StreamSocket& from_;
  StreamSocket& to_;
  Stage stage_ = Stage::kRelaying;
  std::string held_;  // read and not written yet
  std::optional<std::size_t> bytes_left_;
  bool is_waiting_ = false;  // for a socket or for its turn
  std::unique_ptr<asio::steady_timer> turn_;
};

// A client's connection and its own one to the target. Lives on the gate's thread; held by the gate and by its pending
// operations.
class Relay : public std::enable_shared_from_this<Relay> {
 public:
  // `settings` outlives the relay. `on_end` is called once.
  Relay(asio::io_context& context, StreamSocket client, const GateSettings& settings,
        std::function<void(Relay&)> on_end);

  // Goes on after the settings have changed, and begins.
  void resume();
  // Ends both connections as a crash of their peers would: with RST.
  void reset();
  // After so many further bytes towards the client its connection ends. None: never.
  void close_after(std::optional<std::size_t> bytes);

  // For the pipes.
  const GateSettings& settings() const { return settings_; }
  asio::io_context& context() { return context_; }
  bool has_ended() const { return state_ == State::kEnded; }
  void pipe_ended();
  // The client is told the end of its connection, with what it has been sent; the target's is reset.
  void end_mid_frame();

 private:
  enum class State { kAccepted, kConnecting, kRelaying, kEnded };

  void connect();
  void end();

  asio::io_context& context_;
  const GateSettings& settings_;
  std::function<void(Relay&)> on_end_;
  State state_ = State::kAccepted;
  StreamSocket client_;
  StreamSocket target_;
  Pipe to_target_;
  Pipe to_client_;
};

}  // namespace parley::faults
