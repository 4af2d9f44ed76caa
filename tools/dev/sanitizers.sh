# The tests with sanitizers: build/asan (AddressSanitizer and UndefinedBehaviorSanitizer) and build/tsan. Sourced.
# shellcheck shell=bash

# run_sanitized_tests SANITIZER PART FILTER: PART is unit, postgres or system, or empty for all three. The summaries come
# last.
run_sanitized_tests() {
  local sanitizer=$1 failed=0 ctest_summary='' summaries='' part
  local -a parts=(unit postgres system) targets=()
  case $sanitizer in
    asan | tsan) ;;
    *) die "there is no sanitizer $sanitizer" "They are asan (with UndefinedBehaviorSanitizer) and tsan." ;;
  esac
  case $2 in
    '') ;;
    unit | postgres | system) parts=("$2") ;;
    *) die "the part $2 has no tests with sanitizers" "The parts are unit, postgres and system." ;;
  esac
  install_packages build test
  use_preset "$sanitizer"
  configure ON
  for part in "${parts[@]}"; do
    case $part in
      unit) targets+=(tests/unit/all tests/fuzz/all) ;;
      postgres) targets+=(postgres_tests) ;;
      system)
        targets+=(chat-backend chat-gateway chat-publish echo_server)
        install_npm_packages
        build_site
        ;;
    esac
  done
  run_ninja "Building the tests with $sanitizer" "${targets[@]}"
  for part in "${parts[@]}"; do
    run_ctest "$part" "$3" || failed=1
    summaries+=$(printf '\n%s tests with %s:\n%s' "$part" "$sanitizer" "$ctest_summary")$'\n'
  done
  printf '%s' "$summaries"
  return $failed
}
