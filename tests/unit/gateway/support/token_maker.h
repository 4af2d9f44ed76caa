// An identity provider for tests: signs whatever it is told to.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base64url.h"
#include "common/hashing.h"

namespace parley::test {

class SigningKey {
 public:
  static SigningKey rsa(int bits = 2'048) { return SigningKey(EVP_RSA_gen(static_cast<unsigned>(bits))); }
  static SigningKey ed25519() { return SigningKey(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")); }
  static SigningKey elliptic() { return SigningKey(EVP_EC_gen("P-256")); }

  std::string public_pem() const {
    const std::unique_ptr<BIO, decltype(&BIO_free)> output(BIO_new(BIO_s_mem()), &BIO_free);
    PEM_write_bio_PUBKEY(output.get(), key_.get());
    char* text = nullptr;
    const long size = BIO_get_mem_data(output.get(), &text);
    return {text, static_cast<std::size_t>(size)};
  }
  std::string sign(std::string_view text) const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    const bool has_digest = EVP_PKEY_get_base_id(key_.get()) != EVP_PKEY_ED25519;
    EVP_DigestSignInit(context.get(), nullptr, has_digest ? EVP_sha256() : nullptr, nullptr, key_.get());
    const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
    std::size_t size = 0;
    EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size());
    std::vector<unsigned char> signature(size);
    EVP_DigestSign(context.get(), signature.data(), &size, bytes, text.size());
    return {reinterpret_cast<const char*>(signature.data()), size};
  }

 private:
  explicit SigningKey(EVP_PKEY* key) : key_(key, &EVP_PKEY_free) {}
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
};

inline std::string unsigned_token(std::string_view header, std::string_view claims) {
  return encode_base64url(header) + "." + encode_base64url(claims);
}

inline std::string token_of_secret(std::string_view header, std::string_view claims, std::string_view secret) {
  const std::string text = unsigned_token(header, claims);
  return text + "." + encode_base64url(bytes_of(hmac_sha256(secret, text)));
}

inline std::string token_of_key(std::string_view header, std::string_view claims, const SigningKey& key) {
  const std::string text = unsigned_token(header, claims);
  return text + "." + encode_base64url(key.sign(text));
}

}  // namespace parley::test
