#include "tests/faults/fault.h"
#include "tests/faults/rig/strike_tools.h"

namespace parley::faults {

std::span<const Fault> all_faults() {
  static const std::vector<Fault> kTable = [] {
    std::vector<Fault> table;
    for (const auto& part : {process_faults(), link_faults(), database_faults(), broker_faults(), clock_faults()}) {
      table.insert(table.end(), part.begin(), part.end());
    }
    return table;
  }();
  return kTable;
}

bool can_strike(const Fault& fault, const RigOptions& options) {
  if (fault.needs_nats && options.broker != BrokerKind::kNats) return false;
  if (fault.needs_listen && options.broker != BrokerKind::kPostgres) return false;
  if (fault.needs_disk && options.database_disk_bytes == 0) return false;
  if (fault.needs_false_clocks && !options.has_false_clocks) return false;
  return !fault.needs_chaos_broker || options.has_chaos_broker;
}

}  // namespace parley::faults
