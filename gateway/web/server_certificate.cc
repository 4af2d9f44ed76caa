#include "gateway/web/server_certificate.h"

#include <sys/stat.h>

#include <utility>

#include "absl/time/time.h"
#include "common/absl_view.h"
#include "common/errors.h"

namespace parley::gateway {
namespace {

constexpr std::chrono::hours kTicketKeysLife(24);

}  // namespace

bool ServerCertificate::FileState::operator==(const FileState& other) const {
  return device == other.device && inode == other.inode && bytes == other.bytes &&
         modified.tv_sec == other.modified.tv_sec && modified.tv_nsec == other.modified.tv_nsec;
}

absl::StatusOr<std::unique_ptr<ServerCertificate>> ServerCertificate::load(std::string certificate_file,
                                                                           std::string key_file, const Clock& clock,
                                                                           const Logger& logger) {
  std::unique_ptr<ServerCertificate> loaded(
      new ServerCertificate(std::move(certificate_file), std::move(key_file), clock, logger));
  loaded->seen_state_ = loaded->look();
  if (absl::Status read = loaded->read(); !read.ok()) return read;
  return loaded;
}

ServerCertificate::ServerCertificate(std::string certificate_file, std::string key_file, const Clock& clock,
                                     const Logger& logger)
    : certificate_file_(std::move(certificate_file)), key_file_(std::move(key_file)), clock_(clock), logger_(logger) {}

std::shared_ptr<const TlsContext> ServerCertificate::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

ServerCertificate::FileState ServerCertificate::state_of(const std::string& file) {
  struct stat found {};
  if (::stat(file.c_str(), &found) != 0) return {};
  return {found.st_dev, found.st_ino, found.st_size, found.st_mtim};
}

ServerCertificate::State ServerCertificate::look() const { return {state_of(certificate_file_), state_of(key_file_)}; }

void ServerCertificate::refresh() {
  const State before = std::exchange(seen_state_, look());
  absl::Status used = absl::OkStatus();
  if (seen_state_ == before && !(seen_state_ == read_state_)) {
    used = read();
  } else if (clock_.steady_now() - made_ >= kTicketKeysLife) {
    used = use(pair_);
  }
  if (used.ok()) return;
  logger_.error("certificate_refused", {{"file", certificate_file_},
                                        {"error", to_std(used.message())},
                                        {"advice", "the certificate of before stays in use"}});
}

// Judged once for each state of the files, whatever comes of it.
absl::Status ServerCertificate::read() {
  read_state_ = seen_state_;
  absl::StatusOr<PemPair> pair = read_pem_pair(certificate_file_, key_file_);
  if (!pair.ok()) return pair.status();
  if (current_ != nullptr && *pair == pair_) return absl::OkStatus();
  return use(*std::move(pair));
}

absl::Status ServerCertificate::use(PemPair pair) {
  absl::StatusOr<std::shared_ptr<const TlsContext>> context = TlsContext::make(pair);
  if (!context.ok()) return context.status();
  const auto expires = (*context)->expires();
  const std::string expires_text = absl::FormatTime(absl::RFC3339_sec, absl::FromChrono(expires), absl::UTCTimeZone());
  if (expires <= clock_.system_now()) {
    if (current_ != nullptr) {
      return make_error(absl::StatusCode::kFailedPrecondition, "CERTIFICATE_INVALID",
                        "the new certificate has expired at " + expires_text);
    }
    logger_.warning("certificate_expired", {{"file", certificate_file_}, {"expires", expires_text}});
  }
  pair_ = std::move(pair);
  made_ = clock_.steady_now();
  {
    const std::lock_guard lock(mutex_);
    current_ = *std::move(context);
  }
  logger_.info("certificate_loaded", {{"file", certificate_file_}, {"expires", expires_text}});
  return absl::OkStatus();
}

}  // namespace parley::gateway
