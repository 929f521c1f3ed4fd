#!/bin/sh
# Goes back to the image that ran before the last swap; a second time it comes forward again.
set -eu

docker image inspect nudge:previous >/dev/null 2>&1 || { echo "there is no image before the one that runs" >&2; exit 1; }
# under a name of its own, since the swap moves nudge:previous on
docker tag nudge:previous nudge:rollback
exec sh "$(dirname "$0")/swap.sh" nudge:rollback
