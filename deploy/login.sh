#!/bin/sh
# Writes what a builder needs to push into the project's registry; the job's own token ends with the job.
set -eu

folder=${DOCKER_CONFIG:-$HOME/.docker}
mkdir -p "$folder"
login=$(printf '%s:%s' "$CI_REGISTRY_USER" "$CI_REGISTRY_PASSWORD" | base64 | tr -d '\n')
umask 077
printf '{"auths": {"%s": {"auth": "%s"}}}\n' "$CI_REGISTRY" "$login" >"$folder/config.json"
