#include "common/pem_pair.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <cstddef>
#include <fstream>
#include <ios>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/errors.h"

namespace parley {
namespace {

constexpr std::size_t kFileBytesMax = std::size_t{1} << 20;

absl::Status invalid(const std::string& problem) {
  return make_error(absl::StatusCode::kFailedPrecondition, "CERTIFICATE_INVALID", problem);
}

absl::StatusOr<std::string> read_text(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream.is_open()) return invalid(absl::StrCat("cannot read ", file));
  std::string text(kFileBytesMax + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (stream.bad()) return invalid(absl::StrCat("cannot read ", file));
  if (text.size() > kFileBytesMax) return invalid(absl::StrCat(file, " is larger than a certificate can be"));
  return text;
}

BioPtr reader_of(std::string_view text) { return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

// Without it OpenSSL would ask for the passphrase on the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

}  // namespace

std::vector<X509Ptr> parse_certificates(std::string_view pem) {
  const BioPtr reader = reader_of(pem);
  std::vector<X509Ptr> certificates;
  while (X509Ptr next{PEM_read_bio_X509(reader.get(), nullptr, no_passphrase, nullptr)}) {
    certificates.push_back(std::move(next));
  }
  // The end of the text shows as "no start line"; anything else is a certificate that cannot be read.
  const bool is_whole = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (!is_whole) certificates.clear();
  return certificates;
}

KeyPtr parse_private_key(std::string_view pem) {
  const BioPtr reader = reader_of(pem);
  KeyPtr key(PEM_read_bio_PrivateKey(reader.get(), nullptr, no_passphrase, nullptr));
  ERR_clear_error();
  return key;
}

absl::StatusOr<std::string> read_pem_certificates(const std::string& file) {
  absl::StatusOr<std::string> text = read_text(file);
  if (text.ok() && parse_certificates(*text).empty()) return invalid(absl::StrCat(file, " is no PEM certificate"));
  return text;
}

absl::StatusOr<PemPair> read_pem_pair(const std::string& certificate_file, const std::string& key_file) {
  absl::StatusOr<std::string> certificates = read_pem_certificates(certificate_file);
  if (!certificates.ok()) return certificates.status();
  absl::StatusOr<std::string> key = read_text(key_file);
  if (!key.ok()) return key.status();
  const KeyPtr parsed = parse_private_key(*key);
  if (parsed == nullptr) {
    return invalid(absl::StrCat(key_file, " is no PEM private key, or one with a passphrase"));
  }
  const bool belong_together =
      X509_check_private_key(parse_certificates(*certificates).front().get(), parsed.get()) == 1;
  ERR_clear_error();
  if (!belong_together) {
    return invalid(absl::StrCat("the key in ", key_file, " is not that of the certificate in ", certificate_file));
  }
  return PemPair{*std::move(certificates), *std::move(key)};
}

}  // namespace parley
