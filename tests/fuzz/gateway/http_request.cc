// An HTTP request, read as HttpSession reads it, and its answer: the header does not depend on how its bytes are cut,
// and the answer is well formed whatever the request says.
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <string>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include "absl/status/status.h"
#include "gateway/web/handshake.h"
#include "gateway/web/responses.h"
#include "gateway/web/upgrade_request.h"
#include "tests/fuzz/fuzz.h"

namespace parley::fuzz {
namespace {

namespace http = boost::beast::http;
using gateway::HttpRequest;
using gateway::HttpResponse;

constexpr std::uint32_t kHeaderBytesMax = 4'096;

std::optional<HttpRequest> read(std::string_view bytes, std::size_t step) {
  http::request_parser<http::empty_body> parser;
  parser.header_limit(kHeaderBytesMax);
  parser.body_limit(boost::none);
  std::string buffer;
  while (!parser.is_header_done()) {
    if (bytes.empty()) return std::nullopt;
    buffer.append(bytes.substr(0, step));
    bytes.remove_prefix(std::min(step, bytes.size()));
    boost::system::error_code error;
    const std::size_t used = parser.put(boost::asio::buffer(buffer), error);
    if (error && error != http::error::need_more) return std::nullopt;
    buffer.erase(0, used);
  }
  return parser.release();
}

std::string text_of(const HttpRequest& request) {
  std::ostringstream text;
  text << request.base();
  return text.str();
}

const gateway::Site& site() {
  static const absl::StatusOr<gateway::Site> kSite = gateway::Site::load(PARLEY_STATIC);
  expect(kSite.ok(), "the folder static is a site");
  return *kSite;
}

// No part of the request has become part of the answer's structure.
void check(const HttpResponse& response, const std::set<unsigned>& statuses) {
  expect(statuses.contains(response.message.result_int()), "the status is one of those that the request may get");
  std::ostringstream text;
  text << response.message.base();
  const std::string head = text.str();
  http::response_parser<http::string_body> parser;
  boost::system::error_code error;
  parser.eager(false);
  parser.put(boost::asio::buffer(head), error);
  expect(!error && parser.is_header_done(), "the answer's header is well formed");
  const auto count = [](const auto& fields) { return std::distance(fields.begin(), fields.end()); };
  expect(count(parser.get()) == count(response.message), "the answer has the fields that it was given");
}

void answer(const HttpRequest& request) {
  constexpr std::string_view kRefusal = "BACKEND_UNAVAILABLE";
  if (const std::unique_ptr<HttpResponse> refusal = gateway::check_request(request)) {
    check(*refusal, {400, 405, 414, 421});
    return;
  }
  expect(request.method() == http::verb::get || request.method() == http::verb::head, "other methods are refused");
  expect(request.target().size() <= gateway::kTargetBytesMax, "long targets are refused");
  check(gateway::respond(request, site(),
                         [kRefusal] {
                           return absl::UnavailableError({kRefusal.data(), kRefusal.size()});
                         }),
        {200, 206, 304, 404, 416, 426, 503});
  if (!gateway::is_websocket_upgrade(request)) return;
  const absl::Status handshake = gateway::check_handshake(request);
  if (!handshake.ok()) return check(gateway::make_refusal(request, handshake), {400, 426});
  const auto key = request[http::field::sec_websocket_key];
  const std::string head = gateway::make_handshake_answer({key.data(), key.size()}, {}, {});
  expect(head.find("\r\n\r\n") == head.size() - 4, "the answer to a handshake is one header");
  const auto target = request.target();
  (void)gateway::parse_connect(gateway::target_query({target.data(), target.size()}),
                               gateway::list_field(request, http::field::sec_websocket_protocol));
}

}  // namespace

void fuzz(std::string_view bytes) {
  const std::optional<HttpRequest> request = read(bytes, bytes.size() + 1);
  if (request) {
    const std::optional<HttpRequest> sliced = read(bytes, 1);
    expect(sliced && text_of(*sliced) == text_of(*request), "byte by byte the request is the same");
    answer(*request);
  }
}

}  // namespace parley::fuzz
