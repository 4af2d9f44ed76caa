# A private PostgreSQL cluster below a state folder: DIR/postgres (data), DIR/run/postgres (socket), DIR/log/postgres.log.
# It listens on a Unix socket in a folder of mode 700 and on nothing else, so that no password is needed. Sourced, after
# output.sh, processes.sh and postgres_user.sh.
# shellcheck shell=bash

# Only the suffix of the socket's name; tests have it listen on TCP too.
readonly postgres_port=${PARLEY_TEST_TLS_PORT:-${PARLEY_TEST_TCP_PORT:-5432}}
readonly socket_path_bytes_max=107 # sun_path of unix(7)
readonly free_disk_mib_min=300

# cluster_paths DIR: sets the variables that the other functions use. DIR is absolute and exists.
cluster_paths() {
  state_dir=$1
  data_dir=$state_dir/postgres
  postgres_log=$state_dir/log/postgres.log
  socket_dir=$state_dir/run/postgres
  # A folder elsewhere, when the path would be too long for a socket, is remembered in a link.
  if [[ -L $socket_dir ]]; then socket_dir=$(readlink -- "$socket_dir"); fi
}

# find_postgres: sets postgres_bin to the programs that can open the data folder, or to the newest for a new one.
find_postgres() {
  local version='' found
  if [[ -s $data_dir/PG_VERSION ]]; then
    version=$(<"$data_dir/PG_VERSION")
    postgres_bin=/usr/lib/postgresql/$version/bin
    [[ -x $postgres_bin/postgres ]] && return 0
    found=$(newest_postgres) || found=''
    die "the database in $(shown_path "$data_dir") was made by PostgreSQL $version, and this machine has PostgreSQL ${found:-none}" \
      "Either install postgresql-$version," \
      "or move the data over (pg_dump with the old version, or pg_upgrade)," \
      "or begin with an empty database in another folder: --state DIR."
  fi
  found=$(newest_postgres) || die "PostgreSQL is not installed" "Install the package postgresql-15."
  postgres_bin=/usr/lib/postgresql/$found/bin
}

newest_postgres() {
  local program newest=0 version
  for program in /usr/lib/postgresql/*/bin/postgres; do
    [[ -x $program ]] || continue
    version=${program#/usr/lib/postgresql/} version=${version%%/*}
    if [[ $version =~ ^[0-9]+$ ]] && ((version > newest)); then newest=$version; fi
  done
  ((newest > 0)) && printf '%s' "$newest"
}

# cluster_start DIR [SETTING…]: makes the cluster if there is none, starts it unless it runs, and sets database_url.
# A SETTING is a line of postgresql.conf.
cluster_start() {
  cluster_paths "$1"
  shift
  mkdir -p -- "$state_dir/log" "$state_dir/run"
  check_free_disk
  choose_cluster_user "$data_dir"
  find_cluster_capability "$state_dir"
  find_postgres
  cluster_initdb
  if ! cluster_is_running; then
    rm -f -- "$data_dir/postmaster.pid" "$state_dir/run/postgres/.s.PGSQL.$postgres_port.lock"
    make_socket_dir
    write_postgres_settings "$@"
    give_to_cluster_user "$postgres_log"
    if ! as_cluster_user "$postgres_bin/pg_ctl" start --silent --wait --timeout=60 -D "$data_dir" -l "$postgres_log" >/dev/null 2>&1 </dev/null; then
      say "The end of $(shown_path "$postgres_log"):"
      tail -n 15 -- "$postgres_log" >&2 || true
      die "PostgreSQL did not start" "The reason stands in the lines above."
    fi
  fi
  cluster_url
  cluster_make_database
}

check_free_disk() {
  local free_mib
  free_mib=$(df --output=avail -BM -- "$state_dir" | tail -n 1)
  free_mib=${free_mib//[^0-9]/}
  ((free_mib >= free_disk_mib_min)) || die "only $free_mib MiB are free where $(shown_path "$state_dir") lies" \
    "PostgreSQL needs at least $free_disk_mib_min MiB. Free some, or choose a folder on another disk with --state."
}

give_to_cluster_user() {
  touch -- "$1"
  if ((EUID == 0)); then chown -- "$cluster_uid:$cluster_gid" "$1"; fi
}

# A failed initdb leaves no half-made data folder behind: it works beside it and is renamed when it is whole.
cluster_initdb() {
  [[ -e $data_dir ]] && return 0
  local unfinished=$data_dir.new
  rm -rf -- "$unfinished"
  mkdir -m 700 -- "$unfinished"
  if ((EUID == 0)); then chown -- "$cluster_uid:$cluster_gid" "$unfinished"; fi
  local -a options=(--username=parley --encoding=UTF8 --locale=C.UTF-8 --data-checksums --auth-local=trust --auth-host=reject)
  [[ ${PARLEY_TEST_FSYNC:-} == off ]] && options+=(--no-sync)
  local complaint
  if ! complaint=$(as_cluster_user "$postgres_bin/initdb" "${options[@]}" -D "$unfinished" 2>&1 </dev/null); then
    say "$complaint"
    rm -rf -- "$unfinished"
    die "the database cluster in $(shown_path "$data_dir") could not be made" "The reason stands in the lines above."
  fi
  as_cluster_user bash -c 'printf "\ninclude_if_exists = '\''parley.conf'\''\n" >>"$1/postgresql.conf"' bash "$unfinished"
  mv -T -- "$unfinished" "$data_dir"
}

# A Unix socket's path is short, and a comma separates hosts for libpq: then the socket gets a folder elsewhere.
make_socket_dir() {
  local named=$state_dir/run/postgres path
  path=$named/.s.PGSQL.$postgres_port
  if (($(printf '%s' "$path" | wc -c) <= socket_path_bytes_max)) && [[ $path != *,* ]]; then
    [[ -L $named ]] && rm -- "$named"
    socket_dir=$named
    mkdir -p -- "$socket_dir"
  elif [[ ! -L $named || ! -d $socket_dir ]]; then
    socket_dir=$(mktemp -d "${XDG_RUNTIME_DIR:-/tmp}/parley-XXXXXXXX")
    ln -sfnT -- "$socket_dir" "$named"
  fi
  chmod 700 -- "$socket_dir"
  if ((EUID == 0)); then chown -- "$cluster_uid:$cluster_gid" "$socket_dir"; fi
}

# Written anew at each start: the state folder may have been moved.
write_postgres_settings() {
  local folder=${socket_dir//\"/\"\"} setting
  folder=${folder//\'/\'\'}
  {
    printf "listen_addresses = ''\nport = %s\nunix_socket_directories = '\"%s\"'\nunix_socket_permissions = 0700\n" \
      "$postgres_port" "$folder"
    printf "cluster_name = 'parley'\nlogging_collector = off\nlog_timezone = 'UTC'\ntimezone = 'UTC'\n"
    for setting in "$@"; do printf '%s\n' "$setting"; done
  } | as_cluster_user bash -c 'cat >"$1/parley.conf"' bash "$data_dir"
}

# By the postmaster's own pid file, but a zombie, which pg_ctl and the postmaster take for alive, does not count.
cluster_is_running() {
  local postmaster
  read -r postmaster 2>/dev/null <"$data_dir/postmaster.pid" || return 1
  [[ -n $(process_start_time "$postmaster") && $(<"/proc/$postmaster/comm") == postgres ]]
}

# Sets database_url: a libpq URL, the socket folder percent-encoded.
cluster_url() {
  local folder=$socket_dir encoded='' character index
  local LC_ALL=C
  for ((index = 0; index < ${#folder}; index++)); do
    character=${folder:index:1}
    case $character in
      [A-Za-z0-9/._~-]) encoded+=$character ;;
      *) printf -v character '%%%02X' "'$character" && encoded+=%${character: -2} ;;
    esac
  done
  database_url="postgresql://parley@/parley?host=$encoded&port=$postgres_port"
}

# The database is made once, after initdb; CREATE DATABASE has no IF NOT EXISTS.
cluster_make_database() {
  local maintenance=${database_url/@\/parley\?/@\/postgres\?} exists
  exists=$("$postgres_bin/psql" -XAtq -d "$maintenance" -c "select 1 from pg_database where datname = 'parley'" </dev/null)
  [[ $exists == 1 ]] || "$postgres_bin/psql" -Xq -d "$maintenance" -c 'create database parley' </dev/null
}

# cluster_open DIR: for the commands on an existing cluster; fails (status 1) when there is none.
cluster_open() {
  cluster_paths "$1"
  [[ -d $data_dir ]] || return 1
  choose_cluster_user "$data_dir"
  find_cluster_capability "$state_dir"
  find_postgres
}

# cluster_stop DIR [fast|immediate]: ends it if it runs. `immediate` is a crash that PostgreSQL recovers from.
cluster_stop() {
  cluster_open "$1" || return 0
  if cluster_is_running; then
    as_cluster_user "$postgres_bin/pg_ctl" stop --silent --wait --timeout=60 --mode="${2:-fast}" -D "$data_dir" >/dev/null 2>&1 </dev/null ||
      die "PostgreSQL did not stop in 60 s" "See $(shown_path "$postgres_log")."
  fi
  remove_socket_dir
}

# A socket folder elsewhere goes with the cluster.
remove_socket_dir() {
  [[ -L $state_dir/run/postgres ]] || return 0
  rm -rf -- "$socket_dir"
  rm -f -- "$state_dir/run/postgres"
}

# cluster_kill DIR: SIGKILL for the postmaster and all its children, and waits until they are gone.
cluster_kill() {
  cluster_open "$1" || return 0
  local postmaster process
  cluster_is_running || return 0
  read -r postmaster <"$data_dir/postmaster.pid"
  local -a processes
  read -r -a processes < <(printf "%s %s\n" "$postmaster" "$(cat "/proc/$postmaster/task/$postmaster/children" 2>/dev/null)")
  kill -KILL "${processes[@]}" 2>/dev/null || true
  for process in "${processes[@]}"; do
    while [[ -n $(process_start_time "$process") ]]; do sleep 0.02; done
  done
  remove_socket_dir
}
