# How the commands speak: short lines on standard error, colour only on a terminal. Sourced.
# A function that a trap may reach says `return 0`: a bare `return` there would repeat the status before the trap.
# shellcheck shell=bash

if [[ -t 2 && -z ${NO_COLOR:-} ]]; then
  bold=$'\e[1m' red=$'\e[31m' yellow=$'\e[33m' plain=$'\e[0m'
else
  bold='' red='' yellow='' plain=''
fi

say() { printf '%s\n' "$*" >&2; }
step() { printf '%s==>%s %s\n' "$bold" "$plain" "$*" >&2; }
note() { printf '    %s\n' "$*" >&2; }
warn() { printf '%swarning:%s %s\n' "$yellow" "$plain" "$*" >&2; }

# die SENTENCE [HINT…]: what is wrong, then what to do about it, a line each; ends with status 1.
die() {
  printf '%serror:%s %s\n' "$red" "$plain" "$1" >&2
  shift
  local hint
  for hint in "$@"; do printf '       %s\n' "$hint" >&2; done
  exit 1
}

# The monotonic clock, in milliseconds.
now_ms() {
  local uptime
  read -r uptime _ </proc/uptime
  printf '%s' "$((10#${uptime/./} * 10))"
}

# shown_path PATH: relative to the repository where it lies inside.
shown_path() {
  case $1 in
    "${repository:-/nonexistent}"/*) printf '%s' "${1#"$repository"/}" ;;
    *) printf '%s' "$1" ;;
  esac
}
