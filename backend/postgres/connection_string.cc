#include "backend/postgres/connection_string.h"

#include <libpq-fe.h>

#include <map>
#include <memory>

#include "absl/strings/str_cat.h"
#include "common/errors.h"

namespace parley::backend {
namespace {

using Options = std::map<std::string, std::string>;

absl::Status invalid(const std::string& problem) {
  return make_error(absl::StatusCode::kInvalidArgument, "CONFIGURATION_INVALID",
                    absl::StrCat("database_url is not a libpq connection string or URL: ", problem));
}

absl::StatusOr<Options> parse(const std::string& database_url) {
  char* problem = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(
      PQconninfoParse(database_url.c_str(), &problem), &PQconninfoFree);
  const std::unique_ptr<char, decltype(&PQfreemem)> owned_problem(problem, &PQfreemem);
  if (parsed == nullptr) return invalid(problem == nullptr ? "no memory" : problem);
  Options options;
  for (const PQconninfoOption* option = parsed.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr) options.emplace(option->keyword, option->val);
  }
  return options;
}

// "34.1.1.1. Keyword/Value Connection Strings" of the manual.
std::string quote(const std::string& value) {
  std::string quoted = "'";
  for (const char character : value) {
    if (character == '\'' || character == '\\') quoted += '\\';
    quoted += character;
  }
  return quoted + "'";
}

}  // namespace

absl::StatusOr<std::string> make_connection_string(const std::string& database_url, ConnectionUse use,
                                                   std::chrono::milliseconds statement_timeout) {
  absl::StatusOr<Options> options = parse(database_url);
  if (!options.ok()) return options.status();
  options->emplace("application_name", "chat-backend");
  options->emplace("connect_timeout", "5");
  options->emplace("keepalives", "1");
  options->emplace("keepalives_idle", "10");
  options->emplace("keepalives_interval", "3");
  options->emplace("keepalives_count", "3");
  options->emplace("tcp_user_timeout", "15000");
  options->emplace("client_encoding", "UTF8");
  // What the caller gave comes last and wins.
  const std::string given = (*options)["options"];
  std::string session = "-c synchronous_commit=on -c DateStyle=ISO -c TimeZone=UTC";
  if (use == ConnectionUse::kRequests) {
    absl::StrAppend(&session, " -c statement_timeout=", statement_timeout.count(),
                    " -c idle_in_transaction_session_timeout=", 2 * statement_timeout.count());
  }
  (*options)["options"] = given.empty() ? session : absl::StrCat(session, " ", given);
  std::string text;
  for (const auto& [keyword, value] : *options) absl::StrAppend(&text, keyword, "=", quote(value), " ");
  return text;
}

}  // namespace parley::backend
