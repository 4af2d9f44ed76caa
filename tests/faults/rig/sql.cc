#include "tests/faults/rig/sql.h"

#include <exception>

#include <pqxx/connection>
#include <pqxx/nontransaction>
#include <pqxx/result>

#include "absl/status/status.h"

namespace parley::faults {

absl::StatusOr<std::vector<std::vector<std::string>>> run_sql(const std::string& url, const std::string& statement,
                                                              const std::vector<std::string>& parameters) {
  try {
    pqxx::connection connection(url);
    pqxx::nontransaction transaction(connection);
    const pqxx::result result = transaction.exec_params(statement, pqxx::prepare::make_dynamic_params(parameters));
    std::vector<std::vector<std::string>> rows;
    for (const auto& row : result) {
      std::vector<std::string>& texts = rows.emplace_back();
      for (const auto& field : row) texts.emplace_back(field.c_str());
    }
    return rows;
  } catch (const std::exception& error) {
    return absl::UnavailableError(error.what());
  }
}

}  // namespace parley::faults
