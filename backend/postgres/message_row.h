// A message as the statements of backend/postgres/statements.h select it.
#pragma once

#include <cstdint>
#include <string>

#include <pqxx/row>

#include "chat/v1/message.pb.h"

namespace parley::backend {

namespace pb = chat::v1;

// `first_column` is that of message_offset. Throws what libpqxx throws.
pb::Message read_message(const pqxx::row& row, int first_column, const std::string& room);

// Microseconds since the Unix epoch.
void set_time(google::protobuf::Timestamp& time, std::int64_t unix_us);

}  // namespace parley::backend
