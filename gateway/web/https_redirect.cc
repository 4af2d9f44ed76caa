#include "gateway/web/https_redirect.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/absl_view.h"

namespace parley::gateway {
namespace {

constexpr std::uint16_t kHttpsPort = 443;
constexpr std::size_t kHostBytesMax = 255;

std::string_view std_view(boost::beast::string_view text) { return {text.data(), text.size()}; }

bool is_port(std::string_view text) {
  return text.empty() || (text.front() == ':' && std::all_of(text.begin() + 1, text.end(), absl::ascii_isdigit));
}

bool is_name_character(char character) {
  return absl::ascii_isalnum(static_cast<unsigned char>(character)) || character == '-' || character == '.';
}

bool is_ipv6_character(char character) {
  return absl::ascii_isxdigit(static_cast<unsigned char>(character)) || character == ':' || character == '.';
}

// An absolute-form target without its scheme and host.
std::string path_and_query(std::string_view target) {
  const std::string_view query = target_query(target);
  return absl::StrCat(to_absl(target_path(target)), query.empty() ? "" : "?", to_absl(query));
}

}  // namespace

std::optional<std::string> host_name(std::string_view host) {
  if (host.size() > kHostBytesMax) return std::nullopt;
  std::string_view name;
  std::string_view port;
  if (host.starts_with('[')) {
    const std::size_t bracket = host.find(']');
    if (bracket == std::string_view::npos) return std::nullopt;
    name = host.substr(1, bracket - 1);
    port = host.substr(bracket + 1);
    if (!std::all_of(name.begin(), name.end(), is_ipv6_character)) return std::nullopt;
  } else {
    const std::size_t colon = std::min(host.find(':'), host.size());
    name = host.substr(0, colon);
    port = host.substr(colon);
    if (!std::all_of(name.begin(), name.end(), is_name_character)) return std::nullopt;
  }
  if (name.empty() || !is_port(port)) return std::nullopt;
  return std::string(name);
}

HttpResponse make_https_redirect(const HttpRequest& request, const HttpsSite& https) {
  const std::optional<std::string> name = host_name(std_view(request[http::field::host]));
  if (!name || !https.certificate->current()->covers(*name)) {
    return make_plain_response(request, http::status::misdirected_request,
                               "This gateway has no certificate for that host.");
  }
  const bool is_ipv6 = name->find(':') != std::string::npos;
  const std::string host = is_ipv6 ? absl::StrCat("[", *name, "]") : *name;
  const std::string port = https.port == kHttpsPort ? std::string() : absl::StrCat(":", https.port);
  const std::string location = absl::StrCat("https://", host, port, path_and_query(std_view(request.target())));
  HttpResponse response =
      make_plain_response(request, http::status::permanent_redirect, absl::StrCat("This site is at ", location));
  response.message.set(http::field::location, location);
  return response;
}

void set_transport_security(HttpResponse& response, std::chrono::seconds max_age) {
  if (max_age.count() <= 0) return;
  response.message.set(http::field::strict_transport_security, absl::StrCat("max-age=", max_age.count()));
}

}  // namespace parley::gateway
