#include "backend/postgres/connection_string.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/errors.h"

namespace parley::backend {
namespace {

using testing::HasSubstr;
using testing::Not;

absl::StatusOr<std::string> make(const std::string& database_url) {
  return make_connection_string(database_url, ConnectionUse::kRequests, std::chrono::milliseconds(1'000));
}

TEST(ConnectionStringTest, AUrlOrKeywordsAreTaken) {
  EXPECT_THAT(*make("postgresql://parley:p%40ss@localhost:5433,other/chat?sslmode=verify-full"),
              testing::AllOf(HasSubstr("password='p@ss'"), HasSubstr("host='localhost,other'"),
                             HasSubstr("sslmode='verify-full'"), HasSubstr("connect_timeout='5'")));
  EXPECT_THAT(*make("host=/run/postgresql dbname=chat password='p@s s'"), HasSubstr("password='p@s s'"));
  EXPECT_TRUE(make("postgresql:///chat?host=/run/postgresql&port=5433").ok());
}

// Each of these is a slip of somebody who writes a password, and libpq's words would repeat a part of it.
TEST(ConnectionStringTest, APasswordIsInNoError) {
  for (const char* text : {"postgresql://parley:hunter2%zz@localhost/chat", "postgres//parley:hunter2@localhost/chat",
                           "postgresql://parley:hunter@2@localhost/chat", "postgresql://parley:hunter/2@localhost/chat",
                           "postgresql://parley:5/hunter2@localhost/chat", "postgresql://parley:hunter//2@localhost",
                           "host=localhost password=hunter 2", "hunter2", "host=localhost password='hunter2"}) {
    const absl::Status status = make(text).status();
    EXPECT_EQ(error_reason(status), "CONFIGURATION_INVALID") << text;
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("hunter"))) << text;
  }
}

}  // namespace
}  // namespace parley::backend
