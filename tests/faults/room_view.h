// A resuming reader's place in one room, and the record of what it saw there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "chat/v1/chat_service.pb.h"
#include "tests/faults/client.h"

namespace parley::faults {

namespace pb = chat::v1;

// After a reset: the messages after `after` up to `up_to` are to be read from pages of history, back from `token` on.
struct Fill {
  std::string token;
  std::int64_t after = 0;
  std::int64_t up_to = 0;
};

class RoomView {
 public:
  RoomView(World& world, const std::string& reader, const std::string& room)
      : world_(world), room_(room), view_(world.history.add_view(reader, room, ViewKind::kResuming)) {}

  const std::string& room() const { return room_; }
  // Nothing before the first catch-up.
  const std::optional<pb::StreamPosition>& position() const { return position_; }

  // The answer to subscribe or Resume.
  void take_catch_up(const pb::ResumeResponse& response);
  // The stream begins at `position`; with `reset` what lies before it is to be filled from the latest page on.
  void take_joined(const pb::RoomJoined& joined);
  void take_event(const pb::Event& event);
  // A page for fills().front().
  void take_page(const pb::GetMessagesResponse& page);
  const std::vector<Fill>& fills() const { return fills_; }

 private:
  void begin(const pb::StreamPosition& position);
  // What is to be filled after it.
  Fill reset(const pb::StreamPosition& position);
  void add(EntryKind kind, const pb::Message& message);
  // Records those of `messages` that the reset skipped. True when the fill is complete.
  bool fill(const Fill& wanted, const google::protobuf::RepeatedPtrField<pb::Message>& messages);

  World& world_;
  const std::string room_;
  View& view_;
  std::optional<pb::StreamPosition> position_;
  std::vector<Fill> fills_;
};

}  // namespace parley::faults
