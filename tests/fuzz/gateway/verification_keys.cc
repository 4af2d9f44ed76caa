// The file of an identity provider's keys: JSON Web Key Sets, PEM, a secret.
#include "gateway/identity/verification_keys.h"

#include "tests/fuzz/fuzz.h"

namespace parley::fuzz {

void fuzz(std::string_view bytes) {
  const auto keys = gateway::parse_verification_keys(bytes);
  if (!keys.ok()) return;
  expect(!keys->empty() && keys->size() <= gateway::kVerificationKeysMax, "there are some keys, and not too many");
  for (const gateway::VerificationKey& key : *keys) {
    expect(key.is_same_key(key), "a key is itself");
    expect(!key.verifies("text", ""), "an empty signature is none");
    expect(!key.verifies("text", bytes), "nothing is signed by chance");
  }
}

}  // namespace parley::fuzz
