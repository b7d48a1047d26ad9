#!/bin/bash
# Prints the home of a JDK of version 25 or newer, or says what to install (exit 1).
#   find-jdk.sh [runtime]     with "runtime" a JRE without javac will do
set -u
need=25

version_of() { # reads JAVA_HOME/release, as every JDK since 9 has it
  sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release" 2>/dev/null
}

fits() {
  [ -x "$1/bin/java" ] && { [ "${2-}" = runtime ] || [ -x "$1/bin/javac" ]; } || return 1
  local version
  version=$(version_of "$1")
  [ -n "$version" ] && [ "$version" -ge $need ]
}

candidates=()
[ -n "${JAVA_HOME-}" ] && candidates+=("$JAVA_HOME")
on_path=$(command -v java) && candidates+=("$(dirname "$(dirname "$(readlink -f "$on_path")")")")
for home in /usr/lib/jvm/*; do [ -d "$home" ] && candidates+=("$home"); done

for home in "${candidates[@]}"; do
  if fits "$home" "${1-}"; then
    echo "$home"
    exit 0
  fi
done

cat >&2 <<EOF
spindrift: no JDK $need or newer in JAVA_HOME, on PATH or under /usr/lib/jvm.
  Debian 13 and newer:  apt install openjdk-$need-jdk-headless
  NixOS or Nix:         nix-shell -p jdk$need
  elsewhere:            any OpenJDK $need build; set JAVA_HOME to it
EOF
exit 1
