#include "tests/bench/result_json.h"

namespace parley::bench {
namespace {

namespace json = boost::json;

double milliseconds(std::chrono::nanoseconds time) { return static_cast<double>(time.count()) / 1e6; }

json::object quantiles(const LatencyHistogram& histogram) {
  return {{"count", histogram.count()},
          {"p50_ms", milliseconds(histogram.quantile(0.5))},
          {"p99_ms", milliseconds(histogram.quantile(0.99))},
          {"p999_ms", milliseconds(histogram.quantile(0.999))},
          {"max_ms", milliseconds(histogram.quantile(1))}};
}

json::object to_json(const std::vector<ProcessCost>& processes) {
  json::object all;
  for (const ProcessCost& process : processes) {
    all[process.name] = json::object{
        {"cpu_s", process.cpu_s}, {"resident_bytes", process.resident_bytes}, {"grown_bytes", process.grown_bytes}};
  }
  return all;
}

void add(json::object& object, const Costs& costs) {
  object["processes"] = to_json(costs.processes);
  object["generator_cpu_s"] = costs.generator_cpu_s;
  object["others_cpu_s"] = costs.others_cpu_s;
  object["stolen_s"] = costs.stolen_s;
}

}  // namespace

json::object joining_to_json(Crowd& crowd) {
  return {{"connect_s", crowd.connect_s()}, {"handshake", quantiles(crowd.fleet().handshakes())}};
}

json::object to_json(const StormResult& result) {
  json::object object{
      {"all_live_s", result.all_live_s}, {"live", quantiles(result.live)}, {"handshake", quantiles(result.handshakes)},
      {"attempts", result.attempts},     {"failed", result.failed},        {"last_refusal", result.last_refusal},
      {"not_live", result.not_live}};
  add(object, result.costs);
  return object;
}

json::object to_json(const LoadResult& result) {
  json::object object{{"connect_s", result.connect_s},
                      {"handshake", quantiles(result.handshakes)},
                      {"seconds", result.seconds},
                      {"is_abandoned", result.is_abandoned},
                      {"sent", result.sent},
                      {"answered", result.answered},
                      {"delivered", result.delivered},
                      {"missing", result.missing},
                      {"doubled", result.doubled},
                      {"misordered", result.misordered},
                      {"foreign", result.foreign},
                      {"receivers_that_differ", result.receivers_that_differ},
                      {"resynced", result.resynced},
                      {"refused", result.refused},
                      {"unanswered", result.unanswered},
                      {"connections_lost", result.connections_lost},
                      {"delivery", quantiles(result.delivery)},
                      {"answer", quantiles(result.answer)},
                      {"lateness", quantiles(result.lateness)}};
  add(object, result.costs);
  return object;
}

}  // namespace parley::bench
