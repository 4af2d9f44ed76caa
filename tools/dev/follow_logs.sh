# Following the logs of a running system in a form for people. Sourced.
# shellcheck shell=bash

# follow_logs LOG_DIR SUPERVISOR: what is written from now on, until the supervisor ends. Sets follower_pid.
follow_logs() {
  tail --quiet --lines=0 --follow=name --retry --sleep-interval=0.2 --pid="$2" \
    "$1/supervisor.log" "$1/backend.log" "$1/gateway.log" "$1/postgres.log" 2>/dev/null > >(readable_logs) &
  follower_pid=$!
  wait "$follower_pid" || true # a signal for us ends the wait at once
}

# The servers write JSON objects that begin with time, level, component and event; those become words, the rest follows
# as it is. Other lines pass unchanged.
readable_logs() {
  trap '' INT
  sed -u -E 's/^\{"time":"[^T"]*T([0-9:]{8})[^"]*","level":"([^"]*)","component":"([^"]*)","event":"([^"]*)",?(.*)\}$/\1 \3 \2 \4  \5/'
}
