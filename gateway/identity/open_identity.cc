#include "gateway/identity/open_identity.h"

#include <optional>
#include <span>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/absl_view.h"
#include "gateway/identity/cookie.h"
#include "gateway/identity/session_cookie.h"

namespace parley::gateway {
namespace {

// Sessions in use are sealed anew, so that they do not end and old keys go out of use.
constexpr std::chrono::hours kRenewAfter{24};

std::string_view cookie_kind(TransportSecurity security) {
  return security == TransportSecurity::kTls ? kSecureSessionCookie : kSessionCookie;
}

std::string cookie_name(TransportSecurity security, std::uint16_t port) {
  return absl::StrCat(to_absl(cookie_kind(security)), port == 0 ? "" : absl::StrCat("_", port));
}

std::string make_set_cookie(std::string_view name, std::string_view sealed, std::chrono::seconds lifetime,
                            TransportSecurity security) {
  return absl::StrCat(to_absl(name), "=", to_absl(sealed), "; Path=/; Max-Age=", lifetime.count(),
                      "; HttpOnly; SameSite=Strict", security == TransportSecurity::kTls ? "; Secure" : "");
}

struct FoundSession {
  OpenedSession opened;
  bool has_own_name = false;  // of the cookie, as we would set it
};

// The one of that name before the others, which another port of ours has set, or a version that named no port.
std::optional<FoundSession> find_session(std::string_view cookies, std::string_view kind, std::string_view own_name,
                                         std::span<const std::string> keys) {
  std::optional<FoundSession> found;
  for (const Cookie& cookie : find_cookies(cookies, kind, kSessionCookiesMax)) {
    const bool has_own_name = cookie.name == own_name;
    if (found && !has_own_name) continue;
    std::optional<OpenedSession> opened = open_session(cookie.value, keys);
    if (opened) found = FoundSession{*std::move(opened), has_own_name};
    if (found && found->has_own_name) break;
  }
  return found;
}

}  // namespace

OpenIdentity::OpenIdentity(std::unique_ptr<SessionKeys> keys, std::chrono::seconds lifetime, SessionCookie cookie,
                           RandomSource& random, const Clock& clock)
    : keys_(std::move(keys)), lifetime_(lifetime), cookie_(cookie), random_(random), clock_(clock) {}

absl::StatusOr<Visitor> OpenIdentity::identify(const Credentials& credentials) const {
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(clock_.system_now().time_since_epoch()).count();
  const std::vector<std::string> keys = keys_->ordered();
  const auto security = cookie_ == SessionCookie::kSecure ? TransportSecurity::kTls : credentials.security;
  const std::string name = cookie_name(security, credentials.port);
  std::optional<FoundSession> found = find_session(credentials.cookies, cookie_kind(security), name, keys);
  if (found && now - found->opened.session.issue_time > lifetime_.count()) found.reset();
  SessionIdentity session = found ? found->opened.session : SessionIdentity{make_id(random_), "", now};
  if (!credentials.wanted_name.empty()) session.name = credentials.wanted_name;
  const bool is_sealed_well = found && found->has_own_name && found->opened.key == 0 &&
                              found->opened.session == session &&
                              now - session.issue_time < std::chrono::seconds(kRenewAfter).count();
  Visitor visitor;
  visitor.author_id = session.author_id;
  visitor.name = session.name;
  if (is_sealed_well) return visitor;
  session.issue_time = now;
  visitor.set_cookie = make_set_cookie(name, seal_session(session, keys.front()), lifetime_, security);
  return visitor;
}

absl::StatusOr<Visitor> ClaimedIdentity::identify(const Credentials& credentials) const {
  Visitor visitor;
  visitor.author_id = credentials.claimed_author_id;
  visitor.name = credentials.wanted_name;
  return visitor;
}

}  // namespace parley::gateway
