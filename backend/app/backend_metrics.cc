#include "backend/app/backend_metrics.h"

namespace parley::backend {
namespace {

using Type = Exposition::Type;

void expose_requests(Exposition& exposition, const BackendMetrics& metrics) {
  exposition.gauge("parley_backend_ready", "1 while this backend serves and its database takes writes.",
                   metrics.is_ready ? 1 : 0);
  exposition.gauge("parley_backend_streams", "Streams that are open: two for each gateway, one for each subscriber.",
                   static_cast<std::int64_t>(metrics.streams));
  exposition.family(Type::kHistogram, "parley_backend_request_duration_seconds",
                    "From a request's arrival to its answer, by method; for SendMessages each message is one.");
  for (std::size_t index = 0; index < kApiMethodNames.size(); ++index) {
    exposition.sample(metrics.api.durations[index].value(), {{"method", kApiMethodNames[index]}});
  }
  exposition.family(Type::kCounter, "parley_backend_request_errors_total", "Requests that failed, by reason.");
  exposition.samples(metrics.api.errors, "reason");
  exposition.family(Type::kCounter, "parley_backend_refusals_total",
                    "Calls and streams that were not let in, by reason.");
  exposition.samples(metrics.api.refusals, "reason");
  exposition.counter("parley_backend_messages_total", "Messages that were stored.", metrics.chat.messages.value());
  exposition.counter("parley_backend_repeated_messages_total", "Messages that came again, and had been stored before.",
                     metrics.chat.repeats.value());
  exposition.family(Type::kCounter, "parley_backend_resumes_total",
                    "Catch-ups of clients: with what they missed (changes), or anew with the latest page (reset).");
  exposition.sample(metrics.chat.resumes.value(), {{"result", "changes"}});
  exposition.sample(metrics.chat.resets.value(), {{"result", "reset"}});
  exposition.counter("parley_backend_gateways_reaped_total", "Gateways whose lease had lapsed.",
                     metrics.chat.gateways_reaped.value());
}

void expose_hub(Exposition& exposition, const BackendMetrics& metrics) {
  exposition.gauge("parley_backend_hub_rooms", "Rooms that gateways or subscribers follow here.",
                   static_cast<std::int64_t>(metrics.hub_sizes.rooms));
  exposition.gauge("parley_backend_hub_subscriptions", "Streams that follow any rooms.",
                   static_cast<std::int64_t>(metrics.hub_sizes.subscriptions));
  exposition.gauge("parley_backend_hub_reads_waiting", "Reads of changes that wait for their turn.",
                   static_cast<std::int64_t>(metrics.hub_sizes.reads_waiting));
  exposition.counter("parley_backend_broker_gaps_total",
                     "Reads of changes that no hint had brought in time: late, out of order, too large, or lost.",
                     metrics.hub.gap_reads.value());
  exposition.counter("parley_backend_unannounced_heads_total",
                     "Rooms that a comparison with the database found ahead of all hints.",
                     metrics.hub.unannounced_heads.value());
  exposition.counter("parley_backend_catch_up_reads_total", "Reads of changes for a gateway that was behind.",
                     metrics.hub.catch_up_reads.value());
  exposition.counter("parley_backend_room_resets_total", "Rooms that began anew for everybody.",
                     metrics.hub.resets.value());
  exposition.counter("parley_backend_hub_read_failures_total", "Reads of the hub that failed.",
                     metrics.hub.read_failures.value());
  exposition.counter("parley_backend_stream_overflows_total", "Times that a stream's queue was full.",
                     metrics.api.overflows.value());
  exposition.counter("parley_backend_hints_sent_total", "Hints given to the broker.", metrics.chat.hints.value());
  exposition.counter("parley_backend_hints_received_total", "Hints of other backends.", metrics.hints_received);
  exposition.counter("parley_backend_broker_connections_total", "Times that the broker was reached (again).",
                     metrics.broker_connections);
}

void expose_database(Exposition& exposition, const BackendMetrics& metrics) {
  const DatabaseMetrics& database = metrics.store.metrics();
  exposition.gauge("parley_backend_database_workers", "Workers, with a database connection each.",
                   static_cast<std::int64_t>(metrics.store.workers()));
  exposition.gauge("parley_backend_database_workers_busy", "Workers that have a job.", database.busy.value());
  exposition.gauge("parley_backend_database_queue_length", "Jobs that wait for a worker.",
                   static_cast<std::int64_t>(metrics.store.requests_waiting()));
  exposition.gauge("parley_backend_messages_waiting", "Messages that wait for a group commit.",
                   static_cast<std::int64_t>(metrics.store.messages_waiting()));
  exposition.histogram("parley_backend_database_queue_wait_seconds", "How long jobs waited for a worker.",
                       database.queue_wait.value());
  exposition.histogram("parley_backend_database_job_duration_seconds", "How long workers had jobs.",
                       database.jobs.value());
  exposition.histogram("parley_backend_group_commit_messages", "Messages in one transaction.",
                       database.batch_messages.value());
  exposition.histogram("parley_backend_group_commit_duration_seconds",
                       "From such a transaction's first statement to its commit.", database.batch_duration.value());
  exposition.family(Type::kCounter, "parley_backend_database_failures_total",
                    "Pieces of work that failed in the database, by kind.");
  for (std::size_t index = 0; index < kFailureKindNames.size(); ++index) {
    exposition.sample(database.failures[index].value(), {{"kind", kFailureKindNames[index]}});
  }
  exposition.counter("parley_backend_database_connections_made_total", "Connections of workers that were made.",
                     database.connections_made.value());
  exposition.counter("parley_backend_database_connections_lost_total",
                     "Connections of workers that were lost or could not be made.", database.connections_lost.value());
}

}  // namespace

void expose_backend(Exposition& exposition, const BackendMetrics& metrics) {
  expose_requests(exposition, metrics);
  expose_hub(exposition, metrics);
  expose_database(exposition, metrics);
}

}  // namespace parley::backend
