#include "gateway/identity/verification_keys.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <optional>
#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "common/absl_view.h"
#include "common/base64url.h"
#include "common/errors.h"
#include "common/hashing.h"

namespace parley::gateway {
namespace {

namespace json = boost::json;

constexpr int kRsaBitsLeast = 2'048;
constexpr int kRsaBitsMost = 8'192;
constexpr std::size_t kSecretBytesLeast = 32;
constexpr std::size_t kEd25519Bytes = 32;

template <auto FreeFunction>
struct FreeWith {
  template <class Object>
  void operator()(Object* object) const {
    FreeFunction(object);
  }
};
template <class Object, auto FreeFunction>
using Owned = std::unique_ptr<Object, FreeWith<FreeFunction>>;

const unsigned char* bytes_in(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

absl::Status invalid(std::string_view what) {
  return make_error(absl::StatusCode::kInvalidArgument, "CONFIGURATION_INVALID", what);
}

std::string text_in(const json::object& object, std::string_view key) {
  const json::value* const value = object.if_contains({key.data(), key.size()});
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

EVP_PKEY* make_rsa_key(std::string_view modulus, std::string_view exponent) {
  const Owned<BIGNUM, BN_free> n(BN_bin2bn(bytes_in(modulus), static_cast<int>(modulus.size()), nullptr));
  const Owned<BIGNUM, BN_free> e(BN_bin2bn(bytes_in(exponent), static_cast<int>(exponent.size()), nullptr));
  const Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> builder(OSSL_PARAM_BLD_new());
  const bool is_built = n && e && builder &&
                        OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) == 1 &&
                        OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) == 1;
  if (!is_built) return nullptr;
  const Owned<OSSL_PARAM, OSSL_PARAM_free> parameters(OSSL_PARAM_BLD_to_param(builder.get()));
  const Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* key = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    return nullptr;
  }
  return key;
}

// Takes `key`, which may be null.
absl::StatusOr<VerificationKey> check_public_key(EVP_PKEY* key, std::string key_id) {
  Owned<EVP_PKEY, EVP_PKEY_free> owned(key);
  ERR_clear_error();
  if (owned == nullptr) return invalid("has a public key that cannot be read");
  const int kind = EVP_PKEY_get_base_id(owned.get());
  if (kind == EVP_PKEY_ED25519) {
    return VerificationKey::of_public_key(owned.release(), JwtAlgorithm::kEdDsa, std::move(key_id));
  }
  if (kind != EVP_PKEY_RSA) return invalid("has a public key that is neither RSA nor Ed25519");
  const int bits = EVP_PKEY_get_bits(owned.get());
  if (bits < kRsaBitsLeast || bits > kRsaBitsMost)
    return invalid("has an RSA key of less than 2,048 or more than 8,192 bits");
  return VerificationKey::of_public_key(owned.release(), JwtAlgorithm::kRs256, std::move(key_id));
}

absl::StatusOr<VerificationKey> check_secret(std::string secret, std::string key_id) {
  if (secret.size() < kSecretBytesLeast) return invalid("has a secret of less than 32 bytes");
  return VerificationKey::of_secret(std::move(secret), std::move(key_id));
}

// What everybody may know, in a form of its own, is no secret, however long it is.
bool is_public_key(std::string_view line) {
  if (line.starts_with("ssh-") || line.starts_with("ecdsa-") || line.starts_with("sk-")) return true;
  std::string der;
  const bool is_base64 = absl::Base64Unescape(to_absl(line), &der) || absl::WebSafeBase64Unescape(to_absl(line), &der);
  if (!is_base64) return false;
  const auto size = static_cast<long>(der.size());
  const unsigned char* at = bytes_in(der);
  const Owned<EVP_PKEY, EVP_PKEY_free> key(d2i_PUBKEY(nullptr, &at, size));
  at = bytes_in(der);
  const Owned<EVP_PKEY, EVP_PKEY_free> rsa(d2i_PublicKey(EVP_PKEY_RSA, nullptr, &at, size));
  at = bytes_in(der);
  const Owned<X509, X509_free> certificate(d2i_X509(nullptr, &at, size));
  ERR_clear_error();
  return key != nullptr || rsa != nullptr || certificate != nullptr;
}

// Nothing for a key that is not for us.
std::optional<absl::StatusOr<VerificationKey>> parse_jwk(const json::object& key) {
  const std::string kind = text_in(key, "kty");
  const std::string use = text_in(key, "use");
  const std::string algorithm = text_in(key, "alg");
  if (!use.empty() && use != "sig") return std::nullopt;
  const auto is_for = [&algorithm](std::string_view name) { return algorithm.empty() || algorithm == name; };
  if (kind == "oct" && is_for("HS256")) {
    std::optional<std::string> secret = decode_base64url(text_in(key, "k"));
    return check_secret(std::move(secret).value_or(""), text_in(key, "kid"));
  }
  if (kind == "RSA" && is_for("RS256")) {
    const std::optional<std::string> modulus = decode_base64url(text_in(key, "n"));
    const std::optional<std::string> exponent = decode_base64url(text_in(key, "e"));
    const bool is_there = modulus && exponent && !modulus->empty() && !exponent->empty();
    return check_public_key(is_there ? make_rsa_key(*modulus, *exponent) : nullptr, text_in(key, "kid"));
  }
  if (kind == "OKP" && text_in(key, "crv") == "Ed25519" && is_for("EdDSA")) {
    const std::optional<std::string> x = decode_base64url(text_in(key, "x"));
    EVP_PKEY* made = nullptr;
    if (x && x->size() == kEd25519Bytes) {
      made = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_in(*x), x->size());
    }
    return check_public_key(made, text_in(key, "kid"));
  }
  return std::nullopt;
}

// The library would ask whoever sits at the terminal.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*is_for_writing*/, void* /*unused*/) { return -1; }

absl::StatusOr<std::vector<VerificationKey>> parse_pem(std::string_view text) {
  std::vector<VerificationKey> keys;
  const Owned<BIO, BIO_free> input(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  constexpr std::string_view kBegin = "-----BEGIN ";
  for (std::size_t at = text.find(kBegin); at != std::string_view::npos; at = text.find(kBegin, at + 1)) {
    if (keys.size() == kVerificationKeysMax) return invalid("has too many keys");
    absl::StatusOr<VerificationKey> key =
        check_public_key(PEM_read_bio_PUBKEY(input.get(), nullptr, no_passphrase, nullptr), "");
    if (!key.ok()) return key.status();
    keys.push_back(*std::move(key));
  }
  return keys;
}

}  // namespace

VerificationKey VerificationKey::of_secret(std::string secret, std::string key_id) {
  VerificationKey key(JwtAlgorithm::kHs256, std::move(key_id));
  key.secret_ = std::move(secret);
  return key;
}

VerificationKey VerificationKey::of_public_key(EVP_PKEY* owned, JwtAlgorithm algorithm, std::string key_id) {
  VerificationKey key(algorithm, std::move(key_id));
  key.public_key_.reset(owned);
  return key;
}

bool VerificationKey::verifies(std::string_view signed_text, std::string_view signature) const {
  if (algorithm_ == JwtAlgorithm::kHs256) {
    return is_equal_secret(bytes_of(hmac_sha256(secret_, signed_text)), signature);
  }
  const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  // Ed25519 has its digest in it.
  const EVP_MD* const digest = algorithm_ == JwtAlgorithm::kRs256 ? EVP_sha256() : nullptr;
  const bool is_well = context != nullptr &&
                       EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, public_key_.get()) == 1 &&
                       EVP_DigestVerify(context.get(), bytes_in(signature), signature.size(), bytes_in(signed_text),
                                        signed_text.size()) == 1;
  // What went wrong is of no interest to whoever uses the library next on this thread.
  ERR_clear_error();
  return is_well;
}

bool VerificationKey::is_same_key(const VerificationKey& other) const {
  if (algorithm_ != other.algorithm_) return false;
  if (algorithm_ == JwtAlgorithm::kHs256) return secret_ == other.secret_;
  return EVP_PKEY_eq(public_key_.get(), other.public_key_.get()) == 1;
}

absl::StatusOr<std::vector<VerificationKey>> parse_jwks(std::string_view text) {
  boost::system::error_code error;
  const json::value value = json::parse({text.data(), text.size()}, error);
  if (error || !value.is_object()) return invalid("is no JSON object");
  const json::value* const list = value.as_object().if_contains("keys");
  if (list == nullptr || !list->is_array()) return invalid("has no list of keys");
  std::vector<VerificationKey> keys;
  for (const json::value& element : list->as_array()) {
    if (!element.is_object()) return invalid("has a key that is no JSON object");
    std::optional<absl::StatusOr<VerificationKey>> key = parse_jwk(element.as_object());
    if (!key) continue;
    if (!key->ok()) return key->status();
    if (keys.size() == kVerificationKeysMax) return invalid("has too many keys");
    keys.push_back(**std::move(key));
  }
  if (keys.empty()) return invalid("has no key for HS256, RS256 or EdDSA");
  return keys;
}

absl::StatusOr<std::vector<VerificationKey>> parse_verification_keys(std::string_view text) {
  const std::string_view stripped = to_std(absl::StripAsciiWhitespace(to_absl(text)));
  if (stripped.starts_with('{')) return parse_jwks(stripped);
  if (stripped.find("-----BEGIN ") != std::string_view::npos) return parse_pem(stripped);
  if (stripped.find('\n') != std::string_view::npos) return invalid("is neither a key set, nor PEM, nor one line");
  if (stripped.starts_with('[')) return invalid("is a JSON list: a key set is an object, {\"keys\": […]}");
  if (is_public_key(stripped)) {
    return invalid(
        "is a public key in another form than PEM, or a certificate: anybody could sign with it as a secret");
  }
  absl::StatusOr<VerificationKey> key = check_secret(std::string(stripped), "");
  if (!key.ok()) return key.status();
  std::vector<VerificationKey> keys;
  keys.push_back(*std::move(key));
  return keys;
}

const VerificationKey* find_signer(const std::vector<VerificationKey>& keys, const ParsedJwt& token) {
  const auto found = std::find_if(keys.begin(), keys.end(), [&token](const VerificationKey& key) {
    const bool may_be = key.algorithm() == token.algorithm &&
                        (key.key_id().empty() || token.key_id.empty() || key.key_id() == token.key_id);
    return may_be && key.verifies(token.signed_text, token.signature);
  });
  return found == keys.end() ? nullptr : &*found;
}

std::size_t withdraw_replaced(const std::vector<VerificationKey>& earlier, std::vector<VerificationKey>& keys) {
  std::size_t withdrawn = 0;
  for (const VerificationKey& old : earlier) {
    const auto same =
        std::find_if(keys.begin(), keys.end(), [&old](const VerificationKey& key) { return key.is_same_key(old); });
    if (same != keys.end()) {
      same->continue_as(old);
    } else {
      old.withdraw();
      ++withdrawn;
    }
  }
  return withdrawn;
}

}  // namespace parley::gateway
