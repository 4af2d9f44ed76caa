#include "gateway/web/https_redirect.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "tests/support/temporary_folder.h"
#include "tests/support/test_certificate.h"

namespace parley::gateway {
namespace {

class HttpsRedirectTest : public testing::Test {
 protected:
  HttpsRedirectTest() {
    const PemPair pair = test::make_certificate("DNS:chat.example,IP:127.0.0.1,IP:::1");
    std::ofstream(folder_.file("crt")) << pair.certificates;
    std::ofstream(folder_.file("key")) << pair.key;
    certificate_ = *ServerCertificate::load(folder_.file("crt"), folder_.file("key"), clock_, logger_);
  }

  HttpResponse ask(std::string_view host, std::string_view target, std::uint16_t port = 443) {
    HttpRequest request(http::verb::get, {target.data(), target.size()}, 11);
    request.set(http::field::host, {host.data(), host.size()});
    return make_https_redirect(request, {certificate_.get(), port, {}});
  }
  std::string location(std::string_view host, std::string_view target, std::uint16_t port = 443) {
    const HttpResponse response = ask(host, target, port);
    EXPECT_EQ(response.message.result(), http::status::permanent_redirect);
    return std::string(response.message[http::field::location]);
  }

  const test::TemporaryFolder folder_;
  SystemClock clock_;
  std::ostringstream log_;
  Logger logger_{"test", LogLevel::kDebug, clock_, log_};
  std::unique_ptr<ServerCertificate> certificate_;
};

TEST_F(HttpsRedirectTest, LeadsToTheSameAddress) {
  EXPECT_EQ(location("chat.example", "/r/den?name=a%20b"), "https://chat.example/r/den?name=a%20b");
  EXPECT_EQ(location("chat.example:8080", "/", 8443), "https://chat.example:8443/");
  EXPECT_EQ(location("[::1]:8080", "/", 8443), "https://[::1]:8443/");
  EXPECT_EQ(location("127.0.0.1", "//evil.example/x"), "https://127.0.0.1//evil.example/x");
  EXPECT_EQ(location("chat.example", "http://evil.example/x?y"), "https://chat.example/x?y");
}

TEST_F(HttpsRedirectTest, LeadsNowhereElse) {
  for (const char* host :
       {"evil.example", "chat.example.evil", "chat.example@evil.example", "evil.example#chat.example",
        "chat.example/evil", "", ":80", "[chat.example]", "chat.example:80:90", "[::1", "127.0.0.2"}) {
    const HttpResponse response = ask(host, "/");
    EXPECT_EQ(response.message.result(), http::status::misdirected_request) << host;
    EXPECT_EQ(response.message.count(http::field::location), 0U) << host;
  }
}

TEST(TransportSecurity, IsSaidWhereItIsWanted) {
  HttpResponse response = make_plain_response({}, http::status::ok, "x");
  set_transport_security(response, std::chrono::seconds(0));
  EXPECT_EQ(response.message.count(http::field::strict_transport_security), 0U);
  set_transport_security(response, std::chrono::hours(24));
  EXPECT_EQ(response.message[http::field::strict_transport_security], "max-age=86400");
}

}  // namespace
}  // namespace parley::gateway
