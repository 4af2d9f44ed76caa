// The three wire formats from the client's side, all as the protobuf frames of chat/v1/frame.proto.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "chat/v1/frame.pb.h"

namespace parley::faults {

namespace pb = chat::v1;

enum class Format { kTutorial, kJson, kProto };

class Codec {
 public:
  virtual ~Codec() = default;
  virtual std::string_view subprotocol() const = 0;
  virtual bool is_binary() const = 0;
  virtual std::string encode(const pb::ClientFrame& frame) const = 0;
  // INVALID_ARGUMENT for what the format does not allow. A tutorial message becomes an event without room and epoch.
  virtual absl::StatusOr<pb::ServerFrame> decode(std::string_view text) const = 0;
};

std::unique_ptr<Codec> make_codec(Format format);
std::string_view name_of(Format format);

}  // namespace parley::faults
