// WebSocket frames as they go to a client: RFC 6455, section 5.2, always whole messages and never masked.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace parley::gateway {

// The header and the payload, ready for the socket. Immutable: shared by every socket that gets it, on any thread.
using Frame = std::shared_ptr<const std::string>;

enum class Opcode : std::uint8_t { kText = 0x1, kBinary = 0x2, kClose = 0x8, kPing = 0x9, kPong = 0xA };

Frame make_frame(Opcode opcode, std::string_view payload);

}  // namespace parley::gateway
