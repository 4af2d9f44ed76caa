// The contract of the tutorial's own page, which asks for no subprotocol. Two actions, get_messages and send_message,
// of the one room of the connection; broadcasts and histories in its words; no acknowledgements and no other frames,
// because such a client would draw them as chat.
#pragma once

#include "gateway/wire/wire_format.h"

namespace parley::gateway {

class TutorialFormat final : public WireFormat {
 public:
  // `subprotocol` outlives the format; empty for none.
  explicit TutorialFormat(std::string_view subprotocol) : subprotocol_(subprotocol) {}

  WireFormatId id() const override { return WireFormatId::kTutorial; }
  std::string_view subprotocol() const override { return subprotocol_; }
  Opcode opcode() const override { return Opcode::kText; }
  DecodedCommand decode(std::string_view payload) const override;
  std::optional<std::string> encode_reply(const pb::Reply& reply, std::string_view connection_id) const override;
  std::optional<std::string> encode_push(const pb::Push& push) const override;

 private:
  const std::string_view subprotocol_;
};

}  // namespace parley::gateway
