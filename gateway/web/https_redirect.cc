#include "gateway/web/https_redirect.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "common/absl_view.h"
#include "gateway/web/host_header.h"

namespace parley::gateway {
namespace {

constexpr std::uint16_t kHttpsPort = 443;

std::string_view std_view(boost::beast::string_view text) { return {text.data(), text.size()}; }

// An absolute-form target without its scheme and host.
std::string path_and_query(std::string_view target) {
  const std::string_view query = target_query(target);
  return absl::StrCat(to_absl(target_path(target)), query.empty() ? "" : "?", to_absl(query));
}

}  // namespace

HttpResponse make_https_redirect(const HttpRequest& request, const HttpsSite& https) {
  const std::optional<HostHeader> parsed = parse_host(std_view(request[http::field::host]));
  if (!parsed || !https.certificate->current()->covers(parsed->name)) {
    return make_plain_response(request, http::status::misdirected_request,
                               "This gateway has no certificate for that host.");
  }
  const bool is_ipv6 = parsed->name.find(':') != std::string::npos;
  const std::string host = is_ipv6 ? absl::StrCat("[", parsed->name, "]") : parsed->name;
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
