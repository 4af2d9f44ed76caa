// Subprotocol chat.v1.proto: one binary frame is one ClientFrame or ServerFrame.
#pragma once

#include "gateway/wire/wire_format.h"

namespace parley::gateway {

class ProtoFormat final : public WireFormat {
 public:
  WireFormatId id() const override { return WireFormatId::kProto; }
  std::string_view subprotocol() const override { return "chat.v1.proto"; }
  Opcode opcode() const override { return Opcode::kBinary; }
  DecodedCommand decode(std::string_view payload) const override;
  std::optional<std::string> encode_reply(const pb::Reply& reply, std::string_view connection_id) const override;
  std::optional<std::string> encode_push(const pb::Push& push) const override;
};

}  // namespace parley::gateway
