// JSON Web Tokens as an identity provider signs them: RFC 7519, RFC 7515 in its compact form, and what RFC 8725
// advises.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parley::gateway {

// Those that are accepted. There is no `none`, and no other.
enum class JwtAlgorithm {
  kHs256,  // HMAC with SHA-256, a shared secret
  kRs256,  // RSASSA-PKCS1-v1_5 with SHA-256
  kEdDsa,  // Ed25519: RFC 8037
};

inline constexpr std::size_t kJwtBytesMax = 4'096;

// A token that is well formed, and of which nothing is known to be true yet.
struct ParsedJwt {
  JwtAlgorithm algorithm = JwtAlgorithm::kHs256;
  std::string key_id;            // `kid`; empty without
  std::string_view signed_text;  // a view into the token
  std::string signature;
  std::string claims;  // JSON, as it says
};

// Nothing for a text that is too long, has not three parts of base64url, a header that is no JSON object, an algorithm
// that is not accepted, or extensions that must be understood (`crit`). `token` may be anything.
std::optional<ParsedJwt> parse_jwt(std::string_view token);

struct JwtClaims {
  std::string subject;  // 1 to 255 bytes of UTF-8
  std::string issuer;   // empty without
  std::vector<std::string> audience;
  std::int64_t expire_time = 0;                   // `exp`, seconds of Unix time
  std::optional<std::int64_t> not_before;         // `nbf`
  std::optional<std::string> name;                // of the claim that is asked for, when it is a text
  std::optional<std::vector<std::string>> rooms;  // likewise, when it is a list of texts
};

// Nothing for a text that is no JSON object, lacks `sub` or `exp`, or has a registered claim, or the one of the rooms,
// of another type than it should be. At most 100 audiences and 1,000 rooms.
std::optional<JwtClaims> parse_jwt_claims(std::string_view json, std::string_view name_claim,
                                          std::string_view rooms_claim);

}  // namespace parley::gateway
