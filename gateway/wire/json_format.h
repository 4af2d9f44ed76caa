// Subprotocol chat.v1.json: text frames. A command is an object with `action`, `request_id` and the command's fields;
// inner objects are the canonical JSON of the protobuf messages, with the field names of the .proto files.
#pragma once

#include "gateway/wire/wire_format.h"

namespace parley::gateway {

class JsonFormat final : public WireFormat {
 public:
  WireFormatId id() const override { return WireFormatId::kJson; }
  std::string_view subprotocol() const override { return "chat.v1.json"; }
  Opcode opcode() const override { return Opcode::kText; }
  DecodedCommand decode(std::string_view payload) const override;
  std::optional<std::string> encode_reply(const pb::Reply& reply, std::string_view connection_id) const override;
  std::optional<std::string> encode_push(const pb::Push& push) const override;
};

}  // namespace parley::gateway
