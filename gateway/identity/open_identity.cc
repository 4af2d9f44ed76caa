#include "gateway/identity/open_identity.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/absl_view.h"
#include "gateway/identity/cookie.h"
#include "gateway/identity/session_cookie.h"

namespace parley::gateway {
namespace {

// Sessions in use are sealed anew, so that they do not end and old keys go out of use.
constexpr std::chrono::hours kRenewAfter{24};

std::string_view cookie_name(TransportSecurity security) {
  return security == TransportSecurity::kTls ? kSecureSessionCookie : kSessionCookie;
}

std::string make_set_cookie(std::string_view sealed, std::chrono::seconds lifetime, TransportSecurity security) {
  return absl::StrCat(to_absl(cookie_name(security)), "=", to_absl(sealed), "; Path=/; Max-Age=", lifetime.count(),
                      "; HttpOnly; SameSite=Strict", security == TransportSecurity::kTls ? "; Secure" : "");
}

}  // namespace

OpenIdentity::OpenIdentity(std::unique_ptr<SessionKeys> keys, std::chrono::seconds lifetime, SessionCookie cookie,
                           RandomSource& random, const Clock& clock)
    : keys_(std::move(keys)), lifetime_(lifetime), cookie_(cookie), random_(random), clock_(clock) {}

absl::StatusOr<Visitor> OpenIdentity::identify(const Credentials& credentials) const {
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(clock_.system_now().time_since_epoch()).count();
  const std::vector<std::string> keys = keys_->ordered();
  const auto security = cookie_ == SessionCookie::kSecure ? TransportSecurity::kTls : credentials.security;
  const std::optional<std::string_view> cookie = find_cookie(credentials.cookies, cookie_name(security));
  std::optional<OpenedSession> opened = cookie ? open_session(*cookie, keys) : std::nullopt;
  if (opened && now - opened->session.issue_time > lifetime_.count()) opened.reset();
  SessionIdentity session = opened ? opened->session : SessionIdentity{make_id(random_), "", now};
  if (!credentials.wanted_name.empty()) session.name = credentials.wanted_name;
  const bool is_sealed_well = opened && opened->key == 0 && opened->session == session &&
                              now - session.issue_time < std::chrono::seconds(kRenewAfter).count();
  Visitor visitor;
  visitor.author_id = session.author_id;
  visitor.name = session.name;
  if (is_sealed_well) return visitor;
  session.issue_time = now;
  visitor.set_cookie = make_set_cookie(seal_session(session, keys.front()), lifetime_, security);
  return visitor;
}

absl::StatusOr<Visitor> ClaimedIdentity::identify(const Credentials& credentials) const {
  Visitor visitor;
  visitor.author_id = credentials.claimed_author_id;
  visitor.name = credentials.wanted_name;
  return visitor;
}

}  // namespace parley::gateway
