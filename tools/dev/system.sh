# up, down and status: one system below one state folder. `up` leaves the work to a supervisor (tools/dev/supervisor),
# which starts PostgreSQL, backend and gateway, restarts what dies, and drains them when it is told to end. Sourced.
# shellcheck shell=bash

readonly ready_limit_s=90
readonly drain_limit_s=12

# open_state DIR: the paths of a system's files, DIR made absolute.
open_state() {
  mkdir -p -- "$1/run" "$1/log" 2>/dev/null || die "the state folder $1 cannot be made" "Choose another one with --state DIR."
  state=$(cd -- "$1" && pwd -P)
  run_dir=$state/run log_dir=$state/log
}

gateway_address() {
  local port
  if port=$(cat "$run_dir/gateway.tls_port" 2>/dev/null); then
    printf 'https://localhost:%s/' "$port"
  else
    port=$(cat "$run_dir/gateway.port" 2>/dev/null) && printf 'http://localhost:%s/' "$port"
  fi
}

backend_address() {
  local port
  port=$(cat "$run_dir/backend.port" 2>/dev/null) && printf '127.0.0.1:%s' "$port"
}

# system_up STATE PORT GRPC_PORT foreground|detach [TLS_PORT]: without TLS_PORT, no TLS.
system_up() {
  open_state "$1"
  local port=$2 grpc_port=$3 mode=$4 tls_port=${5:-}
  if live_pid "$run_dir/supervisor.pid" >/dev/null; then
    say "Parley is already up: $(gateway_address)"
    note "Stop it with ./dev down$(state_option), look at it with ./dev status$(state_option)."
    return 0
  fi
  drain_leftovers || true
  require_free_port "$port" --port gateway
  require_free_port "$grpc_port" --grpc-port backend
  if [[ -n $tls_port ]]; then
    require_free_port "$tls_port" --tls-port gateway
    install_packages tls
    local_certificate "$state/tls"
  fi
  if [[ -z ${PARLEY_BUILD:-} ]]; then
    install_packages build run
    build_servers
    build_site
  fi

  # No gateway runs that would have to follow. What was rolled back from stays so.
  publish_step publish --publish_settle_ms=0 --when_withdrawn=keep
  step "Starting PostgreSQL, backend and gateway"
  local began log=$log_dir/supervisor.log
  began=$(now_ms)
  rm -f -- "$run_dir/ready"
  : >"$log"
  setsid "$repository/tools/dev/supervisor" "$state" "$port" "$grpc_port" "$tls_port" </dev/null >>"$log" 2>&1 &
  local supervisor=$!
  # From here on an interrupted `up` takes the system down with it.
  trap 'system_down_now' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  wait_until_ready "$supervisor" "$log"
  note "ready after $(seconds_since "$began") s"
  say "${bold}Parley is up: $(gateway_address)${plain}"
  if [[ -n $tls_port ]]; then tell_trust "$state/tls"; fi
  if [[ $mode == detach ]]; then
    trap - EXIT HUP INT TERM
    note "gRPC at $(backend_address), logs in $(shown_path "$log_dir")"
    note "Stop it with ./dev down$(state_option), look at it with ./dev status$(state_option)."
    return 0
  fi
  note "gRPC at $(backend_address). Ctrl-C drains and stops everything. The logs follow."
  follow_logs "$log_dir" "$supervisor"
  trap - EXIT
  die "the system was stopped from outside" "See $(shown_path "$log"), or ./dev down from another terminal."
}

state_option() {
  [[ $state == "$repository/var" ]] || printf ' --state %q' "$(shown_path "$state")"
}

# wait_until_ready SUPERVISOR LOG
wait_until_ready() {
  local began told=0 waited
  began=$(now_ms)
  until [[ -e $run_dir/ready ]]; do
    if [[ -z $(process_start_time "$1") ]]; then
      trap - EXIT
      cat -- "$2" >&2
      exit 1
    fi
    waited=$((($(now_ms) - began) / 1000))
    if ((waited >= ready_limit_s)); then
      cat -- "$2" >&2
      die "the system was not ready in $ready_limit_s s" "See the logs in $(shown_path "$log_dir")."
    fi
    if ((waited >= told + 5)); then
      told=$waited
      note "waiting, $waited s: $(tail -n 1 -- "$2" 2>/dev/null)"
    fi
    sleep 0.05
  done
}

# The foreground's end, on Ctrl-C and the like: the supervisor drains and reports, and we pass its report on.
system_down_now() {
  trap '' HUP INT TERM
  trap - EXIT
  say ''
  if [[ -n ${follower_pid:-} ]]; then kill "$follower_pid" 2>/dev/null || true; fi
  stop_supervisor || true
}

# Ends the supervisor and shows what it says meanwhile. Fails when there is none.
stop_supervisor() {
  local pid log=$log_dir/supervisor.log seen
  pid=$(live_pid "$run_dir/supervisor.pid") || return 1
  step "Draining gateway, backend and PostgreSQL"
  seen=$(stat -c %s -- "$log")
  kill -TERM "$pid"
  while [[ -n $(process_start_time "$pid") ]]; do sleep 0.05; done
  tail -c "+$((seen + 1))" -- "$log" | sed -E 's/^[0-9]{2}:[0-9]{2}:[0-9]{2} /    /' >&2
}

system_down() {
  if [[ ! -d $1/run ]]; then
    say "Nothing runs: there is no system in $1."
    return 0
  fi
  open_state "$1"
  if stop_supervisor; then
    say "Parley is down."
  elif drain_leftovers; then
    say "Parley is down."
  else
    say "Nothing runs."
  fi
}

# What a killed supervisor has left running, drained in order. Fails when there was nothing.
drain_leftovers() {
  local part pid found=1
  for part in gateway backend; do
    if pid=$(live_pid "$run_dir/$part.pid"); then
      found=0
      note "A $part without a supervisor is still there."
      end_process "$part" "$pid" "$drain_limit_s"
      rm -f -- "$run_dir/$part.pid"
    fi
  done
  if [[ -e $state/postgres/postmaster.pid ]]; then
    cluster_stop "$state"
    found=0
  fi
  rm -f -- "$run_dir/ready" "$run_dir/gateway.port" "$run_dir/gateway.tls_port" "$run_dir/backend.port"
  return $found
}

# Prints each part's state; succeeds only when all run and the gateway is ready.
system_status() {
  local part pid address failed=0
  if [[ ! -d $1/run ]]; then
    say "Nothing runs: there is no system in $1."
    return 1
  fi
  open_state "$1"
  for part in supervisor postgres backend gateway; do
    pid='' address=''
    case $part in
      postgres)
        if [[ -e $run_dir/external_database ]]; then
          printf '%-11s %-12s %-10s %s\n' postgres external '' 'named by DATABASE_URL'
          continue
        fi
        cluster_paths "$state"
        if cluster_is_running; then pid=$(head -n 1 "$data_dir/postmaster.pid") address=$(shown_path "$socket_dir"); fi
        ;;
      backend) pid=$(live_pid "$run_dir/backend.pid") && address=$(backend_address) ;;
      gateway) pid=$(live_pid "$run_dir/gateway.pid") && address=$(gateway_address) ;;
      *) pid=$(live_pid "$run_dir/supervisor.pid") ;;
    esac || true
    if [[ -n $pid ]]; then
      printf '%-11s %-12s pid %-7s %s\n' "$part" running "$pid" "$address"
    else
      printf '%-11s %s\n' "$part" 'not running'
      failed=1
    fi
  done
  if ((failed == 0)) && [[ $(http_status "$(<"$run_dir/gateway.port")" /readyz) != 200 ]]; then
    printf 'The gateway is not ready: it reaches no backend, or the backend reaches no database.\n'
    failed=1
  fi
  return $failed
}
