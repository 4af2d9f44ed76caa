# Debian's packages that the commands need, in sets, and their installation. Sourced.
# shellcheck shell=bash

readonly node_major_least=18

# package_set NAME…: the packages of the sets, one a line.
package_set() {
  local name
  for name in "$@"; do
    case $name in
      build) # the servers and the page
        printf '%s\n' cmake ninja-build ccache g++ pkg-config libgrpc++-dev libprotobuf-dev protobuf-compiler \
          protobuf-compiler-grpc libabsl-dev libpqxx-dev libnats-dev libboost1.81-dev libboost-json1.81-dev libssl-dev \
          libspdlog-dev libjemalloc-dev libutf8proc-dev zlib1g-dev emscripten dpkg-dev terser brotli
        node_is_there || printf 'nodejs\n'
        ;;
      tls) printf 'openssl\n' ;; # up --tls, and tests
      run) [[ -n ${DATABASE_URL:-} ]] || printf 'postgresql-15\n' ;;
      test)
        printf '%s\n' libgtest-dev libgmock-dev postgresql-15 nats-server prometheus libfaketime iproute2 openssl clang-format systemd \
          chromium fonts-noto-color-emoji fonts-noto-cjk fonts-dejavu-core
        command -v npm >/dev/null || printf 'npm\n'
        ;;
      bench)
        printf '%s\n' libgtest-dev libgmock-dev libbenchmark-dev postgresql-15 nats-server
        command -v npm >/dev/null || printf 'npm\n'
        ;;
      ejabberd) printf '%s\n' ejabberd erlang-p1-pgsql ;; # a peer of bench
      fuzz) printf '%s\n' clang-14 libclang-rt-14-dev llvm-14 ;;
      format) printf 'clang-format\n' ;;
      lint)
        printf '%s\n' clang-format clang-tidy shellcheck
        command -v npm >/dev/null || printf 'npm\n'
        ;;
      *) die "there is no package set $name" "The sets are build, run, tls, test, bench, ejabberd, fuzz, format and lint." ;;
    esac
  done
}

node_is_there() {
  local version
  version=$(node --version 2>/dev/null) || return 1
  version=${version#v}
  ((${version%%.*} >= node_major_least))
}

# install_packages SET…: installs what is missing of the sets; costs one look into dpkg's list when nothing is.
install_packages() {
  local -a wanted missing=()
  local -A installed=()
  local package state
  mapfile -t wanted < <(package_set "$@" | sort -u)
  command -v dpkg-query >/dev/null || die "this machine has no dpkg: the commands install their tools on Debian 12" \
    "On another system run docker compose up instead."
  while read -r package state; do
    [[ $state == installed ]] && installed[$package]=yes
  done < <(dpkg-query --show --showformat '${Package} ${db:Status-Status}\n' -- "${wanted[@]}" 2>/dev/null)
  for package in "${wanted[@]}"; do
    [[ -n ${installed[$package]:-} ]] || missing+=("$package")
  done
  ((${#missing[@]} == 0)) && return 0

  step "Installing ${#missing[@]} Debian packages with apt: ${missing[*]}"
  local -a as_root=()
  if ((EUID != 0)); then
    command -v sudo >/dev/null || die "these packages are missing, and installing them needs root: ${missing[*]}" \
      "Run this command as root, or let root run: apt-get install --no-install-recommends ${missing[*]}"
    note "sudo is used for apt only; it may ask for your password."
    as_root=(sudo)
  fi
  no_default_cluster "${as_root[@]}"
  [[ " ${missing[*]} " != *' nats-server '* ]] || no_service nats-server.service "${as_root[@]}"
  [[ " ${missing[*]} " != *' prometheus '* ]] || no_service prometheus.service "${as_root[@]}"
  if [[ " ${missing[*]} " == *' ejabberd '* ]]; then
    local unit
    for unit in ejabberd.service epmd.service epmd.socket; do no_service "$unit" "${as_root[@]}"; done
  fi
  apt_get "${as_root[@]}" -- update
  apt_get "${as_root[@]}" -- install --yes --no-install-recommends "${missing[@]}"
}

# apt_get [sudo] -- ARGUMENTS…: one apt-get that asks nothing and waits for another one's lock.
apt_get() {
  local -a as_root=()
  while [[ $1 != -- ]]; do as_root+=("$1") && shift; done
  shift
  local began
  began=$(now_ms)
  note "apt-get $1 …"
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a apt-get -qq -o DPkg::Lock::Timeout=600 \
    -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold \
    "$@" </dev/null >&2 ||
    die "apt-get $1 failed" "The reason stands in the lines above. Mend it and run the same command again."
  note "apt-get $1: $((($(now_ms) - began) / 1000)) s"
}

# Debian's package would make and start a cluster of its own: not wanted here, unless PostgreSQL is already set up.
no_default_cluster() {
  local settings=/etc/postgresql-common/createcluster.d/parley.conf
  [[ -e /etc/postgresql-common/createcluster.conf || -e $settings ]] && return 0
  "$@" mkdir -p "${settings%/*}"
  printf '%s\n' '# Written by Parley: its database is a cluster of its own.' 'create_main_cluster = false' | "$@" tee "$settings" >/dev/null
}

# no_service UNIT [sudo]: Debian's packages would start servers that listen on every address: tests and benchmarks start
# their own ones, on loopback, and of Prometheus they use promtool only. What is there already stays as it is.
no_service() {
  local unit=/etc/systemd/system/$1
  shift
  if [[ -e /lib/systemd/system/${unit##*/} || -e $unit || -L $unit ]]; then return 0; fi
  "$@" mkdir -p "${unit%/*}"
  "$@" ln -s /dev/null "$unit"
}
