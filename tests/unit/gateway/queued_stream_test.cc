#include "gateway/web/queued_stream.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>

namespace parley::gateway {
namespace {

using Tcp = asio::ip::tcp;

class QueuedStreamTest : public testing::Test {
 protected:
  QueuedStreamTest() {
    Tcp::acceptor acceptor(context, Tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    peer.connect(acceptor.local_endpoint());
    stream = std::make_unique<QueuedStream>(acceptor.accept(), 1'000, clock);
  }

  static Frame frame(const std::string& text) { return std::make_shared<const std::string>(text); }

  SystemClock clock;
  asio::io_context context;
  Tcp::socket peer{context};
  std::unique_ptr<QueuedStream> stream;
};

TEST_F(QueuedStreamTest, WritesFramesAndForeignUnitsInOrder) {
  bool written = false;
  stream->send(frame("one "));
  stream->async_write_some(asio::buffer(std::string("two ")), [&written](beast::error_code error, std::size_t count) {
    EXPECT_FALSE(error);
    EXPECT_EQ(count, 4U);
    written = true;
  });
  EXPECT_TRUE(stream->offer(frame("three")));
  context.poll();
  EXPECT_TRUE(written);
  std::array<char, 13> bytes;
  asio::read(peer, asio::buffer(bytes));
  EXPECT_EQ(std::string(bytes.data(), bytes.size()), "one two three");
}

TEST_F(QueuedStreamTest, StopsBetweenAWriteAndTheNewsOfIt) {
  stream->send(frame("one"));
  context.poll_one();  // writes; its completion waits
  stream->stop();
  context.poll();
  EXPECT_FALSE(stream->socket().is_open());
}

TEST_F(QueuedStreamTest, TellsAWriterThatItsBytesNeverLeft) {
  beast::error_code result;
  stream->async_write_some(asio::buffer(std::string("late")),
                           [&result](beast::error_code error, std::size_t) { result = error; });
  stream->stop();
  context.poll();
  EXPECT_EQ(result, asio::error::operation_aborted);
}

TEST_F(QueuedStreamTest, NothingFollowsACloseFrame) {
  bool closing = false;
  stream->set_events({nullptr, nullptr, [&closing] { closing = true; }});
  const auto ignore = [](beast::error_code, std::size_t) {};
  stream->async_write_some(asio::buffer(std::string("HTTP/1.1 101 ")), ignore);
  EXPECT_FALSE(closing);
  stream->async_write_some(asio::buffer(std::string("\x88\x00", 2)), ignore);
  EXPECT_TRUE(closing);
  stream->send(frame("late"));
  EXPECT_FALSE(stream->offer(frame("late")));
  context.poll();
  stream->stop();
  std::string all;
  beast::error_code end;
  asio::read(peer, asio::dynamic_buffer(all), end);
  EXPECT_EQ(all, std::string("HTTP/1.1 101 \x88\x00", 15));
}

}  // namespace
}  // namespace parley::gateway
