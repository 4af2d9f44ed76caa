#include "backend/postgres/message_writer.h"

#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <unordered_map>

#include <pqxx/result>

#include "backend/postgres/array_literal.h"
#include "backend/postgres/message_row.h"
#include "backend/postgres/statements.h"
#include "common/errors.h"

namespace parley::backend {
namespace {

using Results = std::vector<absl::StatusOr<StoredMessage>>;

struct LockedRoom {
  std::int64_t room_id = 0;
  std::string epoch;
  std::int64_t last_offset = 0;
};
using LockedRooms = std::unordered_map<std::string, LockedRoom>;

// room_id, author_id, request_id
using DedupKey = std::tuple<std::int64_t, std::string, std::string>;

DedupKey key_of(const LockedRoom& room, const pb::SendMessageRequest& request) {
  return {room.room_id, request.author().author_id(), request.request_id()};
}

// Sorted, each once.
std::set<std::string> rooms_of(std::span<const PendingSend> batch) {
  std::set<std::string> names;
  for (const PendingSend& send : batch) names.insert(send.request.room());
  return names;
}

// One transaction's work on a batch. Made anew for each attempt.
class BatchTransaction {
 public:
  BatchTransaction(pqxx::transaction_base& transaction, std::span<const PendingSend> batch)
      : transaction_(transaction), batch_(batch) {}

  // False when rooms are missing: nothing has been written then.
  bool run() {
    if (!lock_rooms()) return false;
    find_repeats();
    insert_new();
    return true;
  }

  // Valid after the commit.
  Results results() const {
    Results results;
    std::set<DedupKey> answered;
    for (const PendingSend& send : batch_) {
      const LockedRoom& room = rooms_.at(send.request.room());
      const DedupKey key = key_of(room, send.request);
      const bool is_new = !repeats_.contains(key) && answered.insert(key).second;
      results.push_back(StoredMessage{.message = *messages_.at(key), .epoch = room.epoch, .is_new = is_new});
    }
    return results;
  }

 private:
  bool lock_rooms() {
    const std::set<std::string> names = rooms_of(batch_);
    for (const pqxx::row& row : transaction_.exec_prepared(sql::kLockRooms.name, array_literal(names))) {
      rooms_[row[0].as<std::string>()] = LockedRoom{.room_id = row[1].as<std::int64_t>(),
                                                    .epoch = row[2].as<std::string>(),
                                                    .last_offset = row[3].as<std::int64_t>()};
    }
    return rooms_.size() == names.size();
  }

  // Under the rooms' locks, so that no other transaction adds one in between.
  void find_repeats() {
    ArrayLiteral room_ids;
    ArrayLiteral author_ids;
    ArrayLiteral request_ids;
    for (const PendingSend& send : batch_) {
      room_ids.add(rooms_.at(send.request.room()).room_id);
      author_ids.add(send.request.author().author_id());
      request_ids.add(send.request.request_id());
    }
    std::unordered_map<std::int64_t, const std::string*> names;
    for (const auto& [name, room] : rooms_) names[room.room_id] = &name;
    const pqxx::result rows =
        transaction_.exec_prepared(sql::kRepeats.name, room_ids.text(), author_ids.text(), request_ids.text());
    for (const pqxx::row& row : rows) {
      const auto room_id = row[0].as<std::int64_t>();
      pb::Message message = read_message(row, 1, *names.at(room_id));
      const DedupKey key{room_id, message.author().author_id(), message.request_id()};
      repeats_.insert(key);
      messages_[key] = std::make_shared<pb::Message>(std::move(message));
    }
  }

  void insert_new() {
    std::vector<std::shared_ptr<pb::Message>> added;
    ArrayLiteral room_ids, offsets, author_ids, author_names, request_ids, bodies, client_times;
    for (const PendingSend& send : batch_) {
      const pb::SendMessageRequest& request = send.request;
      LockedRoom& room = rooms_.at(request.room());
      std::shared_ptr<pb::Message>& message = messages_[key_of(room, request)];
      if (message != nullptr) continue;
      message = std::make_shared<pb::Message>();
      message->set_room(request.room());
      message->set_offset(++room.last_offset);
      message->set_change_offset(room.last_offset);
      *message->mutable_author() = request.author();
      message->set_request_id(request.request_id());
      message->set_body(request.body());
      message->set_client_time(request.client_time());
      added.push_back(message);
      room_ids.add(room.room_id);
      offsets.add(room.last_offset);
      author_ids.add(request.author().author_id());
      author_names.add(request.author().name());
      request_ids.add(request.request_id());
      bodies.add(request.body());
      client_times.add(request.client_time());
    }
    if (added.empty()) return;
    const pqxx::result rows =
        transaction_.exec_prepared(sql::kInsertMessages.name, room_ids.text(), offsets.text(), author_ids.text(),
                                   author_names.text(), request_ids.text(), bodies.text(), client_times.text());
    for (const auto& message : added) set_time(*message->mutable_create_time(), rows.at(0)[0].as<std::int64_t>());
  }

  pqxx::transaction_base& transaction_;
  const std::span<const PendingSend> batch_;
  LockedRooms rooms_;
  std::set<DedupKey> repeats_;
  std::map<DedupKey, std::shared_ptr<pb::Message>> messages_;
};

Failure make_rooms(Session& session, std::span<const PendingSend> batch) {
  const std::string names = array_literal(rooms_of(batch));
  return session.run(
      [&](pqxx::transaction_base& transaction) { transaction.exec_prepared0(sql::kMakeRooms.name, names); });
}

Failure write_together(Session& session, std::span<const PendingSend> batch, Results& results) {
  Failure failure;
  for (const bool is_first : {true, false}) {
    bool has_rooms = false;
    Results attempted;
    failure = session.write([&](pqxx::transaction_base& transaction) {
      BatchTransaction work(transaction, batch);
      has_rooms = work.run();
      if (has_rooms) attempted = work.results();
    });
    if (failure.status.ok() && has_rooms) {
      results = std::move(attempted);
      return failure;
    }
    if (!failure.status.ok() || !is_first) break;
    failure = make_rooms(session, batch);
    if (!failure.status.ok()) break;
  }
  if (failure.status.ok()) {
    failure.status = make_error(absl::StatusCode::kInternal, "DATABASE_ERROR", "a room that was made is not there");
  }
  results.assign(batch.size(), failure.status);
  return failure;
}

}  // namespace

Results write_messages(Session& session, const std::vector<PendingSend>& batch) {
  Results results;
  const Failure failure = write_together(session, batch, results);
  if (failure.kind != FailureKind::kData || batch.size() == 1) return results;
  for (std::size_t index = 0; index < batch.size(); ++index) {
    Results single;
    write_together(session, std::span(batch).subspan(index, 1), single);
    results[index] = std::move(single.front());
  }
  return results;
}

}  // namespace parley::backend
