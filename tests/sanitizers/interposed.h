// What tells ThreadSanitizer of a library that is not instrumented: definitions that take precedence over the library's
// own.
#pragma once

#include <dlfcn.h>

#include <cstdlib>

extern "C" {
void __tsan_acquire(void* address);
void __tsan_release(void* address);
}

namespace parley::test {

// The library's own function; `name` as the linker knows it.
template <class Function>
Function* original(const char* name) {
  void* address = dlsym(RTLD_NEXT, name);
  if (address == nullptr) std::abort();
  return reinterpret_cast<Function*>(address);
}

}  // namespace parley::test
