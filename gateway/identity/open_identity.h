// Identity without a login: whoever comes first is somebody new, and stays the same by a signed cookie.
#pragma once

#include <chrono>
#include <memory>

#include "common/clock.h"
#include "common/random.h"
#include "gateway/identity/identity.h"
#include "gateway/identity/session_keys.h"

namespace parley::gateway {

// What the cookie's name begins with. A browser keeps the cookies of a host together, whatever its ports: the port in
// the name (`parley_session_8080`) keeps apart what several systems on one host set; without a port there is none in
// it. What is accepted is every cookie of this kind that one of our keys has signed.
inline constexpr std::string_view kSessionCookie = "parley_session";
// Under TLS: a browser takes it from this host alone, and over TLS alone (RFC 6265bis, section 4.1.3.2).
inline constexpr std::string_view kSecureSessionCookie = "__Host-parley_session";
// Of this kind that are looked at in one request.
inline constexpr std::size_t kSessionCookiesMax = 32;

enum class SessionCookie {
  kAsTransport,  // for TLS alone where the gateway's own socket is TLS
  kSecure,       // for TLS alone: it ends in front of the gateway
};

// What a client says of its author_id counts for nothing: without a session it gets one that nobody else has.
class OpenIdentity final : public Identity {
 public:
  // `lifetime`: of a session that is not used. `random` and `clock` outlive the object.
  OpenIdentity(std::unique_ptr<SessionKeys> keys, std::chrono::seconds lifetime, SessionCookie cookie,
               RandomSource& random, const Clock& clock);

  absl::StatusOr<Visitor> identify(const Credentials& credentials) const override;
  void reload_if_changed() override { keys_->reload_if_changed(); }

 private:
  const std::unique_ptr<SessionKeys> keys_;
  const std::chrono::seconds lifetime_;
  const SessionCookie cookie_;
  RandomSource& random_;
  const Clock& clock_;
};

// Whoever connects is who they say: for tests, and behind a proxy that sees to it. Never on a network with others.
class ClaimedIdentity final : public Identity {
 public:
  absl::StatusOr<Visitor> identify(const Credentials& credentials) const override;
};

}  // namespace parley::gateway
