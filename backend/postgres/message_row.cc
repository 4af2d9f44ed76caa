#include "backend/postgres/message_row.h"

namespace parley::backend {

pb::Message read_message(const pqxx::row& row, int first_column, const std::string& room) {
  int column = first_column;
  const auto next_text = [&row, &column] { return row[column++].as<std::string>(); };
  const auto next_number = [&row, &column] { return row[column++].as<std::int64_t>(); };
  pb::Message message;
  message.set_room(room);
  message.set_offset(next_number());
  message.set_change_offset(next_number());
  message.mutable_author()->set_author_id(next_text());
  message.mutable_author()->set_name(next_text());
  message.set_request_id(next_text());
  message.set_body(next_text());
  message.set_client_time(next_text());
  set_time(*message.mutable_create_time(), next_number());
  return message;
}

void set_time(google::protobuf::Timestamp& time, std::int64_t unix_us) {
  constexpr std::int64_t kMicrosecondsPerSecond = 1'000'000;
  time.set_seconds(unix_us / kMicrosecondsPerSecond);
  time.set_nanos(static_cast<std::int32_t>(unix_us % kMicrosecondsPerSecond) * 1'000);
}

}  // namespace parley::backend
