# Builds one store path that links to all $packages, as a system path does.
set -eu
export PATH=/usr/bin:/bin LC_ALL=C
hash=????????????????????????????????

mkdir -p "$out/bin" "$out/sw"
for package in $packages; do
  ln -s "$package" "$out/sw/${package##*/$hash-}"
  echo "$package" >>"$out/manifest"
  for program in "$package"/bin/*; do
    link=$out/bin/${program##*/}
    if [ -e "$program" ] && [ ! -e "$link" ]; then ln -s "$program" "$link"; fi
  done
done
