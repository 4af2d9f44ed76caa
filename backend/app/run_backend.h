// The program chat-backend, from its arguments to its exit status.
#pragma once

#include <string>
#include <vector>

#include "backend/app/application.h"

namespace parley::backend {

// Serves until SIGTERM or SIGINT, or does what `health`, `token` or `--help` as the first argument asks for.
// `arguments` come without the program's name. Returns the exit status: 0, 1 for a failed start, 2 for a wrong
// configuration. Call once, first in main(), before any thread is started.
int run_backend(std::vector<std::string> arguments, const BrokerDecorator& decorate_broker = {});

}  // namespace parley::backend
