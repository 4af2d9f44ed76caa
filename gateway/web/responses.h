// The HTTP answers of the gateway (RFC 9110): the site, the probes, and errors.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include <boost/beast/core/span.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/span_body.hpp>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "gateway/site/site.h"

namespace parley::gateway {

namespace http = boost::beast::http;

using HttpRequest = http::request<http::empty_body>;
// The body is part of `site`, or of `owned`.
struct HttpResponse {
  http::response<http::span_body<const char>> message;
  std::unique_ptr<const std::string> owned;
  std::shared_ptr<const Site> site;
};

// Longer than any request of ours can be.
inline constexpr std::size_t kTargetBytesMax = 4'096;

// A plain sentence with that status. `head` is a request with HEAD.
HttpResponse make_plain_response(const HttpRequest& request, http::status status, std::string_view sentence);

// A refused $connect: {"code","reason","message","retryable"}, with Retry-After where trying again may help. A version
// of WebSocket that is not spoken is 426 with the one that is: RFC 6455, section 4.2.2.
HttpResponse make_refusal(const HttpRequest& request, const absl::Status& status);

// 429 with Retry-After, for a request that is no upgrade.
HttpResponse make_too_many_requests(const HttpRequest& request);

// What is wrong with a request before its target counts: 400, 405 or 414; nothing when it is well.
std::unique_ptr<HttpResponse> check_request(const HttpRequest& request);

// A readiness check: OK or why not.
using Readiness = absl::FunctionRef<absl::Status()>;

// 431 for a request whose head is longer than it may be, or 414 where not even the target could be read: it is empty.
HttpResponse make_too_large_response(std::string_view target);

// Whether the path is one of the probes, which answer on any listener.
bool is_probe_path(std::string_view path);

// The answer to a GET or HEAD that check_request let pass and that is no upgrade. Its body is part of `site`, which the
// caller keeps alive as long.
HttpResponse respond(const HttpRequest& request, const Site& site, Readiness readiness);

// All lines of a field whose value is a list, as one list: RFC 9110, section 5.3.
std::string list_field(const HttpRequest& request, http::field field);
std::string list_field(const HttpRequest& request, std::string_view name);

// The path of an origin-form or absolute-form target, without the query; empty for anything else.
std::string_view target_path(std::string_view target);
// After the `?`; empty without.
std::string_view target_query(std::string_view target);

}  // namespace parley::gateway
