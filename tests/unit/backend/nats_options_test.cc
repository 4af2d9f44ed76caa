#include "backend/broker/nats_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/errors.h"

namespace parley::backend {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

absl::StatusOr<NatsBrokerOptions> options(const std::vector<std::string>& arguments) {
  const absl::StatusOr<Config> config = Config::load(Program::kBackend, arguments, {});
  if (!config.ok()) return config.status();
  return make_nats_options(*config);
}

TEST(NatsOptionsTest, ServersAreSplitAndTheirAddressesAreFitForLogs) {
  const auto chosen = options({"--nats_servers=nats://a.example:4222, nats://ann:p@ss:w@10.0.0.2:4223,nats://[::1]:1"});
  ASSERT_FALSE(chosen.ok());  // the space belongs to no URL
  const auto clean = options({"--nats_servers=nats://a.example:4222,nats://ann:p@ss:w@10.0.0.2:4223,nats://[::1]:1"});
  ASSERT_TRUE(clean.ok()) << clean.status();
  ASSERT_EQ(clean->servers.size(), 3u);
  EXPECT_EQ(clean->servers[0].url, "nats://a.example:4222");
  EXPECT_EQ(clean->servers[0].address, "a.example:4222");
  EXPECT_EQ(clean->servers[1].url, "nats://ann:p@ss:w@10.0.0.2:4223");
  EXPECT_EQ(clean->servers[1].address, "10.0.0.2:4223");
  EXPECT_EQ(clean->servers[2].address, "[::1]:1");
  EXPECT_EQ(clean->subject, "parley.hints");
  EXPECT_THAT(clean->credentials_file, IsEmpty());
}

TEST(NatsOptionsTest, TheDefaultIsAServerOnThisMachine) {
  const auto chosen = options({});
  ASSERT_TRUE(chosen.ok()) << chosen.status();
  ASSERT_EQ(chosen->servers.size(), 1u);
  EXPECT_EQ(chosen->servers[0].address, "127.0.0.1:4222");
}

class NatsOptionsRefusedTest : public testing::TestWithParam<const char*> {};

TEST_P(NatsOptionsRefusedTest, WithAReasonAndWithoutThePassword) {
  const auto chosen = options({GetParam()});
  ASSERT_FALSE(chosen.ok());
  EXPECT_EQ(error_reason(chosen.status()), "CONFIGURATION_INVALID");
  EXPECT_THAT(std::string(chosen.status().message()), HasSubstr("nats_"));
  EXPECT_THAT(std::string(chosen.status().message()), Not(HasSubstr("s3cret")));
}

INSTANTIATE_TEST_SUITE_P(Each, NatsOptionsRefusedTest,
                         testing::Values("--nats_servers=", "--nats_servers=a:4222", "--nats_servers=http://a:4222",
                                         "--nats_servers=nats://a", "--nats_servers=nats://a:0",
                                         "--nats_servers=nats://a:65536", "--nats_servers=nats://:4222",
                                         "--nats_servers=nats://a:4222/path", "--nats_servers=nats://ann:s3cret@:4222",
                                         "--nats_servers=nats://a:4222,nats://ann:s3cret@b",
                                         "--nats_subject=", "--nats_subject=a.*", "--nats_subject=a.>",
                                         "--nats_subject=.a", "--nats_subject=a..b", "--nats_subject=a b",
                                         "--nats_credentials_file=/nowhere/s.creds"));

}  // namespace
}  // namespace parley::backend
