#include "common/admin/admin_server.h"

#include <chrono>
#include <optional>
#include <utility>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include "absl/strings/str_cat.h"
#include "common/errors.h"

namespace parley {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using Tcp = boost::asio::ip::tcp;

constexpr std::size_t kSessionsMax = 32;
constexpr std::chrono::seconds kTimeMax{5};
constexpr std::chrono::milliseconds kAcceptPause{100};
constexpr std::uint32_t kHeaderBytesMax = 8'192;
constexpr std::uint64_t kBodyBytesMax = 4'096;

std::string_view std_view(beast::string_view text) { return {text.data(), text.size()}; }
beast::string_view beast_view(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

// One connection with its one request.
class AdminServer::Session : public std::enable_shared_from_this<Session> {
 public:
  Session(AdminServer& server, Tcp::socket socket) : server_(server), stream_(std::move(socket)) {
    ++server_.sessions_;
  }
  ~Session() { --server_.sessions_; }

  void start() {
    boost::system::error_code error;
    const auto peer = stream_.socket().remote_endpoint(error);
    is_from_this_machine_ = !error && peer.address().is_loopback();
    stream_.expires_after(kTimeMax);
    parser_.header_limit(kHeaderBytesMax);
    parser_.body_limit(kBodyBytesMax);
    http::async_read(stream_, buffer_, parser_,
                     [self = shared_from_this()](const boost::system::error_code& failure, std::size_t) {
                       if (!failure) self->answer();
                     });
  }

 private:
  void answer() {
    const auto& request = parser_.get();
    const std::string_view target = std_view(request.target());
    const AdminAnswer answer = server_.pages_.answer({.method = std_view(request.method_string()),
                                                      .path = target.substr(0, target.find('?')),
                                                      .body = request.body(),
                                                      .is_from_this_machine = is_from_this_machine_,
                                                      .is_from_page = request.count(http::field::origin) > 0});
    response_.result(static_cast<unsigned>(answer.status));
    response_.version(11);
    response_.keep_alive(false);
    response_.set(http::field::content_type, beast_view(answer.content_type));
    response_.set(http::field::cache_control, "no-store");
    response_.set("X-Content-Type-Options", "nosniff");
    if (!answer.allow.empty()) response_.set(http::field::allow, beast_view(answer.allow));
    response_.content_length(answer.body.size());
    if (request.method() != http::verb::head) response_.body() = answer.body;
    stream_.expires_after(kTimeMax);
    http::async_write(stream_, response_, [self = shared_from_this()](const boost::system::error_code&, std::size_t) {
      boost::system::error_code ignored;
      self->stream_.socket().shutdown(Tcp::socket::shutdown_send, ignored);
    });
  }

  AdminServer& server_;
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_{kHeaderBytesMax + kBodyBytesMax};
  http::request_parser<http::string_body> parser_;
  http::response<http::string_body> response_;
  bool is_from_this_machine_ = false;
};

absl::StatusOr<std::unique_ptr<AdminServer>> AdminServer::start(const std::string& address, std::uint16_t port,
                                                                const AdminPages& pages) {
  std::unique_ptr<AdminServer> server(new AdminServer(pages));
  if (absl::Status listening = server->listen(address, port); !listening.ok()) return listening;
  server->accept();
  server->thread_ = std::thread([context = &server->context_] { context->run(); });
  return server;
}

absl::Status AdminServer::listen(const std::string& address, std::uint16_t port) {
  boost::system::error_code error;
  const auto ip = boost::asio::ip::make_address(address, error);
  const Tcp::endpoint endpoint(ip, port);
  if (!error) acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(Tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(Tcp::acceptor::max_listen_connections, error);
  if (!error) port_ = acceptor_.local_endpoint(error).port();
  if (!error) return absl::OkStatus();
  return make_error(absl::StatusCode::kFailedPrecondition, "ADMIN_LISTEN_FAILED",
                    absl::StrCat("cannot listen on the admin port ", address, ":", port, ": ", error.message(),
                                 "; choose another with --admin_address and --admin_port, or -1 for none"));
}

AdminServer::~AdminServer() {
  context_.stop();
  if (thread_.joinable()) thread_.join();
}

void AdminServer::accept() {
  acceptor_.async_accept([this](const boost::system::error_code& error, Tcp::socket socket) {
    if (!error && sessions_ < kSessionsMax) std::make_shared<Session>(*this, std::move(socket))->start();
    if (!error) return accept();
    // Out of descriptors: connections wait in the kernel's queue meanwhile.
    pause_.expires_after(kAcceptPause);
    pause_.async_wait([this](const boost::system::error_code&) { accept(); });
  });
}

}  // namespace parley
