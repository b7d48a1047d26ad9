#!/bin/bash
# Runs the tour of README.md, step by step, as a reader would; fails where a command fails.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
command -v nix-store >/dev/null && command -v curl >/dev/null || {
  echo "readme-tour: skipped, Nix and curl are needed"
  exit 0
}
script=$(mktemp)
trap 'rm -f "$script"' EXIT
awk '/^```sh$/ {on = 1; next} /^```$/ {on = 0} on' README.md >"$script"
bash -euo pipefail -c 'trap "kill \$(jobs -p) 2>/dev/null || true" EXIT; source "$1"' tour "$script"
