// Reads of rooms and messages, within a transaction of the caller. They throw what libpqxx throws.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <pqxx/transaction_base>

#include "backend/chat/store.h"

namespace parley::backend {

struct ReadLimits {
  std::int64_t page_bytes_max = 1 << 20;    // of bodies
  std::int64_t resume_changes_max = 1'000;  // a larger gap is a reset
};

HistoryPage read_history(pqxx::transaction_base& transaction, const ReadLimits& limits, const HistoryQuery& query);
// One snapshot is needed for the following two.
ResumePage read_resume(pqxx::transaction_base& transaction, const ReadLimits& limits, const ResumeQuery& query);
ChangesPage read_changes(pqxx::transaction_base& transaction, const ReadLimits& limits, const ChangesQuery& query);
Store::Heads read_heads(pqxx::transaction_base& transaction, const std::vector<std::string>& rooms);
Store::Presences read_presences(pqxx::transaction_base& transaction, const std::vector<std::string>& rooms);

}  // namespace parley::backend
