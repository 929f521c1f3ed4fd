#!/bin/sh
# Puts an image in the place of the one that runs: one service after the other, each only if the one before is healthy.
#
#   deploy/swap.sh IMAGE
#
# NUDGE_SERVICES   the services of compose.yaml, in order; "nudge" alone if it is not set, "replica-1 replica-2" for two
# NUDGE_PATIENCE   seconds within which each has to become healthy; 60 if it is not set
#
# The old process finishes the message in hand before it ends (stop_grace_period). Where a new one does not become healthy,
# all that were swapped get the old image back, and this ends with 1. What ran before stays known as nudge:previous.
set -eu

image=$1
services=${NUDGE_SERVICES:-nudge}
patience=${NUDGE_PATIENCE:-60}

up() { # up IMAGE SERVICE
    NUDGE_IMAGE=$1 docker compose up --detach --no-build --no-deps --wait --wait-timeout "$patience" "$2"
}

swapped=
for service in $services; do
    swapped="$swapped $service"
    if up "$image" "$service"; then
        echo "$service: runs $image"
        continue
    fi
    echo "$service: $image did not become healthy within $patience s" >&2
    docker compose logs --tail 50 "$service" >&2 || true
    if docker image inspect nudge:deployed >/dev/null 2>&1; then
        for back in $swapped; do
            if up nudge:deployed "$back"; then
                echo "$back: runs what it ran before" >&2
            else
                echo "$back: does not run: look at it by hand" >&2
            fi
        done
    fi
    exit 1
done

if docker image inspect nudge:deployed >/dev/null 2>&1; then
    docker tag nudge:deployed nudge:previous
fi
docker tag "$image" nudge:deployed
