# Configuring and building: the servers (and the tests) in build/release, the page in build/site. Sourced.
# shellcheck shell=bash

# The tests of these commands name what is built already: PARLEY_BUILD, PARLEY_SITE. Then `up` builds nothing.
release_dir=${PARLEY_BUILD:-$repository/build/release}
site_dir=${PARLEY_SITE:-$repository/build/site}
build_preset=release
backend_program=$release_dir/backend/chat-backend
gateway_program=$release_dir/gateway/chat-gateway
publish_program=$release_dir/gateway/chat-publish

# timed NAME COMMAND…: names a long step, shows its output, and tells how long it took.
timed() {
  local name=$1 began status=0
  shift
  step "$name"
  began=$(now_ms)
  "$@" </dev/null >&2 || status=$?
  if ((status != 0)); then
    die "$name: failed after $(seconds_since "$began") s" "The reason stands in the lines above."
  fi
  note "$name: $(seconds_since "$began") s"
}

seconds_since() {
  local ms=$(($(now_ms) - $1))
  printf '%d.%d' $((ms / 1000)) $((ms % 1000 / 100))
}

# use_preset NAME: what is built and tested from now on is that configuration (CMakePresets.json), in build/NAME.
use_preset() {
  build_preset=$1
  release_dir=$repository/build/$1
}

# As many compilers at a time as there are cores, and as the memory holds (about 1.2 GB each).
build_jobs() {
  local cores memory_kb jobs
  cores=$(nproc)
  memory_kb=$(awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo)
  jobs=$((memory_kb / 1200000))
  ((jobs > cores)) && jobs=$cores
  printf '%s' $((jobs > 1 ? jobs : 1))
}

# configure ON|OFF: with or without the tests. Tests that are configured stay so: the servers' objects are the same.
configure() {
  local cache=$release_dir/CMakeCache.txt
  if [[ -e $release_dir/build.ninja ]] && grep -qE "^PARLEY_TESTS:BOOL=(ON|$1)\$" "$cache"; then return 0; fi
  (cd "$repository" && timed "Configuring the servers" cmake --preset "$build_preset" "-DPARLEY_TESTS=$1" --log-level=WARNING)
}

# run_ninja NAME TARGET…: NAME is for the reader. One at a time in the build folder, whoever calls.
run_ninja() {
  local name=$1
  shift
  export NINJA_STATUS='    [%f/%t, %e s] '
  exec 6>"$release_dir/.dev.lock"
  if ! flock --nonblock 6; then
    note "Another ./dev builds in $(shown_path "$release_dir"): waiting for it."
    flock 6
  fi
  timed "$name" ninja -C "$release_dir" -j "$(build_jobs)" "$@"
  exec 6>&-
}

build_servers() {
  configure OFF
  run_ninja "Building the servers" chat-backend chat-gateway chat-publish
}

# What the programs and the page are made of, for who must know of a vulnerability in it or of a licence.
build_sbom() {
  local version
  version=$(sed -nE 's/^project\(parley VERSION ([0-9.]+) .*/\1/p' "$repository/CMakeLists.txt")
  node "$repository/tools/dev/make_sbom.mjs" "$version" "$repository/build/sbom.cdx.json" \
    "$backend_program" "$gateway_program" "$publish_program" >/dev/null
}

build_site() {
  if site_is_current; then return 0; fi
  timed "Building the page" "$repository/web/build-site"
  touch -- "$repository/build/site.stamp"
}

# The page's build takes seconds to find out that nothing is to be done: this is the quick look at the files' times.
site_is_current() {
  local stamp=$repository/build/site.stamp
  [[ -e $stamp && -e $site_dir/index.html ]] || return 1
  local newer
  newer=$(cd "$repository" && find web static proto common CMakeLists.txt CMakePresets.json -newer "$stamp" -print -quit)
  [[ -z $newer ]]
}

build_tests() {
  configure ON
  run_ninja "Building the servers and the tests" all
}
