// Certificates for tests, made in the process.
#pragma once

#include <string>

#include "common/pem_pair.h"

namespace parley::test {

// A self-signed one for `names`, as in `DNS:localhost,IP:127.0.0.1`, with a new key of P-256. It is valid from now on
// for `valid_s`, which is negative for one that has expired.
PemPair make_certificate(const std::string& names, long valid_s = 3'600);

}  // namespace parley::test
