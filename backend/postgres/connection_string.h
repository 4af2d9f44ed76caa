// The database's address with the options that this server needs.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace parley::backend {

// What a connection is for.
enum class ConnectionUse {
  kRequests,    // statements end within the given time and use indexes, commits are durable
  kMigrations,  // statements take as long as they need
  kProbe,       // as kRequests, and larger intermediate results go to the disk
};

// Takes a libpq URL or keyword string; adds a connect timeout, TCP keepalives, an application name and the session's
// settings where the caller has not chosen others. INVALID_ARGUMENT (CONFIGURATION_INVALID), which quotes nothing of
// it, for text that libpq does not read or reads otherwise than it was meant.
absl::StatusOr<std::string> make_connection_string(const std::string& database_url, ConnectionUse use,
                                                   std::chrono::milliseconds statement_timeout);

// A text of make_connection_string() once for each of its hosts, each time with another one first.
std::vector<std::string> host_rotations(const std::string& connection_string);

}  // namespace parley::backend
