#include "tests/support/test_certificate.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace parley::test {
namespace {

using ExtensionPtr = std::unique_ptr<X509_EXTENSION, OpensslDelete<X509_EXTENSION_free>>;

std::string text_of(BIO* written) {
  char* bytes = nullptr;
  const long count = BIO_get_mem_data(written, &bytes);
  return {bytes, static_cast<std::size_t>(count)};
}

}  // namespace

PemPair make_certificate(const std::string& names, long valid_s) {
  const KeyPtr key(EVP_EC_gen("P-256"));
  const X509Ptr certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), valid_s < 0 ? 2 * valid_s : 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), valid_s);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* const name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  const ExtensionPtr subject(X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str()));
  X509_add_ext(certificate.get(), subject.get(), -1);
  X509_sign(certificate.get(), key.get(), EVP_sha256());

  const BioPtr certificate_text(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(certificate_text.get(), certificate.get());
  const BioPtr key_text(BIO_new(BIO_s_mem()));
  PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return {text_of(certificate_text.get()), text_of(key_text.get())};
}

}  // namespace parley::test
