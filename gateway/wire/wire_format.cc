#include "gateway/wire/wire_format.h"

#include <array>
#include <cstdlib>

#include "gateway/wire/json_format.h"
#include "gateway/wire/proto_format.h"
#include "gateway/wire/tutorial_format.h"

namespace parley::gateway {

const WireFormat& wire_format(WireFormatId id) {
  static const TutorialFormat kTutorial({});
  static const JsonFormat kJson;
  static const ProtoFormat kProto;
  switch (id) {
    case WireFormatId::kTutorial: return kTutorial;
    case WireFormatId::kJson: return kJson;
    case WireFormatId::kProto: return kProto;
  }
  std::abort();
}

const WireFormat* find_wire_format(std::string_view subprotocol) {
  static const TutorialFormat kNamedTutorial(kTutorialSubprotocol);
  if (subprotocol == kTutorialSubprotocol) return &kNamedTutorial;
  for (const WireFormatId id : {WireFormatId::kJson, WireFormatId::kProto}) {
    if (wire_format(id).subprotocol() == subprotocol) return &wire_format(id);
  }
  return nullptr;
}

}  // namespace parley::gateway
