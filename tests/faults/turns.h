// Which fault strikes next.
#pragma once

#include <cstddef>
#include <random>
#include <string>
#include <vector>

#include "tests/faults/fault.h"

namespace parley::faults {

// In rounds: in each, every fault has its turn, in an order of its own.
class Turns {
 public:
  // `names`: of faults, or beginnings of names with a `*` behind (`link.*`); empty: all. Those that a rig of `options`
  // cannot make are left out.
  Turns(const std::vector<std::string>& names, const RigOptions& options);

  // Names that stand for no fault that the rig can make.
  const std::vector<std::string>& unknown() const { return unknown_; }
  bool is_empty() const { return faults_.empty(); }
  // Whole rounds that are over.
  std::size_t rounds() const { return waiting_.empty() ? rounds_ : rounds_ - 1; }

  // Not when empty.
  const Fault& next(std::mt19937_64& random);

 private:
  std::vector<const Fault*> faults_;
  std::vector<std::string> unknown_;
  std::vector<const Fault*> waiting_;  // of this round, the next one last
  std::size_t rounds_ = 0;             // that were begun
};

}  // namespace parley::faults
