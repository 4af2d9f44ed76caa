#include "backend/postgres/connection_string.h"

#include <libpq-fe.h>

#include <algorithm>
#include <map>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/errors.h"

namespace parley::backend {
namespace {

using Options = std::map<std::string, std::string>;

// Not in libpq's words, which quote the text, and the password with it.
absl::Status invalid() {
  return make_error(absl::StatusCode::kInvalidArgument, "CONFIGURATION_INVALID",
                    "database_url is not a libpq connection string or URL, or one with an unknown option; in a URL, "
                    "a password's @ / and % are written %40 %2F and %25");
}

// In a URL whose password has such a character as it is, libpq takes the rest of it for a host, a port or a database,
// and would name that in its errors.
bool has_stray_password(const std::string& database_url, const Options& options) {
  if (!database_url.starts_with("postgresql://") && !database_url.starts_with("postgres://")) return false;
  for (const char* keyword : {"host", "dbname"}) {
    const auto option = options.find(keyword);
    if (option != options.end() && option->second.find('@') != std::string::npos) return true;
  }
  const auto port = options.find("port");
  return port != options.end() && port->second.find_first_not_of("0123456789,") != std::string::npos;
}

absl::StatusOr<Options> parse(const std::string& database_url) {
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(
      PQconninfoParse(database_url.c_str(), nullptr), &PQconninfoFree);
  if (parsed == nullptr) return invalid();
  Options options;
  for (const PQconninfoOption* option = parsed.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr) options.emplace(option->keyword, option->val);
  }
  if (has_stray_password(database_url, options)) return invalid();
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

std::string to_text(const Options& options) {
  std::string text;
  for (const auto& [keyword, value] : options) absl::StrAppend(&text, keyword, "=", quote(value), " ");
  return text;
}

// What may be a list with an element a host ("34.1.1.3. Specifying Multiple Hosts" of the manual).
constexpr const char* kHostLists[] = {"host", "hostaddr", "port"};

std::vector<std::string> split(const Options& options, const char* keyword) {
  const auto option = options.find(keyword);
  if (option == options.end()) return {};
  return absl::StrSplit(option->second, ',');
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
  if (use != ConnectionUse::kMigrations) {
    absl::StrAppend(&session, " -c statement_timeout=", statement_timeout.count(),
                    " -c idle_in_transaction_session_timeout=", 2 * statement_timeout.count());
  }
  // Requests know their rows by keys, so an index for each of them is right whatever a table's size. A plan that was
  // made while a table was small, above all that of a foreign key, would read all of it long after it has grown.
  if (use == ConnectionUse::kRequests) {
    absl::StrAppend(&session, " -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off");
  }
  if (use == ConnectionUse::kProbe) absl::StrAppend(&session, " -c work_mem=64kB -c temp_tablespaces=");
  (*options)["options"] = given.empty() ? session : absl::StrCat(session, " ", given);
  return to_text(*options);
}

std::vector<std::string> host_rotations(const std::string& connection_string) {
  const absl::StatusOr<Options> options = parse(connection_string);
  if (!options.ok()) return {connection_string};
  std::size_t hosts = 1;
  for (const char* keyword : kHostLists) hosts = std::max(hosts, split(*options, keyword).size());
  std::vector<std::string> rotations;
  for (std::size_t first = 0; first < hosts; ++first) {
    Options rotated = *options;
    for (const char* keyword : kHostLists) {
      std::vector<std::string> parts = split(*options, keyword);
      if (parts.size() != hosts) continue;  // one for all hosts, or none
      std::rotate(parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(first), parts.end());
      rotated[keyword] = absl::StrJoin(parts, ",");
    }
    rotations.push_back(to_text(rotated));
  }
  return rotations;
}

}  // namespace parley::backend
