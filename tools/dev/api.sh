# The API's description: lint, compatibility with the last release, and the record of a release. Sourced, after output.sh.
# shellcheck shell=bash

buf=$repository/tests/node_modules/@bufbuild/buf-linux-x64/bin/buf
api_releases=$repository/proto/releases

# last_api_release: the newest record by version; nothing when there is none.
last_api_release() {
  find "$api_releases" -name 'v*.binpb' 2>/dev/null | sort --version-sort | tail -n 1
}

# check_api FOLDER: the .proto files there follow the style, and programs built from the last release's still work with
# them: on the wire, in JSON and in their source code (buf's category FILE).
check_api() {
  "$buf" lint "$1" || return
  local release
  release=$(last_api_release)
  [[ -n $release ]] || die "there is no record of a release in $(shown_path "$api_releases")"
  "$buf" breaking "$1" --against "$release"
}

# record_api_release: writes the record for the version in CMakeLists.txt. The same files give the same bytes.
record_api_release() {
  local version record
  version=$(sed -nE 's/^project\(parley VERSION ([0-9.]+) .*/\1/p' "$repository/CMakeLists.txt")
  record=$api_releases/v$version.binpb
  [[ ! -e $record ]] || die "$(shown_path "$record") is there already" \
    "A released API is never recorded again: raise the version in CMakeLists.txt first."
  mkdir -p -- "$api_releases"
  "$buf" build "$repository/proto" --exclude-source-info --as-file-descriptor-set --output "$record"
  say "$(shown_path "$record") is written: commit it with the release."
}
