# The benchmark: tests/bench has the load generator and what runs it. Sourced.
# shellcheck shell=bash

# run_bench ARGUMENT…: see tests/bench/run.mjs.
run_bench() {
  if [[ " $* " == *' --help '* ]]; then
    node "$repository/tests/bench/run.mjs" --help
    return 0
  fi
  local -a sets=(build bench)
  if [[ " $* " =~ [\ =,](ejabberd|ejabberd-archive|all)[\ ,] ]]; then sets+=(ejabberd); fi # of --peers
  install_packages "${sets[@]}"
  configure ON
  # A build folder that was configured before the library came looks for it again.
  grep -q '^benchmark_DIR:PATH=.*NOTFOUND' "$release_dir/CMakeCache.txt" && cmake "$release_dir" >/dev/null
  run_ninja "Building the servers and the benchmark" chat-bench chat-bench-micro chat-backend chat-gateway
  node "$repository/tests/bench/run.mjs" "$@"
}
