# The fault runs: a system of processes under load, struck again and again, and its history checked. Sourced.
# shellcheck shell=bash

# run_faults OPTION…: --seed, --minutes and --broker (postgres, nats, or both in turn); all other options, --name=value,
# are chat-faults's own.
run_faults() {
  local seed=1 minutes=2 broker=both failed=0
  local -a options=() brokers
  while (($# > 0)); do
    local name=${1%%=*} value=${1#*=}
    if [[ $1 != *=* ]]; then
      (($# > 1)) || die "$1 is no option, or misses its value" "build/release/tests/faults/chat-faults --help lists them."
      value=$2
      shift
    fi
    shift
    case $name in
      --seed) seed=$value ;;
      --minutes) minutes=$value ;;
      --broker) broker=$value ;;
      --backend | --gateway | --folder) die "$name is chosen by this command" ;;
      *) options+=("$name=$value") ;;
    esac
  done
  case $broker in
    both) brokers=(postgres nats) ;;
    postgres | nats) brokers=("$broker") ;;
    *) die "there is no broker $broker" "It is postgres, nats, or both." ;;
  esac

  install_packages build test
  configure ON
  run_ninja "Building the servers and the fault runs" chat-faults chat-backend-chaos chat-gateway
  for broker in "${brokers[@]}"; do
    step "$minutes minutes of faults, broker $broker, seed $seed"
    "$repository/tests/faults/in_folder" "$release_dir/tests/faults/chat-faults" \
      --backend="$release_dir/tests/faults/chaos_backend/chat-backend-chaos" --gateway="$gateway_program" \
      --seed="$seed" --minutes="$minutes" --broker="$broker" --disk-mb=2048 --clocks=yes --chaos=yes "${options[@]}" ||
      failed=1
  done
  return $failed
}
