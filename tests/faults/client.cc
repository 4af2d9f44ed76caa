#include "tests/faults/client.h"

#include <algorithm>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace parley::faults {

Task<void> pause(std::chrono::milliseconds duration) {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, duration);
  co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
}

std::chrono::milliseconds Pauses::next() {
  const std::uint64_t wait = world_.random() % (ceiling_ms_ + 1);
  ceiling_ms_ = std::min(2 * ceiling_ms_, kMostMs);
  return std::chrono::milliseconds(wait);
}

}  // namespace parley::faults
