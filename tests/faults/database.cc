#include "tests/faults/database.h"

#include <functional>
#include <thread>

#include <pqxx/pqxx>

namespace parley::faults {
namespace {

constexpr std::chrono::milliseconds kPoll{100};

template <typename Result>
absl::StatusOr<Result> query(const std::string& database_url, const std::function<Result(pqxx::work&)>& read) {
  try {
    pqxx::connection connection(database_url);
    pqxx::work transaction(connection);
    return read(transaction);
  } catch (const std::exception& error) {
    return absl::UnavailableError(error.what());
  }
}

std::vector<std::string> connection_ids(pqxx::work& transaction) {
  std::vector<std::string> ids;
  for (const pqxx::row& row : transaction.exec("SELECT connection_id FROM connections"))
    ids.emplace_back(row[0].c_str());
  return ids;
}

}  // namespace

absl::StatusOr<std::map<std::string, std::int64_t>> read_heads(const std::string& database_url) {
  return query<std::map<std::string, std::int64_t>>(database_url, [](pqxx::work& transaction) {
    std::map<std::string, std::int64_t> heads;
    for (const pqxx::row& row : transaction.exec("SELECT name, last_offset FROM rooms")) {
      heads[row[0].c_str()] = row[1].as<std::int64_t>();
    }
    return heads;
  });
}

absl::StatusOr<DatabaseContents> read_contents(const std::string& database_url) {
  return query<DatabaseContents>(database_url, [](pqxx::work& transaction) {
    DatabaseContents contents;
    for (const pqxx::row& row : transaction.exec("SELECT name, epoch, last_offset FROM rooms")) {
      StoredRoom& room = contents.rooms[row[0].c_str()];
      room.epoch = row[1].c_str();
      room.last_offset = row[2].as<std::int64_t>();
    }
    for (const pqxx::row& row :
         transaction.exec("SELECT name, message_offset, change_offset, author_id, request_id, body "
                          "FROM messages JOIN rooms USING (room_id) ORDER BY name, message_offset")) {
      contents.rooms[row[0].c_str()].messages.push_back({.offset = row[1].as<std::int64_t>(),
                                                         .change_offset = row[2].as<std::int64_t>(),
                                                         .author_id = row[3].c_str(),
                                                         .request_id = row[4].c_str(),
                                                         .body = row[5].c_str()});
    }
    contents.connections_left = connection_ids(transaction);
    return contents;
  });
}

absl::StatusOr<std::vector<std::string>> wait_for_departures(const std::string& database_url,
                                                             std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (true) {
    auto left = query<std::vector<std::string>>(database_url, connection_ids);
    if (!left.ok() || left->empty() || std::chrono::steady_clock::now() > end) return left;
    std::this_thread::sleep_for(kPoll);
  }
}

}  // namespace parley::faults
