// The three languages that a WebSocket can speak; docs/websocket.md describes them for their users. Inside, every
// command is a ClientFrame, every answer a Reply and everything unasked a Push.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "chat/v1/frame.pb.h"
#include "gateway/wire/frame.h"

namespace parley::gateway {

namespace pb = chat::v1;

enum class WireFormatId { kTutorial, kJson, kProto };
inline constexpr std::size_t kWireFormatCount = 3;

struct DecodedCommand {
  // OK, or why the message is no command: INVALID_ARGUMENT with FRAME_INVALID, UNKNOWN_ACTION, REQUEST_ID_INVALID or,
  // in the tutorial's format, BODY_EMPTY (its handler fails).
  absl::Status status;
  // With an error it holds at most the request_id.
  pb::ClientFrame frame;
};

// Stateless, hence thread-safe.
class WireFormat {
 public:
  virtual ~WireFormat() = default;

  virtual WireFormatId id() const = 0;
  // The name in Sec-WebSocket-Protocol; empty for the tutorial's format where it was not asked for by name.
  virtual std::string_view subprotocol() const = 0;
  // Of the data frames in both directions; the other kind is refused with 1003.
  virtual Opcode opcode() const = 0;

  // `payload` is one whole message; text is valid UTF-8. In the tutorial's format room and request_id stay empty.
  virtual DecodedCommand decode(std::string_view payload) const = 0;
  // The payload, or nothing where this format has no such frame. `connection_id` is that of the receiver.
  virtual std::optional<std::string> encode_reply(const pb::Reply& reply, std::string_view connection_id) const = 0;
  virtual std::optional<std::string> encode_push(const pb::Push& push) const = 0;
};

const WireFormat& wire_format(WireFormatId id);

// The tutorial's format by name: for a client that has to offer a subprotocol, and wants that format.
inline constexpr std::string_view kTutorialSubprotocol = "chat.v1.tutorial";

// The format with that subprotocol's name, which is not empty; null for an unknown one.
const WireFormat* find_wire_format(std::string_view subprotocol);

}  // namespace parley::gateway
