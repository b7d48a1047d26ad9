# Builds one Debian package ($deb) as Nix outputs $out and $doc, with real references to its $deps:
# symlinks, shebangs, RPATHs and ELF interpreters.
set -eu
export PATH=/usr/bin:/bin LC_ALL=C
umask 022
hash=????????????????????????????????
triplet=lib/x86_64-linux-gnu

# /usr/X and /X of the package both become $out/X.
mkdir tree "$out" "$doc"
dpkg-deb --fsys-tarfile "$deb" | tar -x --no-same-permissions --no-same-owner -C tree
if [ -d tree/usr ]; then
  cp -a --no-preserve=ownership tree/usr/. "$out/"
  rm -rf tree/usr
fi
for entry in tree/*; do
  target=$out/${entry##*/}
  if [ -d "$entry" ] && [ ! -L "$entry" ]; then
    mkdir -p "$target"
    cp -a --no-preserve=ownership "$entry/." "$target/"
  elif [ -e "$entry" ] || [ -L "$entry" ]; then
    cp -a "$entry" "$target"
  fi
done
chmod -R u+w "$out"

# Documentation is an output of its own.
for section in doc man info lintian doc-base; do
  [ -d "$out/share/$section" ] || continue
  mkdir -p "$doc/share"
  mv "$out/share/$section" "$doc/share/"
done
rmdir "$out/share" 2>/dev/null || :

# What the dependencies offer.
mkdir -p "$out/nix-support"
echo "$pname $version" >"$out/nix-support/pname"
rpath=$out/$triplet:$out/lib loader= shell= perl= python=
if [ -n "$deps" ]; then
  printf '%s ' $deps >"$out/nix-support/propagated-build-inputs"
  mkdir "$out/nix-support/deps"
  for dep in $deps; do
    ln -s "$dep" "$out/nix-support/deps/${dep##*/$hash-}"
    if [ -d "$dep/$triplet" ]; then rpath=$rpath:$dep/$triplet; fi
    if [ -f "$dep/$triplet/libc.so.6" ]; then loader=$dep/$triplet/ld-linux-x86-64.so.2; fi
    if [ -x "$dep/bin/dash" ]; then shell=$dep/bin/dash; fi
    if [ -x "$dep/bin/perl" ]; then perl=$dep/bin/perl; fi
    for program in "$dep"/bin/python3.1?; do
      if [ -x "$program" ]; then python=$program; fi
    done
  done
fi

relink() {
  if patchelf --print-interpreter "$1" >/dev/null 2>&1 && [ -n "$loader" ]; then
    patchelf --set-interpreter "$loader" --set-rpath "$rpath" "$1" || :
  elif patchelf --print-soname "$1" >/dev/null 2>&1; then
    patchelf --set-rpath "$rpath" "$1" 2>/dev/null || :
  fi
}

rewrite_shebang() {
  if [ -n "$shell" ]; then sed -i "1s,^#! */\(usr/\)\?bin/\(ba\)\?sh,#!$shell," "$1"; fi
  if [ -n "$perl" ]; then sed -i "1s,^#! */usr/bin/perl,#!$perl," "$1"; fi
  if [ -n "$python" ]; then sed -i "1s,^#! */usr/bin/\(env \)\?python3[.0-9]*,#!$python," "$1"; fi
}

case $pname in
libc6 | gcc-*-base) ;; # libc and its loader must stay as they are
*)
  find "$out" -type f -size +63c \( -perm -100 -o -name '*.so' -o -name '*.so.*' -o -name '*.node' \) -print0 |
    while IFS= read -r -d '' file; do
      case $(head -c 4 "$file" | tr -d '\0') in
      *ELF) relink "$file" ;;
      '#!'*) rewrite_shebang "$file" ;;
      esac
    done
  ;;
esac
