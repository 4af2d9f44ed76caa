# Publishing the page: releases below a state folder, which that system's gateway notices by itself. Sourced.
# shellcheck shell=bash

# run_publish ARGUMENTS…: of ./dev publish.
run_publish() {
  local wanted=$repository/var action=publish
  local -a options=()
  while (($# > 0)); do
    case $1 in
      --state=*) wanted=${1#*=} ;;
      --state)
        (($# > 1)) || die "--state misses its value" "./dev alone lists the options."
        wanted=$2
        shift
        ;;
      --rollback) action=rollback ;;
      --list) action=list ;;
      --unless-withdrawn) options=(--when_withdrawn=keep) ;;
      *) die "there is no option $1" "./dev alone lists the options." ;;
    esac
    shift
  done
  open_state "${wanted:?"--state needs a folder"}"
  if [[ -z ${PARLEY_BUILD:-} ]]; then
    install_packages build
    build_servers
    [[ $action != publish ]] || build_site
  fi
  case $action in
    list) "$publish_program" list "--releases_dir=$state/releases" ;;
    rollback) publish_step rollback && say "Rolled back to the release $release." ;;
    publish) publish_step publish "${options[@]}" && say "Published the release $release." ;;
  esac
}

# publish_step publish|rollback [OPTION…]: below $state; leaves the release's id in `release`.
publish_step() {
  local action=$1
  shift
  local -a options=("--releases_dir=$state/releases" "$@")
  [[ $action != publish ]] || options+=("--site_dir=$site_dir")
  release=$("$publish_program" "$action" "${options[@]}") || die "the release that was served stays" "The reason stands above."
}
