#include "gateway/web/queued_socket.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

namespace parley::gateway {
namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;
using Progress = QueuedSocket::Progress;

class QueuedSocketTest : public testing::Test {
 protected:
  QueuedSocketTest() {
    Tcp::acceptor acceptor(context_, Tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    peer_.connect(acceptor.local_endpoint());
    socket_ = std::make_unique<QueuedSocket>(acceptor.accept(), kQueueBytesMax);
  }

  static constexpr std::size_t kQueueBytesMax = 1'000;
  static Frame frame(const std::string& text) { return std::make_shared<const std::string>(text); }
  std::string read_from_peer(std::size_t count) {
    std::string bytes(count, '\0');
    asio::read(peer_, asio::buffer(bytes));
    return bytes;
  }

  asio::io_context context_;
  Tcp::socket peer_{context_};
  std::unique_ptr<QueuedSocket> socket_;
};

TEST_F(QueuedSocketTest, WritesWhatWaitsInOrder) {
  std::string expected;
  for (int count = 0; count < 200; ++count) {  // more pieces than one system call takes
    socket_->queue().push(frame(std::to_string(count) + ","));
    expected += std::to_string(count) + ",";
  }
  EXPECT_EQ(socket_->flush(), Progress::kDone);
  EXPECT_TRUE(socket_->queue().empty());
  EXPECT_EQ(read_from_peer(expected.size()), expected);
}

TEST_F(QueuedSocketTest, StopsWhereThePeerDoesNotRead) {
  const std::string large(1'000'000, 'x');
  Progress progress = Progress::kDone;
  std::size_t offered = 0;
  for (int count = 0; count < 100 && progress == Progress::kDone; ++count) {
    socket_->queue().push(frame(large));
    offered += large.size();
    progress = socket_->flush();
  }
  ASSERT_EQ(progress, Progress::kBlocked);
  EXPECT_EQ(socket_->flush(), Progress::kBlocked);
  std::size_t received = 0;
  while (received < offered) {
    received += read_from_peer(std::min<std::size_t>(100'000, offered - received)).size();
    EXPECT_NE(socket_->flush(), Progress::kEnded);
  }
  EXPECT_TRUE(socket_->queue().empty());
}

TEST_F(QueuedSocketTest, ReadsWhatIsThere) {
  std::array<char, 16> buffer;
  EXPECT_EQ(socket_->read(buffer).progress, Progress::kBlocked);
  asio::write(peer_, asio::buffer(std::string("hello")));
  socket_->socket().wait(Tcp::socket::wait_read);
  const QueuedSocket::Read read = socket_->read(buffer);
  EXPECT_EQ(read.progress, Progress::kDone);
  EXPECT_EQ(std::string(buffer.data(), read.count), "hello");
  peer_.close();
  socket_->socket().wait(Tcp::socket::wait_read);
  EXPECT_EQ(socket_->read(buffer).progress, Progress::kEnded);
}

TEST_F(QueuedSocketTest, EndsWritingAfterWhatWasWritten) {
  socket_->queue().push(frame("last"));
  EXPECT_EQ(socket_->flush(), Progress::kDone);
  socket_->end_writing();
  std::string all;
  boost::system::error_code end;
  asio::read(peer_, asio::dynamic_buffer(all), end);
  EXPECT_EQ(all, "last");
  EXPECT_EQ(end, asio::error::eof);
}

TEST_F(QueuedSocketTest, ClosedItTakesNothing) {
  socket_->queue().push(frame("late"));
  socket_->close();
  EXPECT_EQ(socket_->flush(), Progress::kEnded);
  EXPECT_TRUE(socket_->queue().empty());
  std::array<char, 16> buffer;
  EXPECT_EQ(socket_->read(buffer).progress, Progress::kEnded);
}

}  // namespace
}  // namespace parley::gateway
