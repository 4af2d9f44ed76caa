// Certificates and private keys in files of the form PEM (RFC 7468).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/openssl_ptr.h"

namespace parley {

// The text of a certificate with those that lead to its authority, and of its private key.
struct PemPair {
  std::string certificates;
  std::string key;

  bool operator==(const PemPair&) const = default;
};

// Reads both files, which may be one and the same. FAILED_PRECONDITION (CERTIFICATE_INVALID), in words for an operator:
// one cannot be read or is too large, has no certificate or no key, or the two do not belong together. A key with a
// passphrase counts as none: nobody is there to type it. Blocks the caller.
absl::StatusOr<PemPair> read_pem_pair(const std::string& certificate_file, const std::string& key_file);

// The same for a file of certificates alone, as an authority's.
absl::StatusOr<std::string> read_pem_certificates(const std::string& file);

// All certificates of a text, the first one first; empty where there is none, or one that is broken.
std::vector<X509Ptr> parse_certificates(std::string_view pem);
// Null where there is none that can be read without a passphrase.
KeyPtr parse_private_key(std::string_view pem);

}  // namespace parley
