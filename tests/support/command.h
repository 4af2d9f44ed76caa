// A command that is run to its end.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace parley::faults {

struct CommandResult {
  int exit_status = 0;
  std::string output;  // standard output, without the line's end at its end
};

// Runs it and waits for its end, without a limit of time. `words`: the program's path, or its name on PATH, and its
// arguments. Standard error is appended to `error_log`. `input`: a descriptor for standard input; -1: none.
// INTERNAL when it cannot be run, or a signal ended it.
absl::StatusOr<CommandResult> run_command(const std::vector<std::string>& words, const std::filesystem::path& error_log,
                                          int input = -1);

}  // namespace parley::faults
