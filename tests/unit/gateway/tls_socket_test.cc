// QueuedSocket and ClientStream over TLS, before a client of OpenSSL's own on a thread.
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <array>
#include <csignal>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "gateway/web/queued_socket.h"
#include "tests/support/test_certificate.h"

namespace parley::gateway {
namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;
using Progress = QueuedSocket::Progress;

// Blocking, on the test's second thread.
class TlsClient {
 public:
  explicit TlsClient(Tcp::socket socket) : socket_(std::move(socket)), context_(SSL_CTX_new(TLS_client_method())) {
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl_.get(), socket_.native_handle());
  }

  SSL* ssl() { return ssl_.get(); }
  bool connect() { return SSL_connect(ssl_.get()) == 1; }
  std::string read(std::size_t count) {
    std::string bytes(count, '\0');
    std::size_t done = 0;
    while (done < count) {
      std::size_t some = 0;
      if (SSL_read_ex(ssl_.get(), bytes.data() + done, count - done, &some) != 1) break;
      done += some;
    }
    bytes.resize(done);
    return bytes;
  }
  void write(const std::string& bytes) {
    std::size_t count = 0;
    ASSERT_EQ(SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &count), 1);
  }
  // What follows is close_notify.
  bool is_at_end() {
    char byte = 0;
    return SSL_get_error(ssl_.get(), SSL_read(ssl_.get(), &byte, 1)) == SSL_ERROR_ZERO_RETURN;
  }

 private:
  Tcp::socket socket_;
  std::unique_ptr<SSL_CTX, OpensslDelete<SSL_CTX_free>> context_;
  std::unique_ptr<SSL, OpensslDelete<SSL_free>> ssl_;
};

class TlsSocketTest : public testing::Test {
 protected:
  TlsSocketTest() {
    std::signal(SIGPIPE, SIG_IGN);
    Tcp::acceptor acceptor(io_, Tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    Tcp::socket peer(io_);
    peer.connect(acceptor.local_endpoint());
    client_ = std::make_unique<TlsClient>(std::move(peer));
    accepted_ = std::make_unique<ClientStream>(acceptor.accept(), *context_);
  }
  ~TlsSocketTest() override {
    if (client_thread_.joinable()) client_thread_.join();
  }

  static Frame frame(const std::string& text) { return std::make_shared<const std::string>(text); }
  // Runs on the client's thread.
  void as_client(std::function<void(TlsClient&)> work) {
    client_thread_ = std::thread([this, work = std::move(work)] { work(*client_); });
  }
  void client_is_done() { client_thread_.join(); }
  // Reads until the client's greeting has come, and with it the end of the handshake.
  void greet() {
    socket_ = std::make_unique<QueuedSocket>(std::move(*accepted_), kQueueBytesMax);
    std::array<char, 100> buffer;
    QueuedSocket::Read read = socket_->read(buffer);
    while (read.progress == Progress::kBlocked) {
      socket_->socket().wait(Tcp::socket::wait_read);
      read = socket_->read(buffer);
    }
    ASSERT_EQ(read.progress, Progress::kDone);
    ASSERT_EQ(std::string(buffer.data(), read.count), "hello");
  }
  static void say_hello(TlsClient& client) {
    ASSERT_TRUE(client.connect());
    client.write("hello");
  }

  static constexpr std::size_t kQueueBytesMax = 100'000'000;
  asio::io_context io_;
  const std::shared_ptr<const TlsContext> context_ = *TlsContext::make(test::make_certificate("DNS:localhost"));
  std::unique_ptr<TlsClient> client_;
  std::unique_ptr<ClientStream> accepted_;
  std::unique_ptr<QueuedSocket> socket_;
  std::thread client_thread_;
};

TEST_F(TlsSocketTest, WritesWhatWaitsInOrder) {
  std::string expected;
  for (int count = 0; count < 3'000; ++count) expected += std::to_string(count) + ",";
  std::string received;
  as_client([&](TlsClient& client) {
    say_hello(client);
    received = client.read(expected.size());
  });
  greet();
  for (int count = 0; count < 3'000; ++count) socket_->queue().push(frame(std::to_string(count) + ","));
  EXPECT_EQ(socket_->flush(), Progress::kDone);
  client_is_done();
  EXPECT_EQ(received, expected);
}

// The order of small and large ones is kept over writes that the socket did not take, while more comes behind them.
TEST_F(TlsSocketTest, GoesOnWhereAWriteWasRefused) {
  std::string expected;
  std::string received;
  std::promise<std::size_t> total;
  std::future<std::size_t> known_total = total.get_future();
  as_client([&](TlsClient& client) {
    say_hello(client);
    received = client.read(known_total.get());
  });
  greet();
  bool was_blocked = false;
  const auto add = [&](std::size_t bytes) {
    std::string text;
    while (text.size() < bytes) text += std::to_string(expected.size() + text.size()) + ",";
    expected += text;
    socket_->queue().push(frame(text));
    was_blocked = socket_->flush() == Progress::kBlocked || was_blocked;
  };
  for (int count = 0; count < 200; ++count) {
    add(100);
    add(5'000);
    add(40'000);
  }
  ASSERT_TRUE(was_blocked);
  total.set_value(expected.size());
  while (!socket_->queue().empty()) {
    socket_->socket().wait(Tcp::socket::wait_write);
    ASSERT_NE(socket_->flush(), Progress::kEnded);
  }
  client_is_done();
  EXPECT_TRUE(received == expected) << received.size() << " of " << expected.size();
}

TEST_F(TlsSocketTest, EndsWritingWithANotice) {
  std::string received;
  bool ended = false;
  as_client([&](TlsClient& client) {
    say_hello(client);
    received = client.read(4);
    ended = client.is_at_end();
  });
  greet();
  socket_->queue().push(frame("last"));
  EXPECT_EQ(socket_->flush(), Progress::kDone);
  socket_->end_writing();
  client_is_done();
  EXPECT_EQ(received, "last");
  EXPECT_TRUE(ended);
}

TEST_F(TlsSocketTest, ClosedItTakesNothing) {
  as_client(say_hello);
  greet();
  client_is_done();
  socket_->close();
  socket_->queue().push(frame("late"));
  EXPECT_EQ(socket_->flush(), Progress::kEnded);
  std::array<char, 16> buffer;
  EXPECT_EQ(socket_->read(buffer).progress, Progress::kEnded);
}

TEST_F(TlsSocketTest, EndsWithAPeerThatSpeaksNoTls) {
  Tcp::socket raw(io_);
  Tcp::acceptor acceptor(io_, Tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  raw.connect(acceptor.local_endpoint());
  QueuedSocket socket(ClientStream(acceptor.accept(), *context_), kQueueBytesMax);
  asio::write(raw, asio::buffer(std::string("GET / HTTP/1.1\r\n\r\n")));
  socket.socket().wait(Tcp::socket::wait_read);
  std::array<char, 16> buffer;
  EXPECT_EQ(socket.read(buffer).progress, Progress::kEnded);
}

TEST_F(TlsSocketTest, RefusesTls11) {
  bool old_version = true;
  as_client([&](TlsClient& client) {
    SSL_set_security_level(client.ssl(), 0);
    SSL_set_max_proto_version(client.ssl(), TLS1_1_VERSION);
    old_version = client.connect();
  });
  std::array<char, 100> unused;
  boost::system::error_code error;
  accepted_->async_read_some(asio::buffer(unused), [&](const auto& failed, std::size_t) { error = failed; });
  io_.run();
  client_is_done();
  EXPECT_FALSE(old_version);
  EXPECT_EQ(error, asio::error::eof);
}

TEST_F(TlsSocketTest, IsAStreamForAsio) {
  const std::string request(50'000, 'q');
  const std::string answer(300'000, 'a');
  std::string received;
  std::string protocol;
  as_client([&](TlsClient& client) {
    const unsigned char offered[] = "\x02h2\x08http/1.1";
    SSL_set_alpn_protos(client.ssl(), offered, sizeof offered - 1);
    ASSERT_TRUE(client.connect());
    const unsigned char* chosen = nullptr;
    unsigned length = 0;
    SSL_get0_alpn_selected(client.ssl(), &chosen, &length);
    protocol.assign(reinterpret_cast<const char*>(chosen), length);
    client.write(request);
    received = client.read(answer.size());
  });
  std::string read(request.size(), '\0');
  asio::async_read(*accepted_, asio::buffer(read), [&](const auto& failed, std::size_t) {
    ASSERT_FALSE(failed);
    const std::array<asio::const_buffer, 2> parts = {asio::buffer(answer.data(), 100),
                                                     asio::buffer(answer.data() + 100, answer.size() - 100)};
    asio::async_write(*accepted_, parts, [](const auto& not_written, std::size_t) { ASSERT_FALSE(not_written); });
  });
  io_.run();
  client_is_done();
  EXPECT_EQ(read, request);
  EXPECT_EQ(received, answer);
  EXPECT_EQ(protocol, "http/1.1");
}

TEST_F(TlsSocketTest, TellsOfBytesThatAreHereAlready) {
  as_client([](TlsClient& client) {
    ASSERT_TRUE(client.connect());
    client.write("hello");
  });
  std::string first(2, '\0');
  asio::async_read(*accepted_, asio::buffer(first), [](const auto& failed, std::size_t) { ASSERT_FALSE(failed); });
  io_.run();
  client_is_done();
  EXPECT_TRUE(accepted_->has_unread());
  io_.restart();
  bool readable = false;
  accepted_->async_wait_readable([&](const auto& failed) { readable = !failed; });
  io_.run();
  EXPECT_TRUE(readable);
}

}  // namespace
}  // namespace parley::gateway
