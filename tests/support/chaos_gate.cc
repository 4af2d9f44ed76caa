#include "tests/support/chaos_gate.h"

#include <atomic>
#include <chrono>
#include <future>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>

#include "absl/strings/numbers.h"
#include "tests/support/chaos_relay.h"
#include "tests/support/reserved_port.h"

namespace parley::faults {
namespace {

using boost::system::error_code;
using Tcp = asio::ip::tcp;

constexpr int kKernelBytes = 128 * 1024;
constexpr int kBacklog = 4'096;
// When no descriptor is free for a connection.
constexpr std::chrono::milliseconds kAcceptPause(50);

std::optional<StreamEndpoint> parse_target(const std::string& target) {
  // sun_path of unix(7).
  constexpr std::size_t kPathBytesMax = 107;
  if (target.starts_with('/')) {
    if (target.size() > kPathBytesMax) return std::nullopt;
    return StreamEndpoint(asio::local::stream_protocol::endpoint(target));
  }
  const std::size_t colon = target.rfind(':');
  std::uint32_t port = 0;
  if (colon == std::string::npos || !absl::SimpleAtoi(target.substr(colon + 1), &port) || port > 65'535) return {};
  error_code error;
  const auto address = asio::ip::make_address(target.substr(0, colon), error);
  if (error) return std::nullopt;
  return StreamEndpoint(Tcp::endpoint(address, static_cast<std::uint16_t>(port)));
}

class Gate final : public ChaosGate {
 public:
  Gate(ReservedPort port, std::optional<StreamEndpoint> target)

      : port_(std::move(port)), guard_(context_.get_executor()), acceptor_(context_), accept_pause_(context_) {
    settings_.target = std::move(target);
  }
  ~Gate() override {
    context_.stop();
    if (thread_.joinable()) thread_.join();
  }

  absl::Status start() {
    const error_code error = listen();
    if (error) return absl::ResourceExhaustedError(error.message());
    thread_ = std::thread([this] { context_.run(); });
    return absl::OkStatus();
  }

  std::uint16_t port() const override { return port_.number(); }
  std::size_t connections() const override { return connection_count_; }

  void set_target(const std::string& target) override {
    run([&] { settings_.target = parse_target(target); });
  }
  void cut() override {
    run([this] { for_each([](Relay& relay) { relay.reset(); }); });
  }
  void freeze() override {
    run([this] { settings_.is_frozen = true; });
  }
  void partition() override {
    run([this] {
      settings_.is_frozen = true;
      error_code ignored;
      acceptor_.close(ignored);
    });
  }
  void slow(std::size_t bytes_per_second) override {
    run([&] { settings_.bytes_per_second = bytes_per_second; });
  }
  void close_after(std::size_t bytes) override {
    run([&] { for_each([&](Relay& relay) { relay.close_after(bytes); }); });
  }
  void heal() override {
    run([this] {
      settings_.is_frozen = false;
      settings_.bytes_per_second = 0;
      // The port is reserved: it cannot be lost.
      if (!acceptor_.is_open()) listen();
      for_each([](Relay& relay) {
        relay.close_after(std::nullopt);
        relay.resume();
      });
    });
  }

 private:
  // On the gate's thread; returns when it is done.
  template <class Work>
  void run(Work work) {
    std::promise<void> done;
    asio::post(context_, [&] {
      work();
      done.set_value();
    });
    done.get_future().wait();
  }

  // A relay may end, and leave the map, meanwhile.
  template <class Action>
  void for_each(Action action) {
    std::vector<std::shared_ptr<Relay>> relays;
    for (const auto& [address, relay] : relays_) relays.push_back(relay);
    for (const auto& relay : relays) action(*relay);
  }

  error_code listen() {
    const Tcp::endpoint endpoint(asio::ip::address_v4::loopback(), port_.number());
    error_code error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    // Accepted sockets inherit it; it must be known before the handshake.
    if (!error) acceptor_.set_option(asio::socket_base::receive_buffer_size(kKernelBytes), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(kBacklog, error);
    if (!error) accept();
    return error;
  }

  void accept() {
    acceptor_.async_accept([this](const error_code& error, Tcp::socket client) {
      if (!acceptor_.is_open() || error == asio::error::operation_aborted) return;
      if (error) return accept_later();
      admit(std::move(client));
      accept();
    });
  }

  void accept_later() {
    accept_pause_.expires_after(kAcceptPause);
    accept_pause_.async_wait([this](const error_code& /*error*/) {
      if (acceptor_.is_open()) accept();
    });
  }

  void admit(Tcp::socket client) {
    const auto relay = std::make_shared<Relay>(context_, std::move(client), settings_, [this](Relay& ended) {
      relays_.erase(&ended);
      connection_count_ = relays_.size();
    });
    relays_.emplace(relay.get(), relay);
    connection_count_ = relays_.size();
    relay->resume();
  }

  ReservedPort port_;
  std::atomic<std::size_t> connection_count_ = 0;
  asio::io_context context_{1};
  // The rest belongs to the gate's thread.
  GateSettings settings_;
  std::unordered_map<Relay*, std::shared_ptr<Relay>> relays_;
  asio::executor_work_guard<asio::io_context::executor_type> guard_;
  Tcp::acceptor acceptor_;
  asio::steady_timer accept_pause_;
  std::thread thread_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ChaosGate>> ChaosGate::open(const std::string& target) {
  std::optional<StreamEndpoint> endpoint = parse_target(target);
  if (!endpoint.has_value()) return absl::InvalidArgumentError("not host:port, nor the path of a socket: " + target);
  absl::StatusOr<ReservedPort> port = ReservedPort::take();
  if (!port.ok()) return port.status();
  auto gate = std::make_unique<Gate>(*std::move(port), std::move(endpoint));
  if (absl::Status started = gate->start(); !started.ok()) return started;
  return gate;
}

}  // namespace parley::faults
