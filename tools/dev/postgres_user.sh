# PostgreSQL refuses to run as root: which user runs the cluster, and how a command is run as that user. Sourced.
# shellcheck shell=bash

# choose_cluster_user DATA_DIR: sets cluster_uid and cluster_gid. The owner of an existing data folder; else, for root,
# the user `postgres` that the package makes, or a system user of our own; else whoever calls.
choose_cluster_user() {
  local data_dir=$1 name=postgres
  if [[ -e $data_dir ]]; then
    cluster_uid=$(stat -c %u -- "$data_dir") cluster_gid=$(stat -c %g -- "$data_dir")
    if ((EUID != 0 && cluster_uid != EUID)); then
      die "the database in $(shown_path "$data_dir") belongs to the user $(stat -c %U -- "$data_dir"), not to you" \
        "Run this command as that user or as root, or choose another folder with --state."
    fi
    ((cluster_uid != 0)) || die "the database folder $(shown_path "$data_dir") belongs to root, and PostgreSQL refuses to run as root" \
      "Give it to another user (chown -R postgres), or choose another folder with --state."
    return 0
  fi
  if ((EUID != 0)); then
    cluster_uid=$EUID cluster_gid=$(id -g)
    return 0
  fi
  if ! id -u postgres >/dev/null 2>&1; then
    name=parley-postgres
    id -u $name >/dev/null 2>&1 ||
      adduser --system --group --no-create-home --home /nonexistent --quiet $name >&2 ||
      die "PostgreSQL needs a user that is not root, and none could be made" "Run this command as another user than root."
  fi
  cluster_uid=$(id -u $name) cluster_gid=$(id -g $name)
}

# as_cluster_user COMMAND…: as that user. Where the folder of the state lies below one that the user may not enter (a
# clone in root's home), the command keeps the one capability that lets it pass: cluster_capability.
as_cluster_user() {
  if ((EUID != 0)); then
    (cd / && exec "$@")
    return 0
  fi
  local -a capability=()
  if [[ -n ${cluster_capability:-} ]]; then
    capability=("--inh-caps=+$cluster_capability" "--ambient-caps=+$cluster_capability")
  fi
  (cd / && exec setpriv --reuid "$cluster_uid" --regid "$cluster_gid" --clear-groups "${capability[@]}" -- "$@")
}

# find_cluster_capability FOLDER: sets cluster_capability to what the user needs to reach FOLDER: mostly nothing.
find_cluster_capability() {
  local folder=$1
  for cluster_capability in '' dac_read_search dac_override; do
    if as_cluster_user stat -- "$folder/." >/dev/null 2>&1; then return 0; fi
  done
  die "the user $(id -nu "$cluster_uid") that runs PostgreSQL cannot reach the folder $(shown_path "$folder")" \
    "Choose a folder below one that every user may enter, for example --state /var/lib/parley."
}
