// echo_server PORT: echoes every WebSocket message through the gateway's own connection class, on loopback, so that
// conformance suites can be run against it. Port 0 takes any free one; the one it listens on is printed. SIGTERM ends
// it.
#include <absl/strings/numbers.h>

#include <csignal>
#include <cstdint>
#include <future>
#include <iostream>
#include <span>

#include "common/clock.h"
#include "tests/support/echo_server/echo_listener.h"

namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMessageBytesMax = 16UL * 1024 * 1024;
constexpr parley::gateway::WebLimits kLimits{.frame_bytes_max = kMessageBytesMax,
                                             .send_queue_bytes_max = kMessageBytesMax,
                                             .header_bytes_max = 16'384,
                                             .handshake_timeout = milliseconds(10'000),
                                             .keep_alive_timeout = milliseconds(10'000),
                                             .response_timeout = milliseconds(10'000),
                                             .close_timeout = milliseconds(5'000),
                                             .ping_interval = milliseconds(25'000)};
constexpr milliseconds kSweepInterval(250);

}  // namespace

int main(int argc, char** argv) {
  const std::span<char*> arguments(argv, static_cast<std::size_t>(argc));
  int port = -1;
  if (argc != 2 || !absl::SimpleAtoi(arguments[1], &port) || port < 0 || port > UINT16_MAX) {
    std::cerr << "usage: echo_server PORT\n";
    return 2;
  }
  // Before the thread begins, so that it inherits them.
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);

  const parley::SystemClock clock;
  parley::gateway::IoThread io_thread(clock, kSweepInterval);
  parley::test::EchoListener listener(io_thread, kLimits);
  if (const boost::system::error_code error = listener.listen(static_cast<std::uint16_t>(port)); error) {
    std::cerr << "cannot listen on port " << port << ": " << error.message() << '\n';
    return 1;
  }
  std::cout << listener.port() << std::endl;
  listener.accept();
  io_thread.start();
  int signal = 0;
  sigwait(&ends, &signal);
  std::promise<void> abandoned;
  io_thread.executor().post([&] {
    listener.close();
    io_thread.abandon();
    abandoned.set_value();
  });
  abandoned.get_future().wait();
  io_thread.stop();
  return 0;
}
