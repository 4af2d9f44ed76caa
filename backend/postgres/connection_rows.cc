#include "backend/postgres/connection_rows.h"

#include <vector>

#include <pqxx/result>

#include "backend/postgres/array_literal.h"
#include "backend/postgres/names_in_use.h"
#include "backend/postgres/statements.h"
#include "common/errors.h"

namespace parley::backend {
namespace {

constexpr int kReapedGatewaysMax = 16;

std::vector<std::string> remove_connections_of(pqxx::transaction_base& transaction,
                                               const std::vector<std::string>& gateway_ids) {
  std::vector<std::string> rooms;
  for (const pqxx::row& row : transaction.exec_prepared(sql::kRemoveConnectionsOf.name, array_literal(gateway_ids))) {
    rooms.push_back(row[0].as<std::string>());
  }
  return rooms;
}

// Until the transaction's end nobody stores a connection of the gateway. Its row is made, with a lease that has lapsed,
// where it has none. -> see sql::kLockGateway
pqxx::row lock_gateway(pqxx::transaction_base& transaction, const std::string& gateway_id) {
  pqxx::result rows;
  while (rows.empty()) {  // a reaper may remove the row between the two statements
    transaction.exec_prepared0(sql::kMakeGateway.name, gateway_id);
    rows = transaction.exec_prepared(sql::kLockGateway.name, gateway_id);
  }
  return rows[0];
}

}  // namespace

void make_room(pqxx::transaction_base& transaction, const std::string& room) {
  transaction.exec_prepared0(sql::kMakeRooms.name, array_literal(std::vector<std::string>{room}));
}

// Whoever stores a connection holds its gateway's row. With that row locked, every attempt has either left what is
// removed here, or will find the mark.
RemovedConnection end_connection(pqxx::transaction_base& transaction, const pb::DisconnectRequest& request) {
  lock_gateway(transaction, request.gateway_id());
  transaction.exec_prepared0(sql::kEndConnection.name, request.room(), request.connection_id());
  const pqxx::result removed =
      transaction.exec_prepared0(sql::kRemoveConnection.name, request.room(), request.connection_id());
  return RemovedConnection{.existed = removed.affected_rows() > 0};
}

absl::StatusOr<pb::Author> rename_connection(pqxx::transaction_base& transaction, const pb::SetNameRequest& request) {
  const pqxx::result rows =
      transaction.exec_prepared(sql::kLockConnection.name, request.room(), request.connection_id());
  if (rows.empty()) {
    return make_error(absl::StatusCode::kNotFound, "CONNECTION_NOT_FOUND", "there is no such connection in the room");
  }
  pb::Author author;
  author.set_author_id(rows[0][1].as<std::string>());
  const NamesInUse names(transaction, {{.room_id = rows[0][0].as<std::int64_t>(),
                                        .author_id = author.author_id(),
                                        .name = request.name(),
                                        .fallback_id = request.connection_id()}});
  if (names.is_taken(0)) {
    return make_error(absl::StatusCode::kAlreadyExists, "NAME_IN_USE", "somebody else in the room has that name");
  }
  transaction.exec_prepared1(sql::kSetName.name, request.room(), request.connection_id(), request.name());
  author.set_name(request.name());
  return author;
}

LeaseState take_lease(pqxx::transaction_base& transaction, const std::string& gateway_id,
                      std::chrono::milliseconds lease) {
  const pqxx::row gateway = lock_gateway(transaction, gateway_id);
  const bool is_live = gateway[0].as<bool>();
  LeaseState state;
  state.is_new = !is_live || !gateway[1].as<bool>();
  if (is_live) {
    state.lease_number = gateway[2].as<std::int64_t>();
    transaction.exec_prepared0(sql::kExtendLease.name, gateway_id, lease.count());
    return state;
  }
  // What a lapsed lease leaves behind is removed as the reaper would do it.
  state.left_rooms = remove_connections_of(transaction, {gateway_id});
  state.lease_number =
      transaction.exec_prepared1(sql::kBeginLease.name, gateway_id, lease.count())[0].as<std::int64_t>();
  return state;
}

Renewal renew_lease(pqxx::transaction_base& transaction, const std::string& gateway_id, std::int64_t lease_number,
                    std::chrono::milliseconds lease) {
  const pqxx::result renewed =
      transaction.exec_prepared(sql::kRenewLease.name, gateway_id, lease.count(), lease_number);
  return renewed.empty() ? Renewal::kLapsed : Renewal::kRenewed;
}

Reaped reap_gateways(pqxx::transaction_base& transaction) {
  Reaped reaped;
  transaction.exec_prepared0(sql::kForgetEndedConnections.name);
  std::vector<std::string> gateway_ids;
  for (const pqxx::row& row : transaction.exec_prepared(sql::kLapsedGateways.name, kReapedGatewaysMax)) {
    gateway_ids.push_back(row[0].as<std::string>());
  }
  reaped.gateways = static_cast<int>(gateway_ids.size());
  if (gateway_ids.empty()) return reaped;
  reaped.left_rooms = remove_connections_of(transaction, gateway_ids);
  transaction.exec_prepared0(sql::kRemoveGateways.name, array_literal(gateway_ids));
  return reaped;
}

}  // namespace parley::backend
