#include "gateway/web/responses.h"

#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "common/absl_view.h"
#include "common/errors.h"
#include "gateway/web/byte_range.h"

namespace parley::gateway {
namespace {

constexpr const char* kRetryAfterSeconds = "2";
constexpr std::string_view kScriptSources = "script-src 'self' 'wasm-unsafe-eval'";
constexpr std::string_view kOtherSources =
    "; default-src 'none'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; manifest-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
constexpr std::string_view kPermissionsPolicy =
    "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()";
constexpr std::string_view kNotFoundPage =
    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Not found</title>"
    "<meta name=\"viewport\" content=\"width=device-width\">"
    "<h1>Not found</h1><p>There is nothing here. The name of a room has 1 to 64 of a-z, 0-9, _ and -. "
    "<a href=\"/\">To the lobby</a></p></html>";
constexpr std::string_view kNoSite =
    "This is a Parley gateway without a site: set site_dir or releases_dir. WebSockets are at /ws.";

boost::beast::string_view beast_view(std::string_view text) { return {text.data(), text.size()}; }
std::string_view std_view(boost::beast::string_view text) { return {text.data(), text.size()}; }

// `script_sources`: further ones, as inline_script_sources makes them.
void set_content_security_policy(HttpResponse& response, std::string_view script_sources) {
  std::string policy(kScriptSources);
  policy.append(script_sources).append(kOtherSources);
  response.message.set("Content-Security-Policy", policy);
}

void set_security_headers(HttpResponse& response) {
  auto& message = response.message;
  set_content_security_policy(response, {});
  message.set("X-Content-Type-Options", "nosniff");
  message.set("Referrer-Policy", "no-referrer");
  message.set("Cross-Origin-Opener-Policy", "same-origin");
  message.set("Cross-Origin-Resource-Policy", "same-origin");
  message.set("Permissions-Policy", beast_view(kPermissionsPolicy));
}

HttpResponse make_response(const HttpRequest& request, http::status status) {
  HttpResponse response;
  response.message.result(status);
  response.message.version(request.version() == 10 ? 10 : 11);
  response.message.keep_alive(request.keep_alive());
  set_security_headers(response);
  return response;
}

// A HEAD is answered with the length that a GET would get.
void set_body(const HttpRequest& request, HttpResponse& response, std::string_view body) {
  response.message.set(http::field::content_length, std::to_string(body.size()));
  if (request.method() != http::verb::head) response.message.body() = {body.data(), body.size()};
}

HttpResponse make_text(const HttpRequest& request, http::status status, std::string_view content_type,
                       std::string text) {
  HttpResponse response = make_response(request, status);
  response.message.set(http::field::content_type, beast_view(content_type));
  response.message.set(http::field::cache_control, "no-store");
  response.owned = std::make_unique<const std::string>(std::move(text));
  set_body(request, response, *response.owned);
  return response;
}

// With status 426: RFC 9110, sections 15.5.22 and 7.8.
void require_websocket(HttpResponse& response) {
  const std::string connection(std_view(response.message[http::field::connection]));
  response.message.set(http::field::connection, connection.empty() ? "Upgrade" : connection + ", Upgrade");
  response.message.set(http::field::upgrade, "websocket");
  response.message.set(http::field::sec_websocket_version, "13");
}

http::status status_of(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kInvalidArgument: return http::status::bad_request;
    case absl::StatusCode::kUnauthenticated: return http::status::unauthorized;
    case absl::StatusCode::kPermissionDenied: return http::status::forbidden;
    case absl::StatusCode::kResourceExhausted: return http::status::too_many_requests;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kDeadlineExceeded: return http::status::service_unavailable;
    default: return http::status::internal_server_error;
  }
}

// The part of a GET's answer that Range and If-Range ask for; a HEAD has no parts (RFC 9110, section 14.2).
ByteRange range_of(const HttpRequest& request, const SiteVariant& variant) {
  const bool counts =
      request.method() == http::verb::get && if_range_holds(std_view(request[http::field::if_range]), variant.etag);
  return counts ? parse_byte_range(std_view(request[http::field::range]), variant.bytes.size()) : ByteRange();
}

HttpResponse make_unsatisfiable(const HttpRequest& request, std::size_t size) {
  HttpResponse response = make_plain_response(request, http::status::range_not_satisfiable, "There is no such range.");
  response.message.set(http::field::content_range, "bytes */" + std::to_string(size));
  return response;
}

void set_part(const HttpRequest& request, HttpResponse& response, std::string_view bytes, const ByteRange& range) {
  response.message.result(http::status::partial_content);
  const std::string last = std::to_string(range.first + range.count - 1);
  response.message.set(http::field::content_range,
                       "bytes " + std::to_string(range.first) + "-" + last + "/" + std::to_string(bytes.size()));
  set_body(request, response, bytes.substr(range.first, range.count));
}

// The preconditions in the order of RFC 9110, section 13.2.2; parts are those of the coded form.
HttpResponse respond_file(const HttpRequest& request, const SiteFile& file) {
  const SiteVariant& variant = choose_variant(file, std_view(request[http::field::accept_encoding]));
  const bool known = etag_matches(std_view(request[http::field::if_none_match]), variant.etag);
  const ByteRange range = known ? ByteRange() : range_of(request, variant);
  if (range.kind == ByteRange::Kind::kUnsatisfiable) return make_unsatisfiable(request, variant.bytes.size());
  HttpResponse response = make_response(request, known ? http::status::not_modified : http::status::ok);
  auto& message = response.message;
  if (!file.script_sources.empty()) set_content_security_policy(response, file.script_sources);
  message.set(http::field::etag, variant.etag);
  message.set(http::field::cache_control, file.cache_control);
  message.set(http::field::vary, "Accept-Encoding");
  if (known) return response;
  message.set(http::field::accept_ranges, "bytes");
  message.set(http::field::content_type, file.content_type);
  if (!variant.coding.empty()) message.set(http::field::content_encoding, beast_view(variant.coding));
  if (range.kind == ByteRange::Kind::kPart) {
    set_part(request, response, variant.bytes, range);
  } else {
    set_body(request, response, variant.bytes);
  }
  return response;
}

}  // namespace

HttpResponse make_plain_response(const HttpRequest& request, http::status status, std::string_view sentence) {
  return make_text(request, status, "text/plain; charset=utf-8", std::string(sentence) + "\n");
}

HttpResponse make_refusal(const HttpRequest& request, const absl::Status& status) {
  boost::json::object body;
  body["code"] = error_code_name(status.code());
  body["reason"] = error_reason(status);
  body["message"] = to_std(status.message());
  body["retryable"] = is_retryable(status);
  const bool overloaded = error_reason(status) == "OVERLOADED";
  const bool other_version = error_reason(status) == "WEBSOCKET_VERSION_UNKNOWN";
  const bool other_host = error_reason(status) == "HOST_NOT_ALLOWED";
  const http::status result = overloaded      ? http::status::service_unavailable
                              : other_version ? http::status::upgrade_required
                              : other_host    ? http::status::misdirected_request
                                              : status_of(status.code());
  HttpResponse response = make_text(request, result, "application/json", boost::json::serialize(body));
  if (other_version) require_websocket(response);
  const bool later = result == http::status::too_many_requests || result == http::status::service_unavailable;
  if (later) response.message.set(http::field::retry_after, kRetryAfterSeconds);
  if (result == http::status::unauthorized) response.message.set(http::field::www_authenticate, "Bearer");
  return response;
}

HttpResponse make_too_many_requests(const HttpRequest& request) {
  HttpResponse response =
      make_plain_response(request, http::status::too_many_requests,
                          "Too many requests come from this address, or from its network. Try again in a moment.");
  response.message.set(http::field::retry_after, kRetryAfterSeconds);
  return response;
}

std::unique_ptr<HttpResponse> check_request(const HttpRequest& request) {
  const auto refuse = [&request](http::status status, std::string_view sentence) {
    auto response = std::make_unique<HttpResponse>(make_plain_response(request, status, sentence));
    response->message.keep_alive(false);
    return response;
  };
  if (request.method() != http::verb::get && request.method() != http::verb::head) {
    auto response = refuse(http::status::method_not_allowed, "Only GET and HEAD are answered here.");
    response->message.set(http::field::allow, "GET, HEAD");
    return response;
  }
  const bool has_length = request.count(http::field::content_length) > 0 && request[http::field::content_length] != "0";
  if (has_length || request.count(http::field::transfer_encoding) > 0) {
    return refuse(http::status::bad_request, "A request here has no body.");
  }
  if (request.target().size() > kTargetBytesMax) {
    return refuse(http::status::uri_too_long, "The address is too long.");
  }
  if (request.version() == 11 && request.count(http::field::host) != 1) {
    return refuse(http::status::bad_request, "A request has one Host header.");
  }
  if (target_path(std_view(request.target())).empty()) {
    return refuse(http::status::bad_request, "The request's target is not a path.");
  }
  return nullptr;
}

HttpResponse make_too_large_response(std::string_view target) {
  HttpResponse response =
      target.empty()
          ? make_plain_response({}, http::status::uri_too_long, "The address is too long.")
          : make_plain_response({}, http::status::request_header_fields_too_large, "The header is too large.");
  response.message.keep_alive(false);
  return response;
}

bool is_probe_path(std::string_view path) { return path == "/healthz" || path == "/readyz"; }

HttpResponse respond(const HttpRequest& request, const Site& site, Readiness readiness) {
  const std::string_view path = target_path(std_view(request.target()));
  if (path == "/healthz") return make_plain_response(request, http::status::ok, "alive");
  if (path == "/readyz") {
    const absl::Status ready = readiness();
    if (ready.ok()) return make_plain_response(request, http::status::ok, "ready");
    return make_refusal(request, ready);
  }
  if (path == "/ws") {
    HttpResponse response =
        make_plain_response(request, http::status::upgrade_required, "This address speaks WebSocket only.");
    require_websocket(response);
    return response;
  }
  if (const SiteFile* file = site.find(path); file != nullptr) return respond_file(request, *file);
  if (site.empty() && path == "/") return make_plain_response(request, http::status::ok, kNoSite);
  return make_text(request, http::status::not_found, "text/html; charset=utf-8", std::string(kNotFoundPage));
}

std::string list_field(const HttpRequest& request, http::field field) {
  return list_field(request, std_view(http::to_string(field)));
}

std::string list_field(const HttpRequest& request, std::string_view name) {
  std::string list;
  const auto lines = request.equal_range(beast_view(name));
  for (auto line = lines.first; line != lines.second; ++line) {
    if (line != lines.first) list += ", ";
    list.append(line->value().data(), line->value().size());
  }
  return list;
}

std::string_view target_path(std::string_view target) {
  for (const std::string_view scheme : {std::string_view("http://"), std::string_view("https://")}) {
    if (!target.starts_with(scheme)) continue;
    const std::size_t slash = target.find('/', scheme.size());
    target = slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
    break;
  }
  if (!target.starts_with('/')) return {};
  return target.substr(0, target.find('?'));
}

std::string_view target_query(std::string_view target) {
  const std::size_t mark = target.find('?');
  return mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
}

}  // namespace parley::gateway
