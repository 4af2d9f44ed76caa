#include "tests/unit/gateway/support/ws_client.h"

#include <poll.h>

#include <array>

#include <boost/asio/write.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/absl_view.h"

namespace parley::test {

using Tcp = boost::asio::ip::tcp;

std::string HttpAnswer::header(std::string_view name) const {
  for (const absl::string_view line : absl::StrSplit(head, "\r\n")) {
    const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(line, absl::MaxSplits(": ", 1));
    if (absl::AsciiStrToLower(parts.first) == to_absl(name)) return std::string(parts.second);
  }
  return {};
}

WsClient::WsClient(std::uint16_t port) {
  socket_.connect(Tcp::endpoint(boost::asio::ip::address_v4::loopback(), port));
}

void WsClient::send_raw(std::string_view bytes) {
  boost::system::error_code ignored;
  boost::asio::write(socket_, boost::asio::buffer(bytes.data(), bytes.size()), ignored);
}

bool WsClient::fill(std::chrono::milliseconds limit) {
  pollfd waiting{socket_.native_handle(), POLLIN, 0};
  if (::poll(&waiting, 1, static_cast<int>(limit.count())) <= 0) return false;
  std::array<char, 65'536> chunk;
  boost::system::error_code error;
  const std::size_t count = socket_.read_some(boost::asio::buffer(chunk), error);
  input_.append(chunk.data(), count);
  return !error;
}

std::optional<std::string> WsClient::take(std::size_t count, std::chrono::milliseconds limit) {
  while (input_.size() < count) {
    if (!fill(limit)) return std::nullopt;
  }
  std::string taken = input_.substr(0, count);
  input_.erase(0, count);
  return taken;
}

HttpAnswer WsClient::read_answer(Body body) {
  HttpAnswer answer;
  std::size_t end = 0;
  while ((end = input_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill(kLimit)) return answer;
  }
  answer.head = *take(end + 4, kLimit);
  answer.status = std::stoi(answer.head.substr(9, 3));
  const std::string length = answer.header("content-length");
  const bool has_body = body == Body::kExpected && !length.empty() && answer.status != 304;
  if (has_body) answer.body = take(std::stoul(length), kLimit).value_or("");
  return answer;
}

HttpAnswer WsClient::get(std::string_view target, std::string_view more_headers) {
  send_raw(absl::StrCat("GET ", to_absl(target), " HTTP/1.1\r\nHost: localhost\r\n", to_absl(more_headers), "\r\n"));
  return read_answer();
}

HttpAnswer WsClient::upgrade(std::string_view target, std::string_view subprotocol, std::string_view more_headers) {
  std::string protocol;
  if (!subprotocol.empty()) protocol = absl::StrCat("Sec-WebSocket-Protocol: ", to_absl(subprotocol), "\r\n");
  return get(target, absl::StrCat("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",
                                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", protocol, to_absl(more_headers)));
}

void WsClient::send_frame(int opcode, std::string_view payload, bool final, Masking masking) {
  std::string bytes(1, static_cast<char>((final ? 0x80 : 0) | opcode));
  const int mask_bit = masking == Masking::kMasked ? 0x80 : 0;
  if (payload.size() < 126) {
    bytes.push_back(static_cast<char>(mask_bit | static_cast<int>(payload.size())));
  } else {
    const bool medium = payload.size() <= 0xFFFF;
    bytes.push_back(static_cast<char>(mask_bit | (medium ? 126 : 127)));
    for (int index = medium ? 1 : 7; index >= 0; --index) {
      bytes.push_back(static_cast<char>((payload.size() >> (8 * index)) & 0xFF));
    }
  }
  if (masking == Masking::kMasked) {
    constexpr std::string_view kMask = "\x11\x22\x33\x44";
    bytes.append(kMask);
    for (std::size_t index = 0; index < payload.size(); ++index) {
      bytes.push_back(static_cast<char>(payload[index] ^ kMask[index % 4]));
    }
  } else {
    bytes.append(payload);
  }
  send_raw(bytes);
}

std::optional<ReceivedFrame> WsClient::read_frame(std::chrono::milliseconds limit) {
  const std::optional<std::string> head = take(2, limit);
  if (!head) return std::nullopt;
  ReceivedFrame frame;
  frame.final = ((*head)[0] & 0x80) != 0;
  frame.opcode = (*head)[0] & 0x0F;
  std::uint64_t length = static_cast<std::uint8_t>((*head)[1]);
  if (length >= 126) {
    const std::optional<std::string> longer = take(length == 126 ? 2 : 8, limit);
    if (!longer) return std::nullopt;
    length = 0;
    for (const char byte : *longer) length = (length << 8) | static_cast<std::uint8_t>(byte);
  }
  std::optional<std::string> payload = take(length, limit);
  if (!payload) return std::nullopt;
  frame.payload = *std::move(payload);
  return frame;
}

std::optional<std::string> WsClient::read_message(std::chrono::milliseconds limit) {
  for (;;) {
    std::optional<ReceivedFrame> frame = read_frame(limit);
    if (!frame || frame->opcode == kClose) return std::nullopt;
    if (frame->opcode == kPing) send_frame(kPong, frame->payload);
    if (frame->opcode == kText || frame->opcode == kBinary) return std::move(frame->payload);
  }
}

std::optional<pb::ServerFrame> WsClient::read_server_frame(std::chrono::milliseconds limit) {
  const std::optional<std::string> payload = read_message(limit);
  pb::ServerFrame frame;
  if (!payload || !frame.ParseFromString(*payload)) return std::nullopt;
  return frame;
}

int WsClient::read_close_code() {
  while (const std::optional<ReceivedFrame> frame = read_frame()) {
    if (frame->opcode != kClose || frame->payload.size() < 2) continue;
    return static_cast<std::uint8_t>(frame->payload[0]) * 256 + static_cast<std::uint8_t>(frame->payload[1]);
  }
  return 0;
}

bool WsClient::reads_end(std::chrono::milliseconds limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  while (std::chrono::steady_clock::now() < until) {
    pollfd waiting{socket_.native_handle(), POLLIN, 0};
    if (::poll(&waiting, 1, 50) > 0 && !fill(limit)) return true;
  }
  return false;
}

void WsClient::set_receive_buffer(int bytes) { socket_.set_option(Tcp::socket::receive_buffer_size(bytes)); }

void WsClient::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

}  // namespace parley::test
