# Builds one hard case ($kind): trees that have broken NAR writers, readers and file servers before.
set -eu
export PATH=/usr/bin:/bin LC_ALL=C

# random BYTES KEY: the same "random" bytes for the same key on every machine.
random() { head -c "$1" /dev/zero | openssl enc -aes-128-ctr -K "$(printf %032x "$2")" -iv "$(printf %032x 0)"; }

odd_names() {
  local name
  for name in 'name with spaces' ' leading' 'trailing ' '-dash' "quote'\"" 'back\slash' $'tab\ttab' $'new\nline' \
    '*glob?[x]' '%41%2f%00' '#hash?query=1&b' '...' '~' '(' ')' 'type' 'entry' 'a.narinfo' 'x.nar' 'UPPER' 'upper' 'Upper' \
    'naïve-é' 'e-with-combining-é' '日本語' 'emoji-🦀' 'עברית' '$out' '`id`' ';' '|' '<>' '!' '@' '^' '{' \
    $'\001\033ctl' "$(printf '%0255d' 0)"; do
    printf %s "$name" >"./$name"
  done
}

files() {
  local size i path
  mkdir "$out" && cd "$out"
  for size in 0 1 7 8 9 4095 4096 4097 65535 65536 65537 1048576; do random $size 1 >size-$size; done

  mkdir empty-dir names dup wide
  : >empty-file
  : >empty-exec
  chmod +x empty-exec
  (cd names && odd_names)
  (cd wide && seq 5000 | xargs touch && for i in 0 9 99 999; do echo $i >b$i; done)

  path=deep # Nix 2.34 refuses more than 62 levels
  for i in $(seq 60); do path=$path/d$i; done
  mkdir -p "$path" && echo bottom >"$path/f"

  random 1048576 2 >dup/a
  for i in b c d e f g h; do cp dup/a dup/$i; done
  ln dup/a dup/hardlink

  ln -s nowhere dangling
  ln -s /etc/passwd absolute
  ln -s . dot
  ln -s .. dotdot
  ln -s loop loop
  ln -s empty-dir/ trailing-slash
  ln -s "$(printf '%04000d' 0)" long-target
  ln -s 'names/日本語' utf8-target
  ln -s $'a b\nc' newline-target
  ln -s "$out" self-link
  ln -s "$dep" dep-link

  echo "self: $out" >self-ref
  { random 65520 3 && echo "$dep"; } >ref-across-64k
  basename "$dep" | cut -c1-32 >hash-only-ref
  echo 0123456789abcdfghijklmnpqrsvwxyz >not-a-ref
  echo '#!/bin/sh' >exec
  chmod +x exec
  echo x >readonly
  chmod 0400 readonly
}

bytes() { # names and targets that are not UTF-8
  mkdir "$out" && cd "$out"
  printf x >$'invalid-\377\376-utf8'
  printf x >$'latin1-\351'
  ln -s $'target-\377' link
}

deep() {
  local path=$out i
  for i in $(seq "$depth"); do path=$path/d$i; done
  mkdir -p "$path" && echo bottom >"$path/f"
}

case $kind in
files | bytes | deep) $kind ;;
regular) echo "a single regular file" >"$out" ;;
exec) printf '#!%s/bin/dash\necho hi\n' "$dep" >"$out" && chmod +x "$out" ;;
link) ln -s /does/not/exist "$out" ;;
linkdep) ln -s "$dep" "$out" ;;
emptydir) mkdir "$out" ;;
emptyfile) : >"$out" ;;
zeros) head -c 67108864 /dev/zero >"$out" ;;
random) mkdir "$out" && random 67108864 7 >"$out/r" && random 1000000 8 >"$out/s" ;;
text) mkdir "$out" && seq 3000000 >"$out/seq" && rev "$out/seq" >"$out/rev" ;;
manyrefs) mkdir "$out" && printf '%s\n' $deps >"$out/refs" ;;
shifted) mkdir "$out" && { printf %s "$pad" && random 33554432 9; } >"$out/r" ;; # the same 32 MiB, moved by $pad
esac
