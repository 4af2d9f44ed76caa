// chat-backend: the gRPC API of Parley on PostgreSQL. `chat-backend --help` lists the options.
#include "backend/app/run_backend.h"

int main(int argument_count, char** argument_values) {
  return parley::backend::run_backend({argument_values + 1, argument_values + argument_count});
}
