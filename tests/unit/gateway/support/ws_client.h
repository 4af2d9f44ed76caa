// A WebSocket client that can also break every rule: blocking, with a time limit on each wait.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "chat/v1/frame.pb.h"

namespace parley::test {

namespace pb = chat::v1;

// RFC 6455, section 5.2.
inline constexpr int kContinuation = 0;
inline constexpr int kText = 1;
inline constexpr int kBinary = 2;
inline constexpr int kClose = 8;
inline constexpr int kPing = 9;
inline constexpr int kPong = 10;

struct HttpAnswer {
  int status = 0;
  std::string head;  // with the status line
  std::string body;
  // The value of a header, empty without; `name` in lower case.
  std::string header(std::string_view name) const;
};

struct ReceivedFrame {
  bool final = true;
  int opcode = 0;
  std::string payload;
};

class WsClient {
 public:
  static constexpr std::chrono::milliseconds kLimit{10'000};

  explicit WsClient(std::uint16_t port);

  // Sends bytes as they are.
  void send_raw(std::string_view bytes);
  // Reads an HTTP answer with Content-Length; status 0 where the connection ended. `head_only`: to a HEAD.
  enum class Body { kExpected, kNone };
  HttpAnswer read_answer(Body body = Body::kExpected);
  // Whether anything has come, after waiting for it so long.
  bool has_answer(std::chrono::milliseconds limit) { return !input_.empty() || fill(limit); }
  HttpAnswer get(std::string_view target, std::string_view more_headers = "");
  // The upgrade; status 101 when it went through.
  HttpAnswer upgrade(std::string_view target = "/ws", std::string_view subprotocol = "",
                     std::string_view more_headers = "");

  enum class Masking { kMasked, kUnmasked };
  void send_frame(int opcode, std::string_view payload, bool final = true, Masking masking = Masking::kMasked);
  void send_text(std::string_view text) { send_frame(kText, text); }
  void send_command(const pb::ClientFrame& frame) { send_frame(kBinary, frame.SerializeAsString()); }

  // The next frame; nothing when the connection ended or the limit passed.
  std::optional<ReceivedFrame> read_frame(std::chrono::milliseconds limit = kLimit);
  // The next data frame; pings are answered on the way.
  std::optional<std::string> read_message(std::chrono::milliseconds limit = kLimit);
  std::optional<pb::ServerFrame> read_server_frame(std::chrono::milliseconds limit = kLimit);
  // The code of the next close frame, 0 for none; skips data.
  int read_close_code();
  // True when the peer ends the connection within the limit.
  bool reads_end(std::chrono::milliseconds limit = kLimit);
  // A small receive buffer, so that a slow reader is noticed soon. Before the upgrade.
  void set_receive_buffer(int bytes);
  void close();

 private:
  bool fill(std::chrono::milliseconds limit);
  std::optional<std::string> take(std::size_t count, std::chrono::milliseconds limit);

  boost::asio::io_context context_;
  boost::asio::ip::tcp::socket socket_{context_};
  std::string input_;
};

}  // namespace parley::test
