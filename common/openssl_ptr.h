// OpenSSL's objects with their owners.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>

namespace parley {

template <auto kFree>
struct OpensslDelete {
  template <class Object>
  void operator()(Object* object) const {
    kFree(object);
  }
};

using BioPtr = std::unique_ptr<BIO, OpensslDelete<BIO_free_all>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, OpensslDelete<EVP_PKEY_free>>;
using X509Ptr = std::unique_ptr<X509, OpensslDelete<X509_free>>;

}  // namespace parley
