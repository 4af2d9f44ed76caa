#include "gateway/web/server_certificate.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "tests/support/temporary_folder.h"
#include "tests/support/test_certificate.h"

namespace parley::gateway {
namespace {

namespace fs = std::filesystem;

class FixedClock final : public Clock {
 public:
  std::chrono::steady_clock::time_point steady_now() const override { return steady; }
  std::chrono::system_clock::time_point system_now() const override { return std::chrono::system_clock::now(); }

  std::chrono::steady_clock::time_point steady{std::chrono::hours(1)};
};

class ServerCertificateTest : public testing::Test {
 protected:
  // A new file in place of the old one, as whoever renews certificates puts it there.
  void put(const std::string& name, const std::string& text) {
    std::ofstream(folder_.file("new")) << text;
    fs::rename(folder_.file("new"), folder_.file(name));
  }
  void put(const PemPair& pair) {
    put("crt", pair.certificates);
    put("key", pair.key);
  }
  absl::StatusOr<std::unique_ptr<ServerCertificate>> load() {
    return ServerCertificate::load(folder_.file("crt"), folder_.file("key"), clock_, logger_);
  }
  bool is_for(const ServerCertificate& certificate, const std::string& host) {
    return certificate.current()->covers(host);
  }

  const test::TemporaryFolder folder_;
  FixedClock clock_;
  std::ostringstream log_;
  Logger logger_{"test", LogLevel::kDebug, clock_, log_};
};

TEST_F(ServerCertificateTest, IsForItsNames) {
  put(test::make_certificate("DNS:chat.example,DNS:*.rooms.example,IP:127.0.0.1,IP:::1"));
  const auto certificate = *load();
  for (const char* host : {"chat.example", "CHAT.example", "a.rooms.example", "127.0.0.1", "::1"}) {
    EXPECT_TRUE(is_for(*certificate, host)) << host;
  }
  for (const char* host : {"evil.example", "chat.example.evil", "127.0.0.2", "", "a.b.rooms.example"}) {
    EXPECT_FALSE(is_for(*certificate, host)) << host;
  }
}

TEST_F(ServerCertificateTest, NeedsAPairThatFits) {
  EXPECT_FALSE(load().ok());
  const PemPair pair = test::make_certificate("DNS:a.example");
  put("crt", pair.certificates);
  EXPECT_FALSE(load().ok());
  put("key", test::make_certificate("DNS:a.example").key);
  EXPECT_NE(load().status().message().find("is not that of the certificate"), std::string::npos);
  put("key", "no key");
  EXPECT_FALSE(load().ok());
  put("key", pair.key);
  EXPECT_TRUE(load().ok());
  put("crt", pair.certificates + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  EXPECT_FALSE(load().ok());
}

TEST_F(ServerCertificateTest, TakesANewPairOnceItsFilesHaveSettled) {
  put(test::make_certificate("DNS:old.example"));
  const auto certificate = *load();
  const auto held = certificate->current();
  certificate->refresh();
  EXPECT_EQ(certificate->current(), held);
  const PemPair pair = test::make_certificate("DNS:new.example");
  put("crt", pair.certificates);
  certificate->refresh();
  put("key", pair.key);
  certificate->refresh();
  EXPECT_EQ(certificate->current(), held);
  certificate->refresh();
  EXPECT_TRUE(is_for(*certificate, "new.example"));
  EXPECT_TRUE(held->covers("old.example"));
  EXPECT_EQ(log_.str().find("refused"), std::string::npos);
}

TEST_F(ServerCertificateTest, RefusesABadPairOnceAndKeepsTheOldOne) {
  put(test::make_certificate("DNS:old.example"));
  const auto certificate = *load();
  const auto refused = [this] {
    std::size_t count = 0;
    const std::string text = log_.str();
    for (std::size_t at = text.find("certificate_refused"); at != std::string::npos;
         at = text.find("certificate_refused", at + 1)) {
      ++count;
    }
    return count;
  };
  put("key", test::make_certificate("DNS:old.example").key);
  for (int count = 0; count < 4; ++count) certificate->refresh();
  EXPECT_EQ(refused(), 1U);
  put(test::make_certificate("DNS:expired.example", -3'600));
  for (int count = 0; count < 4; ++count) certificate->refresh();
  EXPECT_EQ(refused(), 2U);
  fs::remove(folder_.file("crt"));
  for (int count = 0; count < 4; ++count) certificate->refresh();
  EXPECT_EQ(refused(), 3U);
  EXPECT_TRUE(is_for(*certificate, "old.example"));
  put(test::make_certificate("DNS:good.example"));
  for (int count = 0; count < 2; ++count) certificate->refresh();
  EXPECT_TRUE(is_for(*certificate, "good.example"));
}

TEST_F(ServerCertificateTest, HasNewTicketKeysEachDay) {
  put(test::make_certificate("DNS:a.example"));
  const auto certificate = *load();
  const auto first = certificate->current();
  clock_.steady += std::chrono::hours(23);
  certificate->refresh();
  EXPECT_EQ(certificate->current(), first);
  clock_.steady += std::chrono::hours(1);
  certificate->refresh();
  EXPECT_NE(certificate->current(), first);
}

}  // namespace
}  // namespace parley::gateway
