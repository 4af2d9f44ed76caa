// Requests of the API, as anybody may send them: a byte that chooses one, then its bytes. What is let pass is within
// the limits that the storage relies on.
#include <google/protobuf/message.h>

#include "backend/chat/validation.h"
#include "common/text_rules.h"
#include "tests/fuzz/fuzz.h"

namespace parley::fuzz {
namespace {

using chat::v1::StreamPosition;

// Whether it can be read, and is let pass.
template <class Request>
bool passes(std::string_view bytes, Request& request) {
  return request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) && backend::check(request).ok();
}

void check_room(const std::string& room) {
  expect(check_room_name(room) == TextProblem::kNone, "rooms have names that a room can have");
}

void check_position(const StreamPosition& position) {
  expect(position.offset() >= 0, "positions are not negative");
  expect(count_code_points(position.epoch()) != std::string_view::npos, "epochs are text");
}

}  // namespace

void fuzz(std::string_view bytes) {
  Input input(bytes);
  const std::uint8_t kind = input.byte();
  const std::string_view encoded = input.rest();
  if (chat::v1::ConnectRequest connect; kind == 'c' && passes(encoded, connect)) {
    check_room(connect.room());
    expect(check_identifier(connect.connection_id()) == TextProblem::kNone, "connections have identifiers");
  }
  if (chat::v1::DisconnectRequest disconnect; kind == 'd' && passes(encoded, disconnect)) check_room(disconnect.room());
  if (chat::v1::GetMessagesRequest get; kind == 'g' && passes(encoded, get)) {
    check_room(get.room());
    const int page_size = backend::page_size_or_default(get.page_size());
    expect(page_size >= 1 && page_size <= backend::kPageSizeMax, "pages have a limit");
  }
  if (chat::v1::SendMessageRequest send; kind == 's' && passes(encoded, send)) {
    check_room(send.room());
    expect(check_body(send.body()) == TextProblem::kNone, "bodies keep their rules");
    expect(check_client_time(send.client_time()) == TextProblem::kNone, "and so do clients' times");
  }
  if (chat::v1::SetNameRequest set_name; kind == 'n' && passes(encoded, set_name)) {
    expect(check_author_name(set_name.name()) == TextProblem::kNone, "names keep their rules");
  }
  if (chat::v1::ResumeRequest resume; kind == 'r' && passes(encoded, resume)) {
    check_room(resume.room());
    if (resume.has_position()) check_position(resume.position());
  }
  if (chat::v1::SubscribeRequest subscribe; kind == 'u' && passes(encoded, subscribe)) {
    expect(subscribe.rooms_size() <= backend::kSubscribeRoomsMax, "subscriptions have a limit");
    for (const chat::v1::RoomPosition& room : subscribe.rooms()) {
      check_room(room.room());
      if (room.has_position()) check_position(room.position());
    }
  }
}

}  // namespace parley::fuzz
