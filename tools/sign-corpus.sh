#!/bin/bash
# sign-corpus.sh: signs a corpus as a builder would, once, with a key of its own.
#
#   sign-corpus.sh STORE OUTDIR     OUTDIR as make-corpus.sh made it; gets corpus.key and corpus.pub, which stands for "done"
set -euo pipefail
[ $# = 2 ] || { sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" >&2; exit 2; }
store=$1 out=$2
[ ! -s "$out/corpus.pub" ] || exit 0
export NIX_CONFIG="experimental-features = nix-command
substituters ="
[ -s "$out/corpus.key" ] || nix key generate-secret --key-name corpus-1 >"$out/corpus.key"
xargs nix store sign --store "$store" --key-file "$out/corpus.key" <"$out/roots.txt"
nix key convert-secret-to-public <"$out/corpus.key" >"$out/corpus.pub.new"
mv "$out/corpus.pub.new" "$out/corpus.pub"
