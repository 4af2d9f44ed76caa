// `chat-backend token create|list|revoke`: the operator's way to the bearer tokens of the gRPC API.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "common/random.h"
#include "common/settings.h"

namespace parley::backend {

// `arguments` come without `token`. A new token goes to `output` alone in its line; what is said about it, and errors,
// to `remarks`. Returns the exit status: 0, 1 when the database could not be asked or refused, 2 for wrong arguments.
// Blocks.
int run_token_command(std::vector<std::string> arguments, const Config::Environment& environment, RandomSource& random,
                      std::ostream& output, std::ostream& remarks);

// How to use it.
std::string token_command_help();

}  // namespace parley::backend
