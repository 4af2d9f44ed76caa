// The keys with which an identity provider's tokens are verified.
#pragma once

#include <openssl/evp.h>

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "gateway/identity/jwt.h"

namespace parley::gateway {

// For one algorithm only: which one follows from what the key is, never from what a token says of itself.
class VerificationKey {
 public:
  static VerificationKey of_secret(std::string secret, std::string key_id);
  // RSA or Ed25519.
  static VerificationKey of_public_key(EVP_PKEY* owned, JwtAlgorithm algorithm, std::string key_id);

  JwtAlgorithm algorithm() const { return algorithm_; }
  const std::string& key_id() const { return key_id_; }
  // Thread-safe.
  bool verifies(std::string_view signed_text, std::string_view signature) const;

  bool is_same_key(const VerificationKey& other) const;
  // True, on any thread, from the moment on when the key is in use no longer: for whoever goes on by something that it
  // has signed.
  std::shared_ptr<const std::atomic<bool>> withdrawn() const { return withdrawn_; }
  void withdraw() const { withdrawn_->store(true); }
  // This is `earlier`, read again.
  void continue_as(const VerificationKey& earlier) { withdrawn_ = earlier.withdrawn_; }

 private:
  struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  };

  VerificationKey(JwtAlgorithm algorithm, std::string key_id) : algorithm_(algorithm), key_id_(std::move(key_id)) {}

  JwtAlgorithm algorithm_;
  std::string key_id_;                          // `kid`; empty: any token may be of it
  std::string secret_;                          // with kHs256
  std::unique_ptr<EVP_PKEY, Free> public_key_;  // with the others
  std::shared_ptr<std::atomic<bool>> withdrawn_ = std::make_shared<std::atomic<bool>>(false);
};

inline constexpr std::size_t kVerificationKeysMax = 32;

// A JSON Web Key Set: RFC 7517. Keys of kinds that are not accepted, or for encryption, are passed over.
// INVALID_ARGUMENT (CONFIGURATION_INVALID), which quotes nothing, for a text that is none, has no key for us or too
// many, or has one that is too weak: an RSA key of less than 2,048 bits, a secret of less than 32 bytes.
absl::StatusOr<std::vector<VerificationKey>> parse_jwks(std::string_view text);

// A file of keys, whatever it is: a JSON Web Key Set; public keys in PEM (RSA or Ed25519); or a secret for HS256, one
// line of at least 32 bytes. Errors as above.
absl::StatusOr<std::vector<VerificationKey>> parse_verification_keys(std::string_view text);

// The one of `keys`, for the token's algorithm, and of its `kid` where both name one, that has signed it; null for
// none.
const VerificationKey* find_signer(const std::vector<VerificationKey>& keys, const ParsedJwt& token);

// `keys` come in the place of `earlier`: those that are in both go on, the others of `earlier` are withdrawn. How many.
std::size_t withdraw_replaced(const std::vector<VerificationKey>& earlier, std::vector<VerificationKey>& keys);

}  // namespace parley::gateway
