#include "tests/bench/micro/samples.h"

#include <memory>

namespace parley::bench {

chat::v1::Event sample_event(std::int64_t offset) {
  chat::v1::Event event;
  event.set_room(kSampleRoom);
  event.mutable_position()->set_epoch("0123456789abcdef0123456789abcdef");
  event.mutable_position()->set_offset(offset);
  chat::v1::Message& message = *event.mutable_message();
  message.set_room(kSampleRoom);
  message.set_offset(offset);
  message.set_change_offset(offset);
  message.set_request_id("request-0123456789abcd");
  message.set_body(std::string(kBodyBytes, 'x'));
  message.mutable_author()->set_author_id("author-0123456789abcdef");
  message.mutable_author()->set_name("Ann Example");
  message.mutable_create_time()->set_seconds(1'700'000'000);
  return event;
}

gateway::RoomEventPtr sample_room_event(std::int64_t offset) {
  return std::make_shared<const gateway::RoomEvent>(sample_event(offset));
}

}  // namespace parley::bench
