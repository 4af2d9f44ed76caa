#include "gateway/identity/jwt.h"

#include <cmath>
#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "common/base64url.h"
#include "common/text_rules.h"

namespace parley::gateway {
namespace {

namespace json = boost::json;

constexpr std::size_t kSubjectBytesMax = 255;
constexpr std::size_t kAudiencesMax = 100;
constexpr std::size_t kRoomsMax = 1'000;
// Beyond it a double does not hold every second; that is in some hundred million years.
constexpr double kTimeMax = 9'007'199'254'740'992.0;

std::optional<json::object> parse_object(std::string_view text) {
  boost::system::error_code error;
  json::value value = json::parse({text.data(), text.size()}, error);
  if (error || !value.is_object()) return std::nullopt;
  return std::move(value.as_object());
}

const json::value* find(const json::object& object, std::string_view key) {
  return object.if_contains({key.data(), key.size()});
}

std::optional<std::string> text_of(const json::value* value) {
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string(value->as_string());
}

std::optional<JwtAlgorithm> algorithm_of(std::string_view name) {
  if (name == "HS256") return JwtAlgorithm::kHs256;
  if (name == "RS256") return JwtAlgorithm::kRs256;
  if (name == "EdDSA") return JwtAlgorithm::kEdDsa;
  return std::nullopt;
}

// NumericDate, which may have a fraction.
std::optional<std::int64_t> time_of(const json::value& value) {
  if (value.is_int64()) return value.as_int64();
  if (!value.is_double()) return std::nullopt;
  const double seconds = value.as_double();
  if (!(std::abs(seconds) <= kTimeMax)) return std::nullopt;
  return static_cast<std::int64_t>(std::floor(seconds));
}

std::optional<std::vector<std::string>> texts_of(const json::value& value, std::size_t most) {
  if (!value.is_array() || value.as_array().size() > most) return std::nullopt;
  std::vector<std::string> texts;
  for (const json::value& element : value.as_array()) {
    if (!element.is_string()) return std::nullopt;
    texts.emplace_back(element.as_string());
  }
  return texts;
}

// One or several: RFC 7519, section 4.1.3.
std::optional<std::vector<std::string>> audience_of(const json::value* value) {
  if (value == nullptr) return std::vector<std::string>();
  if (value->is_string()) return std::vector<std::string>{std::string(value->as_string())};
  return texts_of(*value, kAudiencesMax);
}

}  // namespace

std::optional<ParsedJwt> parse_jwt(std::string_view token) {
  if (token.size() > kJwtBytesMax) return std::nullopt;
  const std::size_t first = token.find('.');
  if (first == std::string_view::npos) return std::nullopt;
  const std::size_t second = token.find('.', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const std::optional<std::string> header_text = decode_base64url(token.substr(0, first));
  std::optional<std::string> claims = decode_base64url(token.substr(first + 1, second - first - 1));
  std::optional<std::string> signature = decode_base64url(token.substr(second + 1));
  if (!header_text || !claims || !signature || signature->empty()) return std::nullopt;
  const std::optional<json::object> header = parse_object(*header_text);
  if (!header || find(*header, "crit") != nullptr) return std::nullopt;
  const std::optional<JwtAlgorithm> algorithm = algorithm_of(text_of(find(*header, "alg")).value_or(""));
  if (!algorithm) return std::nullopt;
  return ParsedJwt{.algorithm = *algorithm,
                   .key_id = text_of(find(*header, "kid")).value_or(""),
                   .signed_text = token.substr(0, second),
                   .signature = *std::move(signature),
                   .claims = *std::move(claims)};
}

std::optional<JwtClaims> parse_jwt_claims(std::string_view text, std::string_view name_claim,
                                          std::string_view rooms_claim) {
  const std::optional<json::object> object = parse_object(text);
  if (!object) return std::nullopt;
  JwtClaims claims;
  claims.subject = text_of(find(*object, "sub")).value_or("");
  if (claims.subject.empty() || claims.subject.size() > kSubjectBytesMax) return std::nullopt;
  const json::value* const expire_time = find(*object, "exp");
  const std::optional<std::int64_t> expires = expire_time == nullptr ? std::nullopt : time_of(*expire_time);
  if (!expires) return std::nullopt;
  claims.expire_time = *expires;
  if (const json::value* not_before = find(*object, "nbf"); not_before != nullptr) {
    claims.not_before = time_of(*not_before);
    if (!claims.not_before) return std::nullopt;
  }
  if (const json::value* issuer = find(*object, "iss"); issuer != nullptr) {
    if (!issuer->is_string()) return std::nullopt;
    claims.issuer = issuer->as_string();
  }
  std::optional<std::vector<std::string>> audience = audience_of(find(*object, "aud"));
  if (!audience) return std::nullopt;
  claims.audience = *std::move(audience);
  claims.name = text_of(find(*object, name_claim));
  if (const json::value* rooms = find(*object, rooms_claim); rooms != nullptr) {
    claims.rooms = texts_of(*rooms, kRoomsMax);
    if (!claims.rooms) return std::nullopt;
  }
  return claims;
}

}  // namespace parley::gateway
