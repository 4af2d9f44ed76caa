// Parts of the C library that the page needs in a smaller form.
#include <cstdlib>

extern "C" {

// A trap, which web/failure.js tells apart from errors that are not the page's.
void abort() { __builtin_trap(); }

// A page has no environment. (The locales ask for one; without this an imitation of it would be built in.)
char* getenv(const char*) { return nullptr; }
}
