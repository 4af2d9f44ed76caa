#include "backend/chat/writability.h"

namespace parley::backend {
namespace {

constexpr int kDoubtDivisor = 4;

}  // namespace

std::optional<Writability::Change> Writability::record(const absl::Status& probed, TimePoint now) {
  disagreeing_ = probed.ok() == is_writable_ ? 0 : disagreeing_ + 1;
  if (disagreeing_ < options_.agreeing_probes_min) return std::nullopt;
  disagreeing_ = 0;
  is_writable_ = !is_writable_;
  Change change{.is_writable = is_writable_,
                .lasted = std::chrono::duration_cast<std::chrono::milliseconds>(now - since_)};
  if (!is_writable_) change.reason = std::string(probed.message());
  since_ = now;
  return change;
}

std::chrono::milliseconds Writability::next_probe_in() const {
  return disagreeing_ == 0 ? options_.interval : options_.interval / kDoubtDivisor;
}

}  // namespace parley::backend
