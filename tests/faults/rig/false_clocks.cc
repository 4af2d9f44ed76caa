#include "tests/faults/rig/false_clocks.h"

#include <cstdlib>
#include <fstream>
#include <string_view>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"

namespace parley::faults {
namespace {

constexpr const char* kLibrary = "faketime/libfaketimeMT.so.1";

}  // namespace

FalseClocks::FalseClocks(std::filesystem::path library, std::filesystem::path folder)
    : library_(std::move(library)), folder_(std::move(folder)) {}

absl::StatusOr<FalseClocks> FalseClocks::make(std::filesystem::path folder) {
  // Below the folder of this machine's architecture.
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/usr/lib", error)) {
    const std::filesystem::path library = entry.path() / kLibrary;
    if (std::filesystem::exists(library, error)) return FalseClocks(library, std::move(folder));
  }
  return absl::UnimplementedError("false clocks need the package libfaketime");
}

std::filesystem::path FalseClocks::file(const std::string& name) const { return folder_ / (name + ".clock"); }

absl::StatusOr<std::vector<std::string>> FalseClocks::environment(const std::string& name) const {
  if (absl::Status written = set(name, std::chrono::seconds(0)); !written.ok()) return written;
  return std::vector<std::string>{"LD_PRELOAD=" CALLS_PAST_LIBFAKETIME ":" + library_.string(),
                                  "FAKETIME_TIMESTAMP_FILE=" + file(name).string(), "FAKETIME_DONT_FAKE_MONOTONIC=1",
                                  "FAKETIME_CACHE_DURATION=1",
                                  // The allocator's own threads ask for the time while libfaketime still begins.
                                  "MALLOC_CONF=background_thread:false"};
}

absl::Status FalseClocks::set(const std::string& name, std::chrono::seconds offset) const {
  const std::filesystem::path unfinished = file(name).string() + ".new";
  std::ofstream text(unfinished);
  text << absl::StrFormat("%+d\n", offset.count());
  text.close();
  std::error_code error;
  if (text) std::filesystem::rename(unfinished, file(name), error);
  if (text && !error) return absl::OkStatus();
  return absl::InternalError("cannot write " + file(name).string());
}

void FalseClocks::sweep() {
  constexpr std::string_view kPrefixes[] = {"faketime_shm_", "sem.faketime_sem_"};
  std::error_code ignored;
  std::vector<std::filesystem::path> left;
  for (const auto& entry : std::filesystem::directory_iterator("/dev/shm", ignored)) {
    const std::string name = entry.path().filename();
    for (const std::string_view prefix : kPrefixes) {
      if (!name.starts_with(prefix)) continue;
      const std::filesystem::path process = std::filesystem::path("/proc") / name.substr(prefix.size());
      if (!std::filesystem::exists(process, ignored)) left.push_back(entry.path());
    }
  }
  for (const auto& path : left) std::filesystem::remove(path, ignored);
}

}  // namespace parley::faults
