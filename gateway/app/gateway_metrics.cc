#include "gateway/app/gateway_metrics.h"

#include <string>

#include "gateway/routes/route_table.h"

namespace parley::gateway {
namespace {

using Type = Exposition::Type;

// The sum over the I/O threads of what `value` says of each.
template <class Parts, class Value>
auto sum(const Parts& parts, const Value& value) {
  decltype(value(*parts.front())) all{};
  for (const auto* part : parts) all += value(*part);
  return all;
}

void expose_named(Exposition& exposition, const std::vector<const ConnectionMetrics*>& connections,
                  std::string_view label, NamedCounters ConnectionMetrics::*counters) {
  const NamedCounters& first = connections.front()->*counters;
  for (std::size_t index = 0; index < first.size(); ++index) {
    exposition.sample(sum(connections, [&](const auto& part) { return (part.*counters).value(index); }),
                      {{label, first.name(index)}});
  }
}

void expose_connections(Exposition& exposition, const GatewayMetrics& metrics) {
  const auto& connections = metrics.connections;
  const auto& sockets = metrics.sockets;
  exposition.gauge("parley_gateway_connections", "WebSockets that are open.",
                   static_cast<std::int64_t>(metrics.websockets));
  exposition.gauge("parley_gateway_http_connections", "TCP connections that are no WebSocket (yet).",
                   static_cast<std::int64_t>(metrics.http_connections));
  exposition.counter("parley_gateway_connections_opened_total", "WebSockets that were let in.",
                     sum(sockets, [](const auto& part) { return part.opened.value(); }));
  exposition.family(Type::kCounter, "parley_gateway_connections_closed_total",
                    "WebSockets that ended, by the code of the close frame that the gateway sent; application: another "
                    "from 3000 on; no_code: a close frame without one; none: no close frame.");
  for (std::size_t ending = 0; ending < SocketMetrics::kEndings; ++ending) {
    exposition.sample(sum(sockets, [ending](const auto& part) { return part.closed[ending].value(); }),
                      {{"code", SocketMetrics::ending_name(ending)}});
  }
  exposition.family(Type::kCounter, "parley_gateway_refusals_total",
                    "Upgrades and TCP connections that were refused, and requests that were no good, by reason.");
  expose_named(exposition, connections, "reason", &ConnectionMetrics::refusals);
  exposition.family(Type::kCounter, "parley_gateway_slowed_total",
                    "Times that a socket sent more than it may, and was read from later, by the setting that says so.");
  expose_named(exposition, connections, "limit", &ConnectionMetrics::slowed);
  exposition.family(Type::kCounter, "parley_gateway_timeouts_total",
                    "Connections without a WebSocket that let the time of a setting pass, by the setting.");
  expose_named(exposition, connections, "limit", &ConnectionMetrics::timeouts);
  exposition.gauge("parley_gateway_certificate_expiry_time_seconds",
                   "When the certificate expires, since the Unix epoch; 0 without TLS.", metrics.certificate_expires_s);
  exposition.gauge("parley_gateway_send_queue_bytes", "Bytes that wait to be written to sockets.",
                   sum(sockets, [](const auto& part) { return part.queue_bytes.value(); }));
  exposition.gauge("parley_gateway_full_send_queues", "Sockets whose queue is full: they read too slowly.",
                   sum(sockets, [](const auto& part) { return part.full_queues.value(); }));
  exposition.gauge("parley_gateway_departures_waiting",
                   "Connections that ended and are not removed from the database yet.",
                   sum(connections, [](const auto& part) { return part.departures_waiting.value(); }));
}

void expose_commands(Exposition& exposition, const GatewayMetrics& metrics) {
  const auto& connections = metrics.connections;
  exposition.counter("parley_gateway_messages_total", "Messages of clients that were answered as stored.",
                     sum(connections, [](const auto& part) { return part.messages.value(); }));
  exposition.family(Type::kHistogram, "parley_gateway_command_duration_seconds",
                    "From the arrival of a client's command to its reply, by route.");
  for (const Route& route : routes()) {
    if (route.command == pb::ClientFrame::COMMAND_NOT_SET) continue;
    exposition.sample(sum(connections, [&](const auto& part) { return part.commands.value(route.command); }),
                      {{"route", route.key}});
  }
  exposition.family(Type::kCounter, "parley_gateway_command_errors_total",
                    "Commands that were answered with an error, by reason.");
  expose_named(exposition, connections, "reason", &ConnectionMetrics::command_errors);
}

void expose_deliveries(Exposition& exposition, const GatewayMetrics& metrics) {
  const auto& deliveries = metrics.deliveries;
  exposition.gauge("parley_gateway_rooms", "Rooms that this gateway follows.", metrics.registry->rooms.value());
  exposition.counter("parley_gateway_events_total", "Events that came from the backend, each counted once.",
                     metrics.registry->events.value());
  exposition.counter("parley_gateway_deliveries_total",
                     "Changes that sockets' queues took: one change for ten sockets makes ten.",
                     sum(deliveries, [](const auto& part) { return part.deliveries.value(); }));
  exposition.counter("parley_gateway_presence_deliveries_total", "The same of presences.",
                     sum(deliveries, [](const auto& part) { return part.presences.value(); }));
  exposition.histogram(
      "parley_gateway_delivery_latency_seconds",
      "From a message's transaction in the database to a socket's queue, by the clocks of both machines.",
      sum(deliveries, [](const auto& part) { return part.latency.value(); }));
  exposition.counter("parley_gateway_slow_consumers_total", "Times that a socket's queue was full.",
                     sum(deliveries, [](const auto& part) { return part.slow_consumers.value(); }));
  exposition.counter("parley_gateway_resyncs_total",
                     "Subscriptions that lost their place and were told to resync, or caught up.",
                     sum(deliveries, [](const auto& part) { return part.losses.value(); }));
  exposition.counter("parley_gateway_room_resets_total", "Rooms that the stream from the backend began anew.",
                     metrics.registry->resets.value());
}

void expose_backends(Exposition& exposition, const GatewayMetrics& metrics) {
  constexpr std::array<std::string_view, 3> kHealths = {"unknown", "serving", "not_serving"};
  exposition.gauge("parley_gateway_ready", "1 when /readyz says so.", metrics.is_ready ? 1 : 0);
  exposition.gauge("parley_gateway_attached", "1 while the stream to a backend stands.", metrics.is_attached ? 1 : 0);
  exposition.counter("parley_gateway_attaches_total", "Times that the stream to a backend stood.", metrics.attaches);
  exposition.counter("parley_gateway_backend_losses_total", "Times that it ended, or could not be made.",
                     metrics.losses);
  exposition.family(Type::kGauge, "parley_gateway_backends",
                    "Backends of the configuration, by what they say of themselves.");
  for (std::size_t index = 0; index < kHealths.size(); ++index) {
    exposition.sample(metrics.backends[index], {{"health", kHealths[index]}});
  }
  exposition.gauge("parley_gateway_calls_under_way", "Calls and messages that no backend has answered yet.",
                   static_cast<std::int64_t>(metrics.calls_under_way));
}

}  // namespace

void expose_gateway(Exposition& exposition, const GatewayMetrics& metrics) {
  expose_connections(exposition, metrics);
  expose_commands(exposition, metrics);
  expose_deliveries(exposition, metrics);
  expose_backends(exposition, metrics);
}

}  // namespace parley::gateway
