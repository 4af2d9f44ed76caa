#include "backend/postgres/message_writer.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>

#include <pqxx/result>

#include "backend/postgres/array_literal.h"
#include "backend/postgres/message_row.h"
#include "backend/postgres/statements.h"
#include "common/errors.h"

namespace parley::backend {
namespace {

using Results = std::vector<absl::StatusOr<StoredMessage>>;

constexpr std::string_view kUniqueViolation = "23505";  // appendix A of the manual

struct LockedRoom {
  std::int64_t room_id = 0;  // known only where the rooms are locked by themselves
  std::string epoch;
  std::int64_t last_offset = 0;   // before the batch
  std::int64_t new_messages = 0;  // of the batch
};

// What tells messages apart. The texts are the batch's.
struct DedupKey {
  std::size_t room = 0;  // its place among the batch's rooms
  std::string_view author_id;
  std::string_view request_id;

  bool operator==(const DedupKey&) const = default;
};

struct DedupKeyHash {
  std::size_t operator()(const DedupKey& key) const {
    constexpr std::size_t kSpread = 0x9e3779b97f4a7c15;
    const std::hash<std::string_view> hash;
    return (hash(key.request_id) * kSpread + hash(key.author_id)) * kSpread + key.room;
  }
};

// What became of a message of the batch, before its commit.
struct Outcome {
  std::size_t original = 0;             // its own place in the batch, or that of the message which it repeats
  std::int64_t number = 0;              // of a new one, among those of its room, from 1
  std::optional<pb::Message> repeated;  // the stored message, when it was there before
  bool is_refused = false;              // the name is somebody else's
};

// Sorted, each once.
std::vector<std::string_view> rooms_of(std::span<const PendingSend> batch) {
  std::vector<std::string_view> names;
  names.reserve(batch.size());
  for (const PendingSend& send : batch) names.push_back(send.request.room());
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

// One transaction's work on a batch. Made anew for each attempt.
class BatchTransaction {
 public:
  BatchTransaction(pqxx::transaction_base& transaction, std::span<const PendingSend> batch)
      : transaction_(transaction), batch_(batch), names_(rooms_of(batch)) {}

  // False when rooms are missing: nothing has been written then. `looks_for_repeats`: without it a message that is
  // stored already is a unique violation.
  bool run(bool looks_for_repeats) {
    find_places();
    find_originals();
    // What is to be found out first is found out under the rooms' locks, so that no other transaction changes it.
    if (looks_for_repeats || has_unheld_names()) {
      if (!lock_rooms()) return false;
      const bool has_refused = refuse_names_of_others();
      // What is stored already is answered as what it is, whoever has its author's name today.
      if (looks_for_repeats || has_refused) find_repeats();
    }
    return insert_new();
  }

  // Messages that are answered with an error though the others are committed.
  bool has_refused() const { return std::any_of(outcomes_.begin(), outcomes_.end(), is_refused); }

  // After the commit. Takes the texts out of the batch's messages.
  Results results(std::span<PendingSend> batch) {
    Results results;
    results.reserve(batch.size());
    for (std::size_t index = 0; index < batch.size(); ++index) {
      Outcome& outcome = outcomes_[index];
      StoredMessage stored{.message = {}, .epoch = rooms_[rooms_of_messages_[index]].epoch, .is_new = false};
      if (outcome.original != index) {
        const absl::StatusOr<StoredMessage>& original = results[outcome.original];
        if (!original.ok()) {
          results.emplace_back(original.status());
          continue;
        }
        stored.message = original->message;
      } else if (is_refused(outcome)) {
        results.emplace_back(
            make_error(absl::StatusCode::kAlreadyExists, "NAME_IN_USE", "somebody else in the room has that name"));
        continue;
      } else if (outcome.repeated.has_value()) {
        stored.message = *std::move(outcome.repeated);
      } else {
        stored.message =
            make_message(batch[index].request, rooms_[rooms_of_messages_[index]].last_offset + outcome.number);
        stored.is_new = true;
      }
      results.emplace_back(std::move(stored));
    }
    return results;
  }

 private:
  void find_places() {
    rooms_.resize(names_.size());
    rooms_of_messages_.reserve(batch_.size());
    for (const PendingSend& send : batch_) rooms_of_messages_.push_back(place_of(send.request.room()));
  }

  bool has_unheld_names() const {
    return std::any_of(batch_.begin(), batch_.end(),
                       [](const PendingSend& send) { return !send.request.name_is_held(); });
  }

  bool lock_rooms() {
    const pqxx::result rows = transaction_.exec_prepared(sql::kLockRooms.name, array_literal(names_));
    for (const pqxx::row& row : rows) {
      LockedRoom& room = rooms_[place_of(row[0].c_str())];
      room.room_id = row[1].as<std::int64_t>();
      room.epoch = row[2].as<std::string>();
      room.last_offset = row[3].as<std::int64_t>();
    }
    return rows.size() == names_.size();
  }

  std::size_t place_of(std::string_view room) const {
    return static_cast<std::size_t>(std::lower_bound(names_.begin(), names_.end(), room) - names_.begin());
  }

  // Within the batch.
  void find_originals() {
    originals_.reserve(batch_.size());
    outcomes_.resize(batch_.size());
    for (std::size_t index = 0; index < batch_.size(); ++index) {
      const pb::SendMessageRequest& request = batch_[index].request;
      const DedupKey key{rooms_of_messages_[index], request.author().author_id(), request.request_id()};
      outcomes_[index].original = originals_.emplace(key, index).first->second;
    }
  }

  // Of those whose names were not given for their rooms; most were. False: none is refused.
  bool refuse_names_of_others() {
    using Use = std::tuple<std::size_t, std::string_view, std::string_view>;  // a room's place, author_id, name
    std::map<Use, std::vector<std::size_t>> uses;
    for (std::size_t index = 0; index < batch_.size(); ++index) {
      const pb::SendMessageRequest& request = batch_[index].request;
      if (request.name_is_held() || outcomes_[index].original != index) continue;
      uses[{rooms_of_messages_[index], request.author().author_id(), request.author().name()}].push_back(index);
    }
    if (uses.empty()) return false;
    ArrayLiteral room_ids, author_ids, names;
    std::vector<const std::vector<std::size_t>*> messages;
    messages.reserve(uses.size());
    for (const auto& [use, indices] : uses) {
      const auto& [room, author_id, name] = use;
      room_ids.add(rooms_[room].room_id);
      author_ids.add(author_id);
      names.add(name);
      messages.push_back(&indices);
    }
    const pqxx::result rows =
        transaction_.exec_prepared(sql::kNamesOfOthers.name, room_ids.text(), author_ids.text(), names.text());
    for (const pqxx::row& row : rows) {
      for (const std::size_t index : *messages.at(row[0].as<std::size_t>() - 1)) outcomes_[index].is_refused = true;
    }
    return !rows.empty();
  }

  static bool is_refused(const Outcome& outcome) { return outcome.is_refused && !outcome.repeated.has_value(); }

  // In the database, under the rooms' locks, so that no other transaction adds one in between.
  void find_repeats() {
    ArrayLiteral room_ids, author_ids, request_ids;
    for (const auto& [key, index] : originals_) {
      room_ids.add(rooms_[key.room].room_id);
      author_ids.add(key.author_id);
      request_ids.add(key.request_id);
    }
    const pqxx::result rows =
        transaction_.exec_prepared(sql::kRepeats.name, room_ids.text(), author_ids.text(), request_ids.text());
    for (const pqxx::row& row : rows) {
      const auto room_id = row[0].as<std::int64_t>();
      const auto room = static_cast<std::size_t>(
          std::find_if(rooms_.begin(), rooms_.end(),
                       [room_id](const LockedRoom& locked) { return locked.room_id == room_id; }) -
          rooms_.begin());
      pb::Message message = read_message(row, 1, std::string(names_[room]));
      const DedupKey key{room, message.author().author_id(), message.request_id()};
      outcomes_[originals_.at(key)].repeated = std::move(message);
    }
  }

  // False when rooms are missing.
  bool insert_new() {
    ArrayLiteral places, numbers, author_ids, author_names, request_ids, bodies, client_times;
    bool has_new = false;
    for (std::size_t index = 0; index < batch_.size(); ++index) {
      Outcome& outcome = outcomes_[index];
      if (outcome.original != index || outcome.repeated.has_value() || outcome.is_refused) continue;
      const pb::SendMessageRequest& request = batch_[index].request;
      const std::size_t place = rooms_of_messages_[index];
      outcome.number = ++rooms_[place].new_messages;
      has_new = true;
      places.add(place + 1);
      numbers.add(outcome.number);
      author_ids.add(request.author().author_id());
      author_names.add(request.author().name());
      request_ids.add(request.request_id());
      bodies.add(request.body());
      client_times.add(request.client_time());
    }
    if (!has_new) return true;
    ArrayLiteral new_messages;
    for (const LockedRoom& room : rooms_) new_messages.add(room.new_messages);
    const pqxx::result rows = transaction_.exec_prepared(
        sql::kInsertMessages.name, array_literal(names_), new_messages.text(), places.text(), numbers.text(),
        author_ids.text(), author_names.text(), request_ids.text(), bodies.text(), client_times.text());
    for (const pqxx::row& row : rows) {
      LockedRoom& room = rooms_[place_of(row[0].c_str())];
      room.epoch = row[1].as<std::string>();
      room.last_offset = row[2].as<std::int64_t>();
      create_time_us_ = row[3].as<std::int64_t>();
    }
    return rows.size() == names_.size();
  }

  pb::Message make_message(pb::SendMessageRequest& request, std::int64_t offset) const {
    pb::Message message;
    message.set_room(std::move(*request.mutable_room()));
    message.set_offset(offset);
    message.set_change_offset(offset);
    message.mutable_author()->Swap(request.mutable_author());
    message.set_request_id(std::move(*request.mutable_request_id()));
    message.set_body(std::move(*request.mutable_body()));
    message.set_client_time(std::move(*request.mutable_client_time()));
    set_time(*message.mutable_create_time(), create_time_us_);
    return message;
  }

  pqxx::transaction_base& transaction_;
  const std::span<const PendingSend> batch_;
  const std::vector<std::string_view> names_;  // of the batch's rooms
  std::vector<LockedRoom> rooms_;              // in the order of names_; filled by the statement that locks them
  std::vector<std::size_t> rooms_of_messages_;
  std::unordered_map<DedupKey, std::size_t, DedupKeyHash> originals_;  // the place of each one's first in the batch
  std::vector<Outcome> outcomes_;
  std::int64_t create_time_us_ = 0;  // of all that are new
};

Failure make_rooms(Session& session, std::span<const PendingSend> batch) {
  const std::string names = array_literal(rooms_of(batch));
  return session.run(
      [&](pqxx::transaction_base& transaction) { transaction.exec_prepared0(sql::kMakeRooms.name, names); });
}

// `is_all`: nothing else of what was to be stored together is left.
Failure write_together(Session& session, std::span<PendingSend> batch, bool is_all, CommitTurn& turn,
                       Results& results) {
  // Most messages are new. That one of them is not is found out by the key, which is asked anyway.
  bool looks_for_repeats = false;
  bool makes_rooms = false;
  for (;;) {
    bool has_rooms = false;
    std::optional<BatchTransaction> work;
    Failure failure = session.write([&](pqxx::transaction_base& transaction) {
      turn.begin();
      work.emplace(transaction, batch);
      has_rooms = work->run(looks_for_repeats);
      if (!has_rooms) return;
      if (absl::Status refusal = turn.wait(); !refusal.ok()) throw Abandoned(std::move(refusal));
      if (is_all && !work->has_refused()) turn.all_but_committed();
    });
    if (failure.status.ok() && has_rooms) {
      results = work->results(batch);
      return failure;
    }
    if (failure.status.ok() && !makes_rooms) {
      makes_rooms = true;
      failure = make_rooms(session, batch);
      if (failure.status.ok()) continue;
    } else if (failure.status.ok()) {
      failure.status = make_error(absl::StatusCode::kInternal, "DATABASE_ERROR", "a room that was made is not there");
    } else if (failure.sqlstate == kUniqueViolation && !looks_for_repeats) {
      looks_for_repeats = true;
      continue;
    }
    results.assign(batch.size(), failure.status);
    return failure;
  }
}

// Appends a result for each message of `batch`. Halves it where the database refuses a value. The failure is what keeps
// the rest from being stored now, if anything does.
Failure write_parts(Session& session, std::span<PendingSend> batch, bool is_all, CommitTurn& turn, Results& results) {
  Results together;
  Failure failure = write_together(session, batch, is_all, turn, together);
  if (failure.kind != FailureKind::kData || batch.size() == 1) {
    std::move(together.begin(), together.end(), std::back_inserter(results));
    return failure.kind == FailureKind::kData ? Failure{} : failure;
  }
  const std::size_t half = batch.size() / 2;
  failure = write_parts(session, batch.first(half), false, turn, results);
  const std::span<PendingSend> rest = batch.subspan(half);
  if (failure.status.ok()) return write_parts(session, rest, false, turn, results);
  // What comes behind one that could not be stored now is not stored before it.
  results.insert(results.end(), rest.size(), failure.status);
  return failure;
}

}  // namespace

Results write_messages(Session& session, std::vector<PendingSend>& batch, CommitTurn& turn) {
  Results results;
  results.reserve(batch.size());
  write_parts(session, batch, true, turn, results);
  return results;
}

}  // namespace parley::backend
