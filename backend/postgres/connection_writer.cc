#include "backend/postgres/connection_writer.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include <pqxx/result>

#include "backend/postgres/array_literal.h"
#include "backend/postgres/connection_rows.h"
#include "backend/postgres/names_in_use.h"
#include "backend/postgres/statements.h"
#include "common/errors.h"

namespace parley::backend {
namespace {

using Connects = std::span<const PendingConnect>;
using Disconnects = std::span<const PendingDisconnect>;

template <typename Result>
using ResultsOf = std::vector<absl::StatusOr<Result>>;

// What tells connections apart: a room's number or name, and the connection_id.
using StoredKey = std::pair<std::int64_t, std::string_view>;
using AskedKey = std::pair<std::string_view, std::string_view>;

void sort_and_unite(std::vector<std::string_view>& texts) {
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
}

// Sorted, each once.
std::vector<std::string_view> rooms_of(Connects connects) {
  std::vector<std::string_view> names;
  names.reserve(connects.size());
  for (const PendingConnect& connect : connects) names.push_back(connect.request.room());
  sort_and_unite(names);
  return names;
}

std::vector<std::string_view> gateways_of(Connects connects) {
  std::vector<std::string_view> gateway_ids;
  gateway_ids.reserve(connects.size());
  for (const PendingConnect& connect : connects) gateway_ids.push_back(connect.request.gateway_id());
  sort_and_unite(gateway_ids);
  return gateway_ids;
}

// Valid as long as the row's result.
std::string_view text_of(const pqxx::field& field) { return {field.c_str(), field.size()}; }

// One transaction's work. Made anew for each attempt; the texts are those of the requests.
class ConnectTransaction {
 public:
  ConnectTransaction(pqxx::transaction_base& transaction, Connects connects, std::chrono::milliseconds lease)
      : transaction_(transaction), connects_(connects), lease_(lease), stored_(connects.size()) {}

  // False when rooms are missing: nothing has been written then.
  bool run() {
    if (!find_rooms()) return false;
    hold_leases();
    choose_names();
    add();
    find_others();
    return true;
  }

  ResultsOf<StoredConnection> results() {
    ResultsOf<StoredConnection> results;
    results.reserve(stored_.size());
    for (StoredConnection& stored : stored_) {
      if (stored.author.author_id().empty()) {
        results.emplace_back(
            make_error(absl::StatusCode::kFailedPrecondition, "CONNECTION_ENDED", "the connection has ended already"));
      } else {
        results.emplace_back(std::move(stored));
      }
    }
    return results;
  }

 private:
  StoredKey key_of(std::size_t index) const {
    const pb::ConnectRequest& request = connects_[index].request;
    return {room_ids_.at(request.room()), request.connection_id()};
  }

  bool find_rooms() {
    const std::vector<std::string_view> names = rooms_of(connects_);
    for (const pqxx::row& row : transaction_.exec_prepared(sql::kRooms.name, array_literal(names))) {
      if (row[1].is_null()) return false;
      room_ids_.emplace(*std::lower_bound(names.begin(), names.end(), text_of(row[0])), row[1].as<std::int64_t>());
    }
    return true;
  }

  // They stay until the transaction's end. What a lapsed one leaves behind is removed before anything is added.
  void hold_leases() {
    const std::vector<std::string_view> gateway_ids = gateways_of(connects_);
    std::vector<std::string> live;
    for (const pqxx::row& row : transaction_.exec_prepared(sql::kHoldLeases.name, array_literal(gateway_ids))) {
      live.push_back(row[0].as<std::string>());
    }
    for (const std::string_view gateway_id : gateway_ids) {
      if (std::find(live.begin(), live.end(), gateway_id) != live.end()) continue;
      const auto first = std::find_if(connects_.begin(), connects_.end(), [&](const PendingConnect& connect) {
        return connect.request.gateway_id() == gateway_id;
      });
      stored_[static_cast<std::size_t>(first - connects_.begin())].left_rooms =
          take_lease(transaction_, std::string(gateway_id), lease_).left_rooms;
    }
  }

  // Of each connection's first request. A name that is another author's in the room, also by a request of this
  // transaction, gives way to one like it.
  void choose_names() {
    std::vector<WantedName> wanted;
    std::vector<std::size_t> indices;
    for (std::size_t index = 0; index < connects_.size(); ++index) {
      const pb::ConnectRequest& request = connects_[index].request;
      const StoredKey key = key_of(index);
      if (!places_.try_emplace(key, index).second) continue;
      indices.push_back(index);
      wanted.push_back({.room_id = key.first,
                        .author_id = request.author().author_id(),
                        .name = request.author().name(),
                        .fallback_id = request.connection_id()});
    }
    NamesInUse names(transaction_, std::move(wanted));
    names_.resize(connects_.size());
    for (std::size_t place = 0; place < indices.size(); ++place) names_[indices[place]] = names.choose(place);
  }

  void add() {
    ArrayLiteral room_ids, connection_ids, gateway_ids, author_ids, author_names;
    for (const auto& [key, index] : places_) {
      const pb::ConnectRequest& request = connects_[index].request;
      room_ids.add(key.first);
      connection_ids.add(key.second);
      gateway_ids.add(request.gateway_id());
      author_ids.add(request.author().author_id());
      author_names.add(names_[index]);
    }
    for (const pqxx::row& row :
         transaction_.exec_prepared(sql::kAddConnections.name, room_ids.text(), connection_ids.text(),
                                    gateway_ids.text(), author_ids.text(), author_names.text())) {
      const std::size_t index = places_.at({row[0].as<std::int64_t>(), text_of(row[1])});
      StoredConnection& stored = stored_[index];
      stored.author = connects_[index].request.author();
      stored.author.set_name(names_[index]);
      stored.is_new = true;
    }
  }

  // Those that are stored already, by another transaction or by another request of this one.
  void find_others() {
    ArrayLiteral room_ids, connection_ids;
    bool has_others = false;
    for (const auto& [key, place] : places_) {
      if (stored_[place].is_new) continue;
      room_ids.add(key.first);
      connection_ids.add(key.second);
      has_others = true;
    }
    if (has_others) {
      for (const pqxx::row& row :
           transaction_.exec_prepared(sql::kConnectionAuthors.name, room_ids.text(), connection_ids.text())) {
        StoredConnection& stored = stored_at(row);
        stored.author.set_author_id(row[2].as<std::string>());
        stored.author.set_name(row[3].as<std::string>());
      }
    }
    for (std::size_t index = 0; index < connects_.size(); ++index) {
      const std::size_t first = places_.at(key_of(index));
      if (first != index) stored_[index].author = stored_[first].author;
    }
  }

  // Of the row's first two columns, room_id and connection_id.
  StoredConnection& stored_at(const pqxx::row& row) {
    return stored_[places_.at({row[0].as<std::int64_t>(), text_of(row[1])})];
  }

  pqxx::transaction_base& transaction_;
  const Connects connects_;
  const std::chrono::milliseconds lease_;
  std::map<std::string_view, std::int64_t> room_ids_;
  std::map<StoredKey, std::size_t> places_;  // of the first request for a connection
  std::vector<std::string> names_;           // in the order of the requests
  std::vector<StoredConnection> stored_;     // likewise
};

Failure connect_together(Session& session, Connects connects, std::chrono::milliseconds lease,
                         ResultsOf<StoredConnection>& results) {
  Failure failure;
  for (const bool is_first : {true, false}) {
    bool has_rooms = false;
    failure = session.write([&](pqxx::transaction_base& transaction) {
      ConnectTransaction work(transaction, connects, lease);
      has_rooms = work.run();
      if (has_rooms) results = work.results();
    });
    if (!failure.status.ok() || has_rooms) return failure;
    if (!is_first) break;
    // By itself, so that no transaction that holds other locks waits for a room's name.
    const std::string names = array_literal(rooms_of(connects));
    failure = session.run(
        [&](pqxx::transaction_base& transaction) { transaction.exec_prepared0(sql::kMakeRooms.name, names); });
    if (!failure.status.ok()) return failure;
  }
  failure.status = make_error(absl::StatusCode::kInternal, "DATABASE_ERROR", "a room that was made is not there");
  return failure;
}

Failure disconnect_together(Session& session, Disconnects disconnects, ResultsOf<RemovedConnection>& results) {
  ArrayLiteral rooms, connection_ids;
  for (const auto& [request, limit, done] : disconnects) {
    rooms.add(request.room());
    connection_ids.add(request.connection_id());
  }
  return session.write([&](pqxx::transaction_base& transaction) {
    const pqxx::result rows =
        transaction.exec_prepared(sql::kRemoveConnections.name, rooms.text(), connection_ids.text());
    std::vector<AskedKey> removed;
    for (const pqxx::row& row : rows) removed.emplace_back(text_of(row[0]), text_of(row[1]));
    std::sort(removed.begin(), removed.end());
    results.clear();
    for (const auto& [request, limit, done] : disconnects) {
      const AskedKey key(request.room(), request.connection_id());
      results.emplace_back(RemovedConnection{.existed = std::binary_search(removed.begin(), removed.end(), key)});
    }
  });
}

// Appends a result for each of `requests`. Halves them where the database refuses a value.
template <typename Request, typename Result, typename Write>
void write_parts(std::span<const Request> requests, const Write& write_together, ResultsOf<Result>& results) {
  ResultsOf<Result> together;
  const Failure failure = write_together(requests, together);
  if (failure.status.ok()) {
    std::move(together.begin(), together.end(), std::back_inserter(results));
  } else if (failure.kind == FailureKind::kData && requests.size() > 1) {
    const std::size_t half = requests.size() / 2;
    write_parts(requests.first(half), write_together, results);
    write_parts(requests.subspan(half), write_together, results);
  } else {
    results.insert(results.end(), requests.size(), failure.status);
  }
}

}  // namespace

ResultsOf<StoredConnection> write_connects(Session& session, Connects connects, std::chrono::milliseconds lease) {
  ResultsOf<StoredConnection> results;
  write_parts(
      connects,
      [&](Connects part, ResultsOf<StoredConnection>& together) {
        return connect_together(session, part, lease, together);
      },
      results);
  return results;
}

ResultsOf<RemovedConnection> write_disconnects(Session& session, Disconnects disconnects) {
  ResultsOf<RemovedConnection> results;
  write_parts(
      disconnects,
      [&](Disconnects part, ResultsOf<RemovedConnection>& together) {
        return disconnect_together(session, part, together);
      },
      results);
  return results;
}

}  // namespace parley::backend
