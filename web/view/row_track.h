// Where each row of a long list lies, without its being on the page: heights measured or estimated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace parley::web {

// How a message is set off from the one before it.
struct RowShape {
  std::int64_t day = 0;  // LocalTime::day_number
  bool starts_day = false;
  bool starts_group = false;

  bool operator==(const RowShape& other) const {
    return day == other.day && starts_day == other.starts_day && starts_group == other.starts_group;
  }
  bool operator!=(const RowShape& other) const { return !(*this == other); }
};

struct Row {
  RowShape shape;
  double height = 0;  // CSS pixels
};

// A range of rows, the last excluded.
struct RowRange {
  std::size_t first = 0;
  std::size_t last = 0;
};

// Positions count from the upper edge of the first row. Finding one adds up heights: some microseconds for ten
// thousand rows.
class RowTrack {
 public:
  std::size_t size() const { return rows_.size(); }
  Row& row(std::size_t index) { return rows_[index]; }
  const Row& row(std::size_t index) const { return rows_[index]; }

  void clear() { rows_.clear(); }
  void insert(std::size_t first, std::size_t count);
  void erase(std::size_t first, std::size_t count);

  // The upper edge of a row; of size(), the lower edge of the last.
  double top(std::size_t index) const;
  double total() const { return top(rows_.size()); }
  // The row at a position, the nearest one outside. Not to be asked of an empty list.
  std::size_t index_at(double position) const;
  // The rows that have a part in [from, to).
  RowRange range(double from, double to) const;

 private:
  std::vector<Row> rows_;
};

}  // namespace parley::web
