#include <cstdlib>
#include <iostream>

#include "tests/fuzz/fuzz.h"

namespace parley::fuzz {

void expect(bool holds, std::string_view promise) {
  if (holds) return;
  std::cerr << "broken promise: " << promise << std::endl;
  std::abort();
}

}  // namespace parley::fuzz
