#!/bin/sh
# Says how large the image's own layers are, compressed as they are pulled, where there is no engine to build it with:
# runs the Dockerfile's steps in an empty folder. The layers of python:*-slim below them come on top.
set -eu
cd "$(dirname "$0")/.."
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

python3 -m venv "$root/builder"
"$root/builder/bin/pip" install --quiet --no-cache-dir --no-compile --no-deps --require-hashes --only-binary :all: \
    --prefix "$root/packages" -r requirements.txt
mkdir "$root/app"
cp -R bot.toml bot gitlab_hooks playground "$root/app"
find "$root/app" -name __pycache__ -type d -prune -exec rm -rf {} +
"$root/builder/bin/python" -m compileall -q -j 0 "$root/packages" "$root/app"

for layer in packages app; do
    printf '%s %s\n' "$layer" "$(tar -C "$root" -cf - "$layer" | gzip -6 | wc -c)"
done | awk '{ total += $2; printf "%-9s %6.1f MB\n", $1, $2 / 1e6 } END { printf "%-9s %6.1f MB\n", "together", total / 1e6 }'
