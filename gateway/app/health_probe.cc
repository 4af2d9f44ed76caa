#include "gateway/app/health_probe.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include "common/errors.h"

namespace parley::gateway {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

// One request and its answer. Lives on the stack of probe_health, which runs the io_context to its end.
class Probe {
 public:
  Probe(asio::io_context& context, std::chrono::milliseconds limit)
      : stream_(context), request_(http::verb::get, "/readyz", 11) {
    request_.set(http::field::host, "localhost");
    request_.set(http::field::connection, "close");
    stream_.expires_after(limit);
  }

  void start(std::uint16_t port) {
    const asio::ip::tcp::endpoint endpoint(asio::ip::address_v4::loopback(), port);
    stream_.async_connect(endpoint, [this](beast::error_code error) { error ? fail(error) : write(); });
  }

  const absl::Status& result() const { return result_; }

 private:
  void write() {
    http::async_write(stream_, request_,
                      [this](beast::error_code error, std::size_t) { error ? fail(error) : read(); });
  }

  void read() {
    http::async_read(stream_, buffer_, response_, [this](beast::error_code error, std::size_t) {
      if (error) return fail(error);
      result_ = response_.result() == http::status::ok
                    ? absl::OkStatus()
                    : make_error(absl::StatusCode::kUnavailable, "NOT_READY", response_.body());
    });
  }

  void fail(beast::error_code error) {
    result_ = make_error(absl::StatusCode::kUnavailable, "NOT_REACHABLE", error.message());
  }

  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  http::request<http::empty_body> request_;
  http::response<http::string_body> response_;
  absl::Status result_ = make_error(absl::StatusCode::kUnknown, "NOT_ASKED", "the probe has not run");
};

}  // namespace

absl::Status probe_health(std::uint16_t port, std::chrono::milliseconds limit) {
  asio::io_context context;
  Probe probe(context, limit);
  probe.start(port);
  context.run();
  return probe.result();
}

}  // namespace parley::gateway
