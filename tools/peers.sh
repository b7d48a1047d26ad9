#!/bin/bash
# peers.sh: peers by others for interop tests: Helia (npm), a peer of Kubo's libraries (Go), Kubo itself (Go).
#
#   peers.sh install [helia|boxo|kubo ...]   what can be had here; each says why where it cannot
#
# What is installed or built lies in ${XDG_CACHE_HOME:-~/.cache}/spindrift, named by the hash of what it was made from;
# helia/node_modules and boxo/boxo-peer beside this script link to it.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/spindrift
INSTALL_SECONDS=600 # npm and Go download a few hundred megabytes the first time
mkdir -p "$cache"
work=$(mktemp -d "$cache/peers.XXXXXX")
trap 'rm -rf "$work"' EXIT

because() { echo "peers.sh: no $1: $2" >&2; return 1; }

key() { cat "$@" | sha256sum | cut -c1-16; }

# keep NEW FINAL: publishes a folder; another that was quicker wins.
keep() {
  mkdir -p "$(dirname "$2")"
  mv -T "$1" "$2" 2>/dev/null || [ -d "$2" ]
}

install_helia() {
  command -v node >/dev/null && command -v npm >/dev/null || { because Helia "node and npm are not installed"; return; }
  local home
  home=$cache/helia/$(key "$here/helia/package-lock.json")
  if [ ! -d "$home" ]; then
    mkdir "$work/helia"
    cp "$here"/helia/package*.json "$work/helia"
    (cd "$work/helia" && timeout "$INSTALL_SECONDS" npm ci --ignore-scripts --no-audit --no-fund >"$work/log" 2>&1) ||
      { because Helia "npm ci failed: $(tail -n 3 "$work/log")"; return; }
    keep "$work/helia" "$home" || { because Helia "cannot write $home"; return; }
  fi
  ln -sfn "$home/node_modules" "$here/helia/node_modules"
}

install_boxo() {
  command -v go >/dev/null || { because boxo "Go is not installed"; return; }
  local home
  home=$cache/boxo/$(key "$here"/boxo/go.mod "$here"/boxo/go.sum "$here"/boxo/*.go)
  if [ ! -d "$home" ]; then
    mkdir "$work/boxo"
    (cd "$here/boxo" && CGO_ENABLED=0 timeout "$INSTALL_SECONDS" go build -trimpath -ldflags=-s -o "$work/boxo" . >"$work/log" 2>&1) ||
      { because boxo "go build failed: $(tail -n 3 "$work/log")"; return; }
    keep "$work/boxo" "$home" || { because boxo "cannot write $home"; return; }
  fi
  ln -sfn "$home/boxo-peer" "$here/boxo/boxo-peer"
}

install_kubo() {
  command -v ipfs >/dev/null && return
  [ -x "$cache/kubo/ipfs" ] && return
  command -v go >/dev/null || { because Kubo "Go is not installed, and no ipfs is on PATH"; return; }
  mkdir "$work/kubo"
  GOBIN=$work/kubo timeout "$INSTALL_SECONDS" go install github.com/ipfs/kubo/cmd/ipfs@latest >"$work/log" 2>&1 ||
    { because Kubo "go install failed: $(tail -n 1 "$work/log" | cut -c1-200)"; return; }
  keep "$work/kubo" "$cache/kubo" || because Kubo "cannot write $cache/kubo"
}

[ "${1-}" = install ] || { sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" >&2; exit 2; }
shift
[ $# -gt 0 ] || set -- helia boxo kubo
status=0
for name; do "install_$name" || status=1; done
exit $status
