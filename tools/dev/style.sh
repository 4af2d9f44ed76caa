# The style's tools: clang-format, clang-tidy, buf, shellcheck. Sourced.
# shellcheck shell=bash

# Our C++ files, NUL-separated.
cpp_files() {
  (cd "$repository" && find backend common gateway tests web -name node_modules -prune -o -type f \( -name '*.cc' -o -name '*.h' \) -print0)
}

shell_files() {
  (cd "$repository" && find dev .ci/run tools tests/support tests/browser tests/fuzz web deploy -name node_modules -prune -o -type f -perm -u+x -print -o -type f -name '*.sh' -print 2>/dev/null | sort -u |
    while read -r file; do
      read -r first <"$file" || true
      [[ $file == *.sh || $first == '#!'*bash* || $first == '#!/bin/sh'* ]] && printf '%s\0' "$file"
    done)
}

format_files() {
  cpp_files | (cd "$repository" && xargs -0 -r -n 20 -P 2 clang-format -i)
}

check_format() {
  timed "Checking the format with clang-format" bash -c 'cd "$1" && xargs -0 -r -n 20 -P 2 clang-format --dry-run --Werror <&3' \
    bash "$repository" 3< <(cpp_files)
}

run_lint() {
  check_format
  lint_proto
  timed "Checking the scripts with shellcheck" bash -c 'cd "$1" && xargs -0 -r shellcheck -x <&3' bash "$repository" 3< <(shell_files)
  timed "Checking the C++ with clang-tidy (takes minutes)" run_clang_tidy
}

# The files that build/release compiles; Emscripten's own (browser_*.cc, web/main.cc) are not among them.
run_clang_tidy() {
  local compiled=$release_dir/compile_commands.json
  (cd "$repository" && cpp_files | tr '\0' '\n' | grep '\.cc$' | while read -r file; do
    grep -qF "\"file\": \"$repository/$file\"" "$compiled" && printf '%s\0' "$file"
  done | xargs -0 -r -n 4 -P 2 clang-tidy --quiet -p "$release_dir" --warnings-as-errors='*')
}
