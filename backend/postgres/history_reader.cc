#include "backend/postgres/history_reader.h"

#include <algorithm>

#include <pqxx/result>

#include "backend/postgres/array_literal.h"
#include "backend/postgres/message_row.h"
#include "backend/postgres/statements.h"

namespace parley::backend {
namespace {

struct RoomRow {
  std::string name;
  std::int64_t room_id = 0;  // 0: nobody has made the room
  pb::StreamPosition head;
};

std::vector<RoomRow> read_rooms(pqxx::transaction_base& transaction, const std::vector<std::string>& names) {
  std::vector<RoomRow> rooms;
  for (const pqxx::row& row : transaction.exec_prepared(sql::kRooms.name, array_literal(names))) {
    RoomRow& room = rooms.emplace_back();
    room.name = row[0].as<std::string>();
    room.room_id = row[1].is_null() ? 0 : row[1].as<std::int64_t>();
    room.head.set_epoch(row[2].as<std::string>());
    room.head.set_offset(row[3].as<std::int64_t>());
  }
  return rooms;
}

RoomRow read_room(pqxx::transaction_base& transaction, const std::string& name) {
  return read_rooms(transaction, {name}).at(0);
}

HistoryPage read_page(pqxx::transaction_base& transaction, const ReadLimits& limits, const RoomRow& room,
                      std::int64_t before_offset, int page_size) {
  HistoryPage page;
  const pqxx::result rows =
      transaction.exec_prepared(sql::kHistory.name, room.room_id, before_offset, page_size, limits.page_bytes_max);
  for (const pqxx::row& row : rows) page.messages.push_back(read_message(row, 0, room.name));
  std::reverse(page.messages.begin(), page.messages.end());
  // A room's first change is its first message, so that its offset is 1.
  page.has_earlier = !page.messages.empty() && page.messages.front().offset() > 1;
  return page;
}

ChangesPage read_room_changes(pqxx::transaction_base& transaction, const ReadLimits& limits, const RoomRow& room,
                              const pb::StreamPosition& position) {
  ChangesPage page;
  page.head = room.head;
  const std::int64_t gap = room.head.offset() - position.offset();
  page.reset = position.epoch() != room.head.epoch() || gap < 0 || gap > limits.resume_changes_max;
  page.complete_to = room.head.offset();
  if (page.reset || gap == 0) return page;
  const pqxx::result rows =
      transaction.exec_prepared(sql::kChanges.name, room.room_id, position.offset(), limits.page_bytes_max);
  for (const pqxx::row& row : rows) {
    page.messages.push_back(read_message(row, 0, room.name));
  }
  // Every change is some message's last one, or was replaced by a later one: the last row ends the page.
  if (!page.messages.empty()) page.complete_to = page.messages.back().change_offset();
  return page;
}

void read_authors(const pqxx::row& row, pb::Presence& presence) {
  pb::Author& author = *presence.add_authors();
  author.set_author_id(row[1].as<std::string>());
  author.set_name(row[2].as<std::string>());
  presence.set_author_count(row[3].as<int>());
}

}  // namespace

HistoryPage read_history(pqxx::transaction_base& transaction, const ReadLimits& limits, const HistoryQuery& query) {
  return read_page(transaction, limits, read_room(transaction, query.room), query.before_offset, query.page_size);
}

ResumePage read_resume(pqxx::transaction_base& transaction, const ReadLimits& limits, const ResumeQuery& query) {
  ResumePage resume;
  const RoomRow room = read_room(transaction, query.room);
  resume.head = room.head;
  resume.reset = true;
  if (query.position.has_value()) {
    ChangesPage changes = read_room_changes(transaction, limits, room, *query.position);
    // An answer of several pages would be more than a caller can be asked to take at once.
    resume.reset = changes.reset || changes.complete_to < room.head.offset();
    if (!resume.reset) resume.messages = std::move(changes.messages);
  }
  if (resume.reset) {
    HistoryPage page = read_page(transaction, limits, room, INT64_MAX, query.page_size);
    resume.messages = std::move(page.messages);
    resume.has_earlier = page.has_earlier;
  }
  if (query.with_presence) resume.presence = read_presences(transaction, {query.room})[query.room];
  return resume;
}

ChangesPage read_changes(pqxx::transaction_base& transaction, const ReadLimits& limits, const ChangesQuery& query) {
  return read_room_changes(transaction, limits, read_room(transaction, query.room), query.position);
}

Store::Heads read_heads(pqxx::transaction_base& transaction, const std::vector<std::string>& rooms) {
  Store::Heads heads;
  for (RoomRow& room : read_rooms(transaction, rooms)) heads.emplace(std::move(room.name), std::move(room.head));
  return heads;
}

Store::Presences read_presences(pqxx::transaction_base& transaction, const std::vector<std::string>& rooms) {
  Store::Presences presences;
  for (const std::string& room : rooms) presences[room];
  const pqxx::result rows = transaction.exec_prepared(sql::kPresence.name, array_literal(rooms), kPresenceAuthorsMax);
  for (const pqxx::row& row : rows) read_authors(row, presences[row[0].as<std::string>()]);
  return presences;
}

}  // namespace parley::backend
