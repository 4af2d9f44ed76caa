// The servers' memory comes from jemalloc (docs/adr/0017-memory-comes-from-jemalloc.md), which reads this at the start
// of the process. Linked into a program, not into a library: only a program's definition is the one that is found.
#include <jemalloc/jemalloc.h>

// jemalloc(3), TUNING: threads of its own give memory that is free for ten seconds back to the system, also in a server
// that has gone quiet after a storm and allocates nothing.
const char* malloc_conf = "background_thread:true";
