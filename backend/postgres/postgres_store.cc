#include "backend/postgres/postgres_store.h"

#include <memory>
#include <optional>
#include <utility>

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
      sender_(pool_, clock, options.batch_messages_max, options.queue_max, {metrics_, requests_}) {}

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

template <typename Result, typename Work>
void PostgresStore::write_in_room(std::string room, CallLimit limit, Completion<Result> done, Work work) {
  pool_.submit(std::move(limit), [room = std::move(room), done = std::move(done),
                                  work = std::move(work)](absl::StatusOr<Session*> session) mutable {
    if (!session.ok()) return done(session.status());
    Failure failure = (*session)->run([&](pqxx::transaction_base& transaction) { make_room(transaction, room); });
    if (!failure.status.ok()) return done(failure.status);
    std::optional<Result> result;
    failure = (*session)->write([&](pqxx::transaction_base& transaction) { result.emplace(work(transaction)); });
    if (!failure.status.ok()) return done(failure.status);
    done(*std::move(result));
  });
}

void PostgresStore::connect(pb::ConnectRequest request, CallLimit limit, Completion<StoredConnection> done) {
  using Stored = std::optional<StoredConnection>;
  Completion<Stored> stored = [done = std::move(done)](absl::StatusOr<Stored> connection) mutable {
    if (!connection.ok()) return done(connection.status());
    if (connection->has_value()) return done(*std::move(*connection));
    done(make_error(absl::StatusCode::kFailedPrecondition, "CONNECTION_ENDED", "the connection has ended already"));
  };
  const std::string room = request.room();
  write_in_room(room, std::move(limit), std::move(stored),
                [request = std::move(request), lease = lease_](pqxx::transaction_base& transaction) {
                  return store_connection(transaction, request, lease);
                });
}

void PostgresStore::disconnect(pb::DisconnectRequest request, CallLimit limit, Completion<RemovedConnection> done) {
  const bool needs_room = !request.gateway_id().empty();
  const std::string room = request.room();
  auto work = [request = std::move(request)](pqxx::transaction_base& transaction) {
    return remove_connection(transaction, request);
  };
  if (needs_room) return write_in_room(room, std::move(limit), std::move(done), std::move(work));
  run(&Session::write, limit, std::move(done), std::move(work));
}

void PostgresStore::set_name(pb::SetNameRequest request, CallLimit limit, Completion<pb::Author> done) {
  Completion<std::optional<pb::Author>> renamed = [done = std::move(done)](
                                                      absl::StatusOr<std::optional<pb::Author>> author) mutable {
    if (!author.ok()) return done(author.status());
    if (author->has_value()) return done(*std::move(*author));
    done(make_error(absl::StatusCode::kNotFound, "CONNECTION_NOT_FOUND", "there is no such connection in the room"));
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

}  // namespace parley::backend
