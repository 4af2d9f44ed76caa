# The tests: building them, running them, and the summaries at the end. Sourced.
# shellcheck shell=bash

# npm's packages of tests/, as package-lock.json fixes them; nothing to do while that file is the same.
install_npm_packages() {
  local stamp=$repository/tests/node_modules/.parley-lock
  if cmp -s -- "$repository/tests/package-lock.json" "$stamp"; then return 0; fi
  timed "Installing the tests' npm packages" npm ci --prefix "$repository/tests" --no-audit --no-fund --loglevel=error
  cp -- "$repository/tests/package-lock.json" "$stamp"
}

lint_proto() {
  install_npm_packages
  timed "Checking the API with buf" check_api "$repository/proto"
}

# run_ctest LABEL FILTER: both may be empty. Leaves the summary's lines in ctest_summary.
run_ctest() {
  # A preset's environment has the sanitizers' options.
  local -a options=(--output-on-failure --parallel 2 --no-tests=error)
  if [[ $build_preset == release ]]; then options+=(--test-dir "$release_dir"); else options+=(--preset "$build_preset"); fi
  if [[ -n $1 ]]; then options+=(--label-regex "^$1\$"); fi
  if [[ -n $2 ]]; then options+=(--tests-regex "$2"); fi
  local status=0 output=$repository/build/ctest.txt
  step "Running the tests${1:+ labelled $1}${2:+ named like $2}"
  (cd "$repository" && ctest "${options[@]}") </dev/null 2>&1 | tee "$output" >&2 || status=$?
  ctest_summary=$(sed -n '/tests passed, /,$p' "$output")
  return $status
}

# run_browser_tests FILTER: leaves the summary's lines in browser_summary.
run_browser_tests() {
  local -a options=()
  if [[ -n $1 ]]; then options+=("--test-name-pattern=$1"); fi
  local status=0 output=$repository/build/browser.txt
  step "Running the browser tests${1:+ named like $1}"
  "$repository/tests/browser/run" "${options[@]}" </dev/null 2>&1 | tee "$output" >&2 || status=$?
  browser_summary=$(grep -E '^(ℹ|#) (tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) ' "$output") || true
  return $status
}

# run_tests PART FILTER: PART is empty for everything. The summaries come last.
run_tests() {
  local part=$1 filter=$2 failed=0 ctest_summary='' browser_summary='' fuzz_summary=''
  case $part in
    '' | unit | postgres | system | faults | browser | fuzz) ;;
    *) die "there is no part $part of the tests" "The parts are unit, postgres, system, faults, browser and fuzz." ;;
  esac
  install_packages build test
  [[ -z $part || $part == system || $part == browser ]] && install_npm_packages
  [[ $part == fuzz ]] || build_tests
  [[ -z $part || $part == system || $part == browser ]] && build_site
  if [[ -z $part ]]; then
    lint_proto
    check_format
  fi
  [[ $part == browser || $part == fuzz ]] || run_ctest "$part" "$filter" || failed=1
  [[ -n $part && $part != browser ]] || run_browser_tests "$filter" || failed=1
  [[ -n $part && $part != fuzz ]] || run_fuzz_tests "$filter" || failed=1

  if [[ -n $fuzz_summary ]]; then printf '\nfuzz tests:\n%s\n' "$fuzz_summary"; fi
  if [[ -n $ctest_summary ]]; then printf '\nctest:\n%s\n' "$ctest_summary"; fi
  if [[ $part == '' || $part == browser ]]; then
    printf '\nbrowser tests:\n%s\n' "${browser_summary:-The runner ended without a summary.}"
  fi
  return $failed
}
