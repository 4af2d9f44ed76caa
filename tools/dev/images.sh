# The container images: building them, and giving them to a registry. Sourced.
# shellcheck shell=bash

readonly image_names=(parley-backend parley-gateway parley-balancer)

# run_images ARGUMENTS…: of ./dev images.
run_images() {
  local prefix='' name tag
  if [[ ${1:-} == --push=* ]]; then
    prefix=${1#*=}
    shift
  elif [[ ${1:-} == --push ]]; then
    (($# > 1)) || die "--push misses its value" "./dev alone lists the options."
    prefix=$2
    shift 2
  fi
  (($# == 0)) || die "there is no option $1" "./dev alone lists the options."
  docker compose version >/dev/null 2>&1 || die "the images need docker with its compose plugin"
  timed "Building the images" docker compose --project-directory "$repository" -f "$repository/docker-compose.scale.yml" build
  [[ -n $prefix ]] || return 0
  # Named by the commit, and the newest also `latest`.
  tag=$(git -C "$repository" rev-parse --short=12 HEAD)
  for name in "${image_names[@]}"; do
    docker tag "$name" "$prefix/$name:$tag"
    docker tag "$name" "$prefix/$name:latest"
    timed "Pushing $name:$tag" docker push --quiet "$prefix/$name:$tag"
    timed "Pushing $name:latest" docker push --quiet "$prefix/$name:latest"
  done
}
