#include "web/view/row_track.h"

#include <algorithm>

namespace parley::web {

void RowTrack::insert(std::size_t first, std::size_t count) {
  rows_.insert(rows_.begin() + static_cast<std::ptrdiff_t>(first), count, Row{});
}

void RowTrack::erase(std::size_t first, std::size_t count) {
  const auto begin = rows_.begin() + static_cast<std::ptrdiff_t>(first);
  rows_.erase(begin, begin + static_cast<std::ptrdiff_t>(count));
}

double RowTrack::top(std::size_t index) const {
  double sum = 0;
  for (std::size_t at = 0; at < index; ++at) sum += rows_[at].height;
  return sum;
}

std::size_t RowTrack::index_at(double position) const {
  double bottom = 0;
  for (std::size_t at = 0; at < rows_.size(); ++at) {
    bottom += rows_[at].height;
    if (bottom > position) return at;
  }
  return rows_.empty() ? 0 : rows_.size() - 1;
}

RowRange RowTrack::range(double from, double to) const {
  if (rows_.empty()) return {};
  const std::size_t first = index_at(from);
  std::size_t last = first;
  double bottom = top(first);
  while (last < rows_.size() && (last == first || bottom < to)) bottom += rows_[last++].height;
  return {first, last};
}

}  // namespace parley::web
