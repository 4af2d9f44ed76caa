// The Host header.
#include <string>
#include <vector>

#include "gateway/web/host_header.h"
#include "tests/fuzz/fuzz.h"

namespace parley::fuzz {

using gateway::HostPolicy;

void fuzz(std::string_view bytes) {
  const std::vector<std::string> listed = {"chat.example"};
  const bool is_loopback = gateway::is_host_allowed(bytes, HostPolicy::kLoopback, {});
  const bool is_listed = gateway::is_host_allowed(bytes, HostPolicy::kListed, listed);
  const auto host = gateway::parse_host(bytes);
  expect(host.has_value() || (!is_loopback && !is_listed), "what is no host is none of ours");
  expect(!is_loopback || !is_listed, "a public name is none of the machine's own");
  if (!host) return;
  expect(!host->name.empty() && host->name.size() <= 255, "a host has a name");
  expect(host->name.find_first_of("[]/@#?\\ \r\n\t") == std::string::npos, "a name has a name's characters");
  const bool is_ipv6 = host->name.find(':') != std::string::npos;
  const std::string again = (is_ipv6 ? "[" + host->name + "]" : host->name) + ":" + std::to_string(host->port);
  const auto read = gateway::parse_host(again);
  expect(!read || (read->name == host->name && read->port == host->port), "what is read is what is meant");
  expect(read.has_value() || again.size() > 255, "what was a host is one");
}

}  // namespace parley::fuzz
