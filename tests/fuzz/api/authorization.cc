// What a call brings as `authorization`, once or, line by line, several times.
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "backend/api/call_authority.h"
#include "common/absl_view.h"
#include "tests/fuzz/fuzz.h"

namespace parley::fuzz {
namespace {

using backend::Access;
using backend::ApiScope;
using backend::ApiToken;
using backend::ApiTokenBook;
using backend::CallAuthority;

constexpr std::string_view kToken = "parley_reads";
constexpr std::string_view kSecret = "of the gateways";

class OneToken final : public backend::ApiTokenSource {
 public:
  void read_api_tokens(backend::Completion<std::vector<ApiToken>> done) override {
    ApiToken token;
    token.token_id = 1;
    token.hash = sha256(kToken);
    token.scopes.add(ApiScope::kRead);
    done(std::vector<ApiToken>{token});
  }
};

// A backend that knows one token, of the scope `read`, and one secret.
struct World {
  World() { tokens.refresh(); }

  SystemClock clock;
  std::ostringstream log;
  Logger logger{"fuzz", LogLevel::kError, clock, log};
  OneToken source;
  ApiTokenBook tokens{source, std::chrono::hours(1'000), clock, logger};
  CallAuthority authority{{.requires_tokens = true, .gateway_credentials = {sha256(kSecret)}}, tokens};
};

bool is(std::string_view value, std::string_view scheme, std::string_view secret) {
  return value.size() == scheme.size() + secret.size() && value.ends_with(secret) &&
         absl::StartsWithIgnoreCase(to_absl(value), to_absl(scheme));
}

}  // namespace

void fuzz(std::string_view bytes) {
  static const World kWorld;
  std::vector<std::string_view> values;
  for (Input input(bytes); !input.empty() && values.size() < 4;) values.push_back(input.line());
  const bool is_one = values.size() == 1;
  const bool is_token = is_one && is(values[0], backend::kBearerScheme, kToken);
  const bool is_gateway = is_one && is(values[0], backend::kGatewayScheme, kSecret);
  const CallAuthority& authority = kWorld.authority;
  expect(authority.admit(values, Access::read()).ok() == (is_token || is_gateway), "nobody reads without a token");
  expect(authority.admit(values, Access::gateway()).ok() == is_gateway, "no token is a gateway's secret");
  expect(authority.admit(values, Access::admin()).ok() == is_gateway, "a token does what its scopes allow");
}

}  // namespace parley::fuzz
