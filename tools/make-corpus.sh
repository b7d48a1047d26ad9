#!/bin/bash
# make-corpus.sh: real Debian packages as a real Nix store with real references.
#
#   make-corpus.sh [--store PATH] [--size tiny|small|full] [--nix DIR] OUTDIR
#
#   --store PATH   a chroot store: files in PATH/nix/store, logical paths /nix/store. Without it the store is what the
#                  environment says: NIX_STORE_DIR and its like, NIX_REMOTE, or /nix.
#   --size         tiny: one generation (48 paths, 0.3 GB); small: two (259 paths, 0.7 GB);
#                  full (default): oldest and newest of Debian 12, newest of Debian 13 (884 paths, 2.5 GB)
#   --nix DIR      where the nix and nix-build to use are (default: PATH, Debian's nix-bin if there is none)
#   OUTDIR         gets debs/, corpus.lock.json (exact versions and hashes; kept, it makes the same paths again),
#                  all.path (one root), sys.paths (one root per generation), roots.txt (the closure), stats.txt; with --store also
#                  corpus.key and corpus.pub: a key that signed each path
#
# Runs as root, builds in Nix's sandbox (a chroot store demands it) with the host's /bin /usr /lib /lib64 in view.
# CORPUS_SANDBOX=false builds without.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/debian.sh"

store= size=full nix=
while [ $# -gt 0 ]; do
  case $1 in
    --store) store=$2 && shift 2 ;;
    --size) size=$2 && shift 2 ;;
    --nix) nix=$2 && shift 2 ;;
    -*) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
    *) break ;;
  esac
done
[ $# = 1 ] || die "one OUTDIR expected; --help tells more"
mkdir -p "$1/debs"
out=$(cd "$1" && pwd)

base=libc6,dash,coreutils,perl-base
common=git,vim-tiny,vim-runtime,curl,openssl,tzdata,linux-libc-dev
more=nodejs,fonts-dejavu-core,locales,nginx-light
bookworm=$base,perl-modules-5.36,$common,$more,python3.11,gcc-12,cpp-12,openjdk-17-jre-headless
case $size in
  tiny) generations=("new=$base") ;;
  small) generations=("old=$base,perl-modules-5.36,$common" "new=$base,perl-modules-5.36,$common") ;;
  full) generations=(
    "old=$bookworm,libboost1.81-dev"
    "new=$bookworm,fonts-noto-core"
    "trixie=$base,perl-modules-5.40,$common,$more,python3.13") ;;
  *) die "--size is tiny, small or full" ;;
esac

[ -z "$nix" ] || PATH=$nix:$PATH
need nix-build nix-bin
need patchelf patchelf
need openssl openssl
need python3 python3-minimal
export NIX_CONFIG="experimental-features = nix-command
build-users-group =
substituters =
sandbox = ${CORPUS_SANDBOX:-true}
sandbox-fallback = false
sandbox-paths = /bin /usr /lib /lib64
max-jobs = $(nproc)
cores = 1"
in_store=()
[ -z "$store" ] || in_store=(--store "$store")
lock=$out/corpus.lock.json

main=$(debian_mirror) security=$(security_mirror)
[ -n "$main" ] || die "apt knows no Debian mirror here; set DEBIAN_MIRROR"
APT_CONFIG=$(
  for suite in bookworm trixie; do
    echo "deb $main $suite main"
    [ -z "$security" ] || echo "deb $security $suite-security main"
  done | { cat && echo "deb $main bookworm-updates main"; } | private_apt "$out/apt"
)
export APT_CONFIG

say() { printf '%(%T)T %s\n' -1 "$*" >&2; }
from_lock() { python3 -c 'import json, sys; [print(eval(sys.argv[2], e)) for e in json.load(open(sys.argv[1]))]' "$lock" "$1" | sort -u; }

if [ ! -s "$lock" ]; then
  say "resolving packages"
  apt-get update -qq
  python3 "$here/corpus/resolve.py" "$out/apt/var/lib/apt/lists" "${generations[@]}" >"$lock.new"
  mv "$lock.new" "$lock"
fi

say "fetching $(from_lock deb | wc -l) packages"
from_lock 'name + "=" + version + " " + deb' | while read -r package deb; do
  [ -s "$out/debs/$deb" ] || echo "$package"
done >"$out/wanted"
if [ -s "$out/wanted" ]; then
  compgen -G "$out/apt/var/lib/apt/lists/*Packages" >/dev/null || apt-get update -qq
  (cd "$out/debs" && xargs -n 60 apt-get -qq download <"$out/wanted")
fi
rm "$out/wanted"
(cd "$out/debs" && from_lock 'sha256 + "  " + deb' | sha256sum --check --quiet)

say "building into ${store:-${NIX_STORE_DIR:-/nix/store}}"
build() { nix-build "${in_store[@]}" "$here/corpus/corpus.nix" --argstr lock "$lock" --argstr debs "$out/debs" --no-out-link -Q -A "$1"; }
build all >"$out/all.path"
build sys >"$out/sys.paths"
root=$(cat "$out/all.path")

# A direct garbage-collection root works in chroot stores too.
state=${NIX_STATE_DIR:-/nix/var/nix}
[ -z "$store" ] || state=$store/nix/var/nix
mkdir -p "$state/gcroots/corpus"
ln -sfn "$root" "$state/gcroots/corpus/all"

nix-store "${in_store[@]}" -qR "$root" | sort >"$out/roots.txt"
xargs nix path-info "${in_store[@]}" --json <"$out/roots.txt" | python3 "$here/corpus/stats.py" "$store" | tee "$out/stats.txt"
[ -z "$store" ] || "$here/sign-corpus.sh" "$store" "$out"
say "done in $SECONDS s: $root"
