#include "gateway/web/admission.h"

#include <gtest/gtest.h>

#include <vector>

#include "common/errors.h"

namespace parley::gateway {
namespace {

const Admission::Client kOne{.address = "2001:db8:1:1::/64", .network = "2001:db8:1::/48"};
const Admission::Client kNeighbour{.address = "2001:db8:1:2::/64", .network = "2001:db8:1::/48"};
const Admission::Client kThird{.address = "2001:db8:1:3::/64", .network = "2001:db8:1::/48"};
const Admission::Client kStranger{.address = "192.0.2.1", .network = ""};

class AdmissionTest : public testing::Test {
 protected:
  const SystemClock clock_;
  Admission admission_{{.connections_max = 5,
                        .connections_per_address_max = 2,
                        .connections_per_network_max = 3,
                        .http_connections_max = 5,
                        .http_connections_per_address_max = 2,
                        .http_connections_per_network_max = 3,
                        .upgrades_per_second_max = 100,
                        .upgrades_per_address_per_second_max = 100,
                        .requests_per_address_per_second_max = 1,
                        .requests_per_network_per_second_max = 1,
                        .tls_handshakes_per_address_per_second_max = 1,
                        .tls_handshakes_per_network_per_second_max = 1},
                       clock_};
};

TEST_F(AdmissionTest, ANetworkHasAShareOfItsOwn) {
  std::vector<Admission::Ticket> tickets;
  for (const Admission::Client& client : {kOne, kOne, kNeighbour}) {
    absl::StatusOr<Admission::Ticket> ticket = admission_.enter(client);
    ASSERT_TRUE(ticket.ok());
    tickets.push_back(*std::move(ticket));
  }
  EXPECT_EQ(error_reason(admission_.enter(kOne).status()), "TOO_MANY_CONNECTIONS");
  EXPECT_EQ(error_reason(admission_.enter(kThird).status()), "TOO_MANY_CONNECTIONS");
  EXPECT_TRUE(admission_.enter(kStranger).ok());
  EXPECT_TRUE(admission_.enter_http(kThird).ok());
  tickets.pop_back();
  EXPECT_TRUE(admission_.enter(kThird).ok());
}

// All who may be connected come at once, and ten seconds' worth beside that.
TEST_F(AdmissionTest, RequestsAndHandshakesHaveRatesOfTheirOwn) {
  for (int count = 0; count < 12; ++count) EXPECT_TRUE(admission_.take_request(kOne).ok()) << count;
  const absl::Status request = admission_.take_request(kOne);
  EXPECT_EQ(error_reason(request), "TOO_MANY_REQUESTS");
  EXPECT_EQ(limit_setting(request), "requests_per_address_per_second_max");
  EXPECT_TRUE(admission_.take_request(kNeighbour).ok());
  EXPECT_EQ(limit_setting(admission_.take_request(kNeighbour)), "requests_per_network_per_second_max");
  EXPECT_TRUE(admission_.take_request(kStranger).ok());

  for (int count = 0; count < 12; ++count) EXPECT_TRUE(admission_.take_tls_handshake(kStranger).ok()) << count;
  const absl::Status handshake = admission_.take_tls_handshake(kStranger);
  EXPECT_EQ(error_reason(handshake), "TOO_MANY_HANDSHAKES");
  EXPECT_EQ(limit_setting(handshake), "tls_handshakes_per_address_per_second_max");
  for (int count = 0; count < 12; ++count) EXPECT_TRUE(admission_.take_tls_handshake(kOne).ok()) << count;
  EXPECT_TRUE(admission_.take_tls_handshake(kNeighbour).ok());
  EXPECT_EQ(limit_setting(admission_.take_tls_handshake(kNeighbour)), "tls_handshakes_per_network_per_second_max");
}

TEST_F(AdmissionTest, ThoseOfProxiesAreOfNobodysShare) {
  std::vector<Admission::Ticket> tickets;
  for (int count = 0; count < 4; ++count) tickets.push_back(*admission_.enter_http_of_proxy());
  {
    const absl::StatusOr<Admission::Ticket> stranger = admission_.enter_http(kStranger);
    EXPECT_TRUE(stranger.ok());
    const absl::Status full = admission_.enter_http(kOne).status();
    EXPECT_EQ(error_reason(full), "OVERLOADED");
    EXPECT_EQ(limit_setting(full), "http_connections_max");
  }
  tickets.clear();
  EXPECT_EQ(admission_.http_connections(), 0U);
  EXPECT_TRUE(admission_.enter_http_of_proxy().ok());
}

}  // namespace
}  // namespace parley::gateway
