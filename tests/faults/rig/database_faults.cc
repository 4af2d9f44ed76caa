// PostgreSQL crashed, stopped, read-only, full; its sessions ended.
#include <csignal>

#include "tests/faults/rig/strike_tools.h"

namespace parley::faults {
namespace {

using std::chrono::milliseconds;
using Random = std::mt19937_64;

constexpr milliseconds kDownLeast{50};
constexpr milliseconds kDownMost{3'000};
constexpr milliseconds kShortPauseLeast{1'000};
constexpr milliseconds kShortPauseMost{4'000};
constexpr milliseconds kHoldLeast{2'000};
constexpr milliseconds kHoldMost{6'000};
// A session that listens may just be on its way back.
constexpr milliseconds kListenerLimit{5'000};
constexpr milliseconds kLookInterval{20};

// The result of `status`, healed by what it did last.
absl::StatusOr<Strike> strike_of(SteadyTime struck, const absl::Status& status) {
  if (!status.ok()) return status;
  return Strike{.struck = struck, .healed = now()};
}

absl::StatusOr<Strike> kill_session(Rig& rig, Random& /*random*/) {
  const SteadyTime struck = now();
  return strike_of(struck, rig.kill_a_session());
}

template <auto end>
absl::StatusOr<Strike> end_and_start(Rig& rig, Random& random) {
  const SteadyTime struck = now();
  absl::Status status = (rig.*end)();
  if (status.ok()) hold(rig, between(random, kDownLeast, kDownMost));
  if (status.ok()) status = rig.start_database();
  return strike_of(struck, status);
}

absl::StatusOr<Strike> pause_for(Rig& rig, milliseconds duration) {
  const SteadyTime struck = now();
  absl::Status status = rig.pause_database();
  if (status.ok()) hold(rig, duration);
  status.Update(rig.resume_database());
  return strike_of(struck, status);
}

absl::StatusOr<Strike> pause_long(Rig& rig, Random& /*random*/) { return pause_for(rig, rig.options().long_hold); }

absl::StatusOr<Strike> pause_short(Rig& rig, Random& random) {
  return pause_for(rig, between(random, kShortPauseLeast, kShortPauseMost));
}

// The last statement of a session that listens is LISTEN, or the broker's question whether it lives.
absl::StatusOr<Strike> end_listeners(Rig& rig, Random& /*random*/) {
  const SteadyTime struck = now();
  const SteadyTime end = struck + kListenerLimit;
  absl::Status listening;
  absl::Status asked;
  do {
    if (now() > struck + kLookInterval) hold(rig, kLookInterval);
    listening = rig.end_sessions("LISTEN%");
    asked = rig.end_sessions("SELECT 1");
  } while (!listening.ok() && !asked.ok() && now() < end);
  return strike_of(struck, asked.ok() ? asked : listening);
}

// Every session of every backend, in order, as before a switch to another server.
absl::StatusOr<Strike> end_all_sessions(Rig& rig, Random& /*random*/) {
  const SteadyTime struck = now();
  return strike_of(struck, rig.end_sessions("chat-backend%"));
}

absl::StatusOr<Strike> read_only(Rig& rig, Random& random) {
  const SteadyTime struck = now();
  absl::Status status = rig.set_read_only(true);
  if (status.ok()) hold(rig, between(random, kHoldLeast, kHoldMost));
  status.Update(rig.set_read_only(false));
  return strike_of(struck, status);
}

absl::StatusOr<Strike> disk_full(Rig& rig, Random& random) {
  const SteadyTime struck = now();
  absl::Status status = rig.fill_disk();
  if (status.ok()) hold(rig, between(random, kHoldLeast, kHoldMost));
  status.Update(rig.free_disk());
  return strike_of(struck, status);
}

constexpr Fault kFaults[] = {
    {.name = "postgres.session_kill", .live_limit = kAfterDatabase, .strike = kill_session},
    {.name = "postgres.crash", .live_limit = kAfterDatabase, .strike = end_and_start<&Rig::crash_database>},
    {.name = "postgres.kill", .live_limit = kAfterDatabase, .strike = end_and_start<&Rig::kill_database>},
    {.name = "postgres.pause", .live_limit = kAfterHealing, .strike = pause_long},
    {.name = "postgres.pause_short", .live_limit = kAfterHealing, .strike = pause_short},
    {.name = "listen.kill", .live_limit = kAfterHints, .strike = end_listeners, .needs_listen = true},
    {.name = "database.end_sessions", .live_limit = kAfterDatabase, .strike = end_all_sessions},
    {.name = "database.read_only", .live_limit = kAfterDatabase, .strike = read_only},
    {.name = "database.disk_full", .live_limit = kAfterDatabase, .strike = disk_full, .needs_disk = true},
};

}  // namespace

std::span<const Fault> database_faults() { return kFaults; }

}  // namespace parley::faults
