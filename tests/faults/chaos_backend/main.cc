// chat-backend-chaos: chat-backend whose broker misbehaves from SIGUSR1 to SIGUSR2. PARLEY_CHAOS_SEED is the seed of
// what it does.
#include <atomic>
#include <cstdlib>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "backend/app/run_backend.h"
#include "tests/faults/chaos_backend/chaos_broker.h"
#include "tests/faults/chaos_backend/signal_switch.h"

int main(int argument_count, char** argument_values) {
  using parley::backend::Broker;
  parley::backend::SignalSwitch::prepare_signals();
  parley::backend::ChaosOptions options;
  const char* const seed = std::getenv("PARLEY_CHAOS_SEED");
  if (seed != nullptr && !absl::SimpleAtoi(seed, &options.seed)) return EXIT_FAILURE;
  const auto is_on = std::make_shared<std::atomic<bool>>(false);
  // Made when the backend has prepared its own signals.
  std::optional<parley::backend::SignalSwitch> signal_switch;
  const auto decorate = [&](std::unique_ptr<Broker> inner) -> std::unique_ptr<Broker> {
    signal_switch.emplace(is_on);
    return std::make_unique<parley::backend::ChaosBroker>(std::move(inner), options, is_on);
  };
  return parley::backend::run_backend({argument_values + 1, argument_values + argument_count}, decorate);
}
