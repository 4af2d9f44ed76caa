# The fuzz targets: tests/fuzz, built with libFuzzer in build/fuzz. Sourced.
# shellcheck shell=bash

build_fuzz_targets() {
  install_packages build test fuzz
  configure ON
  run_ninja "Building the fuzz targets" fuzz_targets
}

# run_fuzz_tests FILTER: every target searches for PARLEY_FUZZ_SECONDS (20), two at a time, with the same seed each time:
# what one run passes the next one passes; `./dev fuzz` searches by chance. Leaves the summary's lines in fuzz_summary.
run_fuzz_tests() {
  local status=0 release_dir=$release_dir build_preset=$build_preset ctest_summary=''
  use_preset fuzz
  build_fuzz_targets
  export PARLEY_FUZZ_SEED=${PARLEY_FUZZ_SEED:-1}
  run_ctest fuzz "$1" || status=$?
  # Read by run_tests.
  # shellcheck disable=SC2034
  fuzz_summary=$ctest_summary
  return $status
}

fuzz_target_names() {
  find "$repository/tests/fuzz/corpus" -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | sort
}

# run_fuzz OPTION…: --minutes for each target (1), and the name of one target; without a name all, two at a time. What
# leads further is kept in build/fuzz/found and used again the next time.
run_fuzz() {
  local minutes=1 target=''
  while (($# > 0)); do
    case $1 in
      --minutes=*) minutes=${1#*=} ;;
      --minutes)
        (($# > 1)) || die "--minutes misses its value"
        minutes=$2
        shift
        ;;
      -*) die "there is no option $1" "./dev alone lists the commands." ;;
      *) target=$1 ;;
    esac
    shift
  done
  [[ $minutes =~ ^[0-9]{1,4}$ ]] || die "--minutes must be a whole number, not \"$minutes\""
  local -a names=()
  mapfile -t names < <(fuzz_target_names)
  if [[ -n $target ]]; then
    [[ " ${names[*]} " == *" $target "* ]] || die "there is no fuzz target $target" "They are: ${names[*]}."
    names=("$target")
  fi
  use_preset fuzz
  build_fuzz_targets
  step "Searching, $minutes min each, two at a time: ${names[*]}"
  export PARLEY_FUZZ_SECONDS=$((minutes * 60))
  # shellcheck disable=SC2016 # for the inner shell
  printf '%s\n' "${names[@]}" | xargs -P 2 -I '{}' bash -c \
    'echo "==> {}" && "$1/tests/fuzz/search" "$2/tests/fuzz/fuzz_{}" {} "$2/found/{}" || { echo "{} is broken"; exit 1; }' \
    bash "$repository" "$release_dir"
}
