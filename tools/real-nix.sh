#!/bin/bash
# real-nix.sh: real Nix clients of four versions, from Debian's packages, in plain folders (no chroot, no root needed to run one).
#
#   real-nix.sh install [SUITE...]           about 5 s and 44 to 91 MB each
#   real-nix.sh run SUITE COMMAND [ARG...]   COMMAND of that Nix: nix, nix-store, nix-build, nix-daemon ...
#   real-nix.sh versions                     what is installed, and where
#
# SUITE: bullseye = Nix 2.3, bookworm = 2.8, trixie = 2.26, sid = newest (2.34 in November 2026).
# They live in $REAL_NIX (default ${XDG_CACHE_HOME:-~/.cache}/spindrift/real-nix). Give each test a HOME of its own:
# clients remember narinfo hits and misses by cache URL, port included.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/debian.sh"
base=${REAL_NIX:-${XDG_CACHE_HOME:-$HOME/.cache}/spindrift/real-nix}
suites=(bullseye bookworm trixie sid)

# download SUITE DIR: nix-bin and the libraries it loads, as .deb files in DIR. The rest of its closure is not needed to run it.
download() {
  local suite=$1 dir=$2 packages
  APT_CONFIG=$(echo "deb $(debian_mirror) $suite main" | private_apt "$dir/apt")
  export APT_CONFIG
  apt-get update -qq
  mapfile -t packages < <(
    apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances nix-bin |
      grep -E '^(nix-bin$|bash-static$|busybox-static$|lib|zlib)' |
      grep -vE 'perl|libpam|libsystemd|libapt|libaudit' | sort -u)
  (cd "$dir" && apt-get -qq download "${packages[@]}")
}

# add_curl: a curl that knows ipfs:// beside trixie's Nix, whose libraries it needs; most machines have an older one.
add_curl() (
  dir=$base/trixie
  mkdir -p "$dir/.debs"
  trap 'rm -rf "$dir/.debs"' EXIT
  APT_CONFIG=$(echo "deb $(debian_mirror) trixie main" | private_apt "$dir/.debs/apt")
  export APT_CONFIG
  apt-get update -qq
  (cd "$dir/.debs" && apt-get -qq download curl)
  dpkg --fsys-tarfile "$dir"/.debs/curl_*.deb | tar -x -C "$dir" ./usr/bin/curl
  patchelf --set-interpreter "$dir/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2" \
    --force-rpath --set-rpath "$dir/usr/lib/x86_64-linux-gnu" "$dir/usr/bin/curl"
)

# relocate DIR: makes the programs under DIR load their libraries, and their loader, from DIR.
relocate() {
  local dir=$1 loader so
  local libs=$dir/usr/lib/x86_64-linux-gnu:$dir/lib/x86_64-linux-gnu:$dir/usr/lib/nix
  for loader in "$dir"/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2 "$dir"/lib/x86_64-linux-gnu/ld-*.so*; do
    [ -e "$loader" ] && break
  done
  patchelf --set-interpreter "$loader" --force-rpath --set-rpath "$libs" "$dir/usr/bin/nix"
  for so in "$dir"/usr/lib/nix/*.so; do
    [ -e "$so" ] || continue
    patchelf --force-rpath --set-rpath "$libs" "$so"
  done
}

install_suite() (
  local suite=$1 dir=$base/$1 deb
  rm -rf "$dir"
  mkdir -p "$dir/.debs"
  trap 'rm -rf "$dir/.debs"' EXIT
  download "$suite" "$dir/.debs"
  for deb in "$dir"/.debs/*.deb; do dpkg -x "$deb" "$dir"; done
  relocate "$dir"
  rm -rf "$dir"/usr/share/{doc,man,locale,lintian}
)

case ${1-} in
  install)
    shift
    [ $# -gt 0 ] || set -- "${suites[@]}"
    need patchelf patchelf
    [ -n "$(debian_mirror)" ] || die "apt knows no Debian mirror here; set DEBIAN_MIRROR"
    for suite; do [ -x "$base/$suite/usr/bin/nix-store" ] || install_suite "$suite"; done
    if [ -x "$base/trixie/usr/bin/nix-store" ] && ! [ -x "$base/trixie/usr/bin/curl" ]; then add_curl; fi ;;
  run)
    [ $# -ge 3 ] || die "run SUITE COMMAND [ARG...]"
    program=$base/$2/usr/bin/$3
    [ -x "$program" ] || die "no $3 for $2: real-nix.sh install $2"
    shift 3
    exec "$program" "$@" ;;
  versions)
    for suite in "${suites[@]}"; do
      version=$("$base/$suite/usr/bin/nix-store" --version 2>/dev/null) || version="not installed"
      echo "$suite: $version ($base/$suite)"
    done ;;
  *)
    sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" >&2
    exit 2 ;;
esac
