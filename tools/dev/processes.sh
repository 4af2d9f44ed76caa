# Processes, ports and files of a running system. A pid file holds the pid and the process's start time, so that another
# process that got the same pid later is not taken for ours. Sourced.
# shellcheck shell=bash

# process_start_time PID: in clock ticks since boot; nothing for a process that is gone or waits to be reaped.
process_start_time() {
  local fields
  read -r fields 2>/dev/null <"/proc/$1/stat" || return 0
  fields=${fields##*) }
  # shellcheck disable=SC2086
  set -- $fields
  case $1 in Z | X) return 0 ;; esac
  printf '%s' "${20}"
}

# write_pid_file FILE PID
write_pid_file() {
  printf '%s %s\n' "$2" "$(process_start_time "$2")" >"$1.new"
  mv -f -- "$1.new" "$1"
}

# live_pid FILE: prints the pid if that very process runs; else removes a stale file and fails.
live_pid() {
  local pid started
  read -r pid started 2>/dev/null <"$1" || return 1
  if [[ -n $started && $(process_start_time "$pid") == "$started" ]]; then
    printf '%s' "$pid"
    return 0
  fi
  rm -f -- "$1"
  return 1
}

# end_process NAME PID LIMIT_S: SIGTERM, and SIGKILL when that has not ended it in time. Reports.
end_process() {
  local name=$1 pid=$2 limit_s=$3 began started
  began=$(now_ms)
  started=$(process_start_time "$pid")
  [[ -n $started ]] || return 0
  kill -TERM "$pid" 2>/dev/null || return 0
  while [[ $(process_start_time "$pid") == "$started" ]]; do
    if (($(now_ms) - began > limit_s * 1000)); then
      kill -KILL "$pid" 2>/dev/null || true
      say "$name: did not stop in $limit_s s and was killed"
      return 0
    fi
    sleep 0.05
  done
  say "$name: stopped after $(seconds_since "$began") s"
}

# port_is_taken PORT: whether anything listens on it.
port_is_taken() {
  [[ -n $(listening_inodes "$1") ]]
}

listening_inodes() {
  local hex
  printf -v hex ':%04X' "$1"
  cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v port="$hex" '$4 == "0A" && $2 ~ port "$" { print $10 }'
}

# port_holder PORT: `name (pid N)`, as far as this user may know it.
port_holder() {
  local inode file pid
  for inode in $(listening_inodes "$1"); do
    file=$(find /proc/[0-9]*/fd -lname "socket:\[$inode\]" -print -quit 2>/dev/null) || true
    [[ -n $file ]] || continue
    pid=${file#/proc/} pid=${pid%%/*}
    printf '%s (pid %s)' "$(<"/proc/$pid/comm")" "$pid"
    return 0
  done
}

# require_free_port PORT OPTION WHAT
require_free_port() {
  [[ $1 == 0 ]] && return 0
  port_is_taken "$1" || return 0
  local holder
  holder=$(port_holder "$1")
  die "port $1, meant for the $3, is in use${holder:+ by $holder}" "Choose another one with $2 PORT (0 for any), or end that program."
}

# http_status PORT PATH: the status of GET on this machine; nothing when there is no answer within 3 s.
http_status() {
  local line=''
  (
    exec 3<>"/dev/tcp/127.0.0.1/$1" || exit 0
    printf 'GET %s HTTP/1.1\r\nHost: localhost:%s\r\nConnection: close\r\n\r\n' "$2" "$1" >&3
    read -r -t 3 -u 3 line || exit 0
    line=${line#HTTP/* }
    printf '%s' "${line%% *}"
  ) 2>/dev/null
}
