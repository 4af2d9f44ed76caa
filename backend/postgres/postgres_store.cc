#include "backend/postgres/postgres_store.h"

#include <memory>
#include <optional>
#include <utility>

#include "backend/postgres/api_token_rows.h"
#include "backend/postgres/connection_rows.h"
#include "common/errors.h"

namespace parley::backend {

PostgresStore::PostgresStore(const PostgresStoreOptions& options, const Clock& clock, const Logger& logger)
    : read_limits_(options.reads),
      lease_(options.lease),
      logger_(logger, "database"),
      requests_(logger_, clock, options.slow_request),
      pool_(
          options.workers, options.queue_max,
          [this, connection_string = options.connection_string, &clock] {
            return std::make_unique<Session>(connection_string, clock, logger_, metrics_);
          },
          clock, metrics_, requests_),
      sender_(pool_, clock, options.batch_messages_max, options.queue_max, {metrics_, requests_}),
      connects_(pool_, clock, options.batch_connections_max, options.queue_max,
                [lease = options.lease](Session& session, std::span<const PendingConnect> connects) {
                  return write_connects(session, connects, lease);
                },
                {metrics_, requests_}),
      disconnects_(pool_, clock, options.batch_connections_max, options.queue_max, write_disconnects,
                   {metrics_, requests_}) {}

template <typename Result, typename Work>
void PostgresStore::run(Method method, const CallLimit& limit, Completion<Result> done, Work work) {
  pool_.submit(
      limit, [method, done = std::move(done), work = std::move(work)](absl::StatusOr<Session*> session) mutable {
        if (!session.ok()) return done(session.status());
        std::optional<Result> result;
        const Failure failure =
            ((*session)->*method)([&](pqxx::transaction_base& transaction) { result.emplace(work(transaction)); });
        if (!failure.status.ok()) return done(failure.status);
        done(*std::move(result));
      });
}

void PostgresStore::connect(pb::ConnectRequest request, CallLimit limit, Completion<StoredConnection> done) {
  connects_.add(PendingConnect{.request = std::move(request), .limit = std::move(limit), .done = std::move(done)});
}

void PostgresStore::disconnect(pb::DisconnectRequest request, CallLimit limit, Completion<RemovedConnection> done) {
  if (!request.gateway_id().empty()) return end_connection(std::move(request), std::move(limit), std::move(done));
  disconnects_.add(
      PendingDisconnect{.request = std::move(request), .limit = std::move(limit), .done = std::move(done)});
}

// The room is made by itself, so that no transaction that holds other locks waits for a room's name.
void PostgresStore::end_connection(pb::DisconnectRequest request, CallLimit limit, Completion<RemovedConnection> done) {
  pool_.submit(std::move(limit), [request = std::move(request),
                                  done = std::move(done)](absl::StatusOr<Session*> session) mutable {
    if (!session.ok()) return done(session.status());
    Failure failure =
        (*session)->run([&](pqxx::transaction_base& transaction) { make_room(transaction, request.room()); });
    if (!failure.status.ok()) return done(failure.status);
    RemovedConnection removed;
    failure = (*session)->write(
        [&](pqxx::transaction_base& transaction) { removed = backend::end_connection(transaction, request); });
    if (!failure.status.ok()) return done(failure.status);
    done(removed);
  });
}

void PostgresStore::set_name(pb::SetNameRequest request, CallLimit limit, Completion<pb::Author> done) {
  using Renamed = absl::StatusOr<pb::Author>;
  Completion<Renamed> renamed = [done = std::move(done)](absl::StatusOr<Renamed> author) mutable {
    done(author.ok() ? *std::move(author) : Renamed(author.status()));
  };
  run(&Session::write, limit, std::move(renamed), [request = std::move(request)](pqxx::transaction_base& transaction) {
    return rename_connection(transaction, request);
  });
}

void PostgresStore::send_message(pb::SendMessageRequest request, CallLimit limit, Completion<StoredMessage> done) {
  sender_.send(PendingSend{.request = std::move(request), .limit = std::move(limit), .done = std::move(done)});
}

void PostgresStore::read_history(HistoryQuery query, CallLimit limit, Completion<HistoryPage> done) {
  run(&Session::read, limit, std::move(done),
      [query = std::move(query), limits = read_limits_](pqxx::transaction_base& transaction) {
        return backend::read_history(transaction, limits, query);
      });
}

void PostgresStore::resume(ResumeQuery query, CallLimit limit, Completion<ResumePage> done) {
  run(&Session::read, limit, std::move(done),
      [query = std::move(query), limits = read_limits_](pqxx::transaction_base& transaction) {
        return read_resume(transaction, limits, query);
      });
}

void PostgresStore::read_changes(ChangesQuery query, Completion<ChangesPage> done) {
  run(&Session::read, CallLimit{.operation = "read_changes"}, std::move(done),
      [query = std::move(query), limits = read_limits_](pqxx::transaction_base& transaction) {
        return backend::read_changes(transaction, limits, query);
      });
}

void PostgresStore::read_heads(std::vector<std::string> rooms, Completion<Heads> done) {
  run(&Session::run, CallLimit{.operation = "read_heads"}, std::move(done),
      [rooms = std::move(rooms)](pqxx::transaction_base& transaction) {
        return backend::read_heads(transaction, rooms);
      });
}

void PostgresStore::read_presence(std::vector<std::string> rooms, Completion<Presences> done) {
  run(&Session::run, CallLimit{.operation = "read_presence"}, std::move(done),
      [rooms = std::move(rooms)](pqxx::transaction_base& transaction) { return read_presences(transaction, rooms); });
}

void PostgresStore::take_lease(std::string gateway_id, Completion<LeaseState> done) {
  run(&Session::write, CallLimit{.operation = "take_lease"}, std::move(done),
      [gateway_id = std::move(gateway_id), lease = lease_](pqxx::transaction_base& transaction) {
        return backend::take_lease(transaction, gateway_id, lease);
      });
}

void PostgresStore::renew_lease(std::string gateway_id, std::int64_t lease_number, Completion<Renewal> done) {
  run(&Session::write, CallLimit{.operation = "renew_lease"}, std::move(done),
      [gateway_id = std::move(gateway_id), lease_number, lease = lease_](pqxx::transaction_base& transaction) {
        return backend::renew_lease(transaction, gateway_id, lease_number, lease);
      });
}

void PostgresStore::reap(Completion<Reaped> done) {
  run(&Session::write, CallLimit{.operation = "reap"}, std::move(done),
      [](pqxx::transaction_base& transaction) { return reap_gateways(transaction); });
}

void PostgresStore::read_api_tokens(Completion<std::vector<ApiToken>> done) {
  run(&Session::run, CallLimit(), std::move(done),
      [](pqxx::transaction_base& transaction) { return backend::read_api_tokens(transaction); });
}

}  // namespace parley::backend
