// Connections and their gateways' leases, within a transaction of the caller. They throw what libpqxx throws.
#pragma once

#include <chrono>
#include <string>

#include <pqxx/transaction_base>

#include "absl/status/statusor.h"
#include "backend/chat/store.h"

namespace parley::backend {

void make_room(pqxx::transaction_base& transaction, const std::string& room);
// Removes a connection of which an attempt to store it may still be under way: it is never stored again. The room must
// exist, see make_room().
RemovedConnection end_connection(pqxx::transaction_base& transaction, const pb::DisconnectRequest& request);
// NOT_FOUND (CONNECTION_NOT_FOUND); ALREADY_EXISTS (NAME_IN_USE) when it is another author's in the room.
absl::StatusOr<pb::Author> rename_connection(pqxx::transaction_base& transaction, const pb::SetNameRequest& request);

LeaseState take_lease(pqxx::transaction_base& transaction, const std::string& gateway_id,
                      std::chrono::milliseconds lease);
Renewal renew_lease(pqxx::transaction_base& transaction, const std::string& gateway_id, std::int64_t lease_number,
                    std::chrono::milliseconds lease);
// Read committed: what is removed is looked for after its gateways are locked.
Reaped reap_gateways(pqxx::transaction_base& transaction);

}  // namespace parley::backend
