# shellcheck shell=bash
# Debian's packages without touching the host's apt: sourced by real-nix.sh and make-corpus.sh.

die() { echo "${0##*/}: $*" >&2; exit 2; }

# need COMMAND PACKAGE: installs PACKAGE where COMMAND is absent and we may.
need() {
  command -v "$1" >/dev/null && return
  [ "$(id -u)" = 0 ] || die "no $1 here; install the package $2"
  { apt-get install -y -qq --no-install-recommends "$2" ||
      { apt-get update -qq && apt-get install -y -qq --no-install-recommends "$2"; }; } >/dev/null 2>&1 ||
    die "cannot install $2, needed for $1"
}

# debian_mirror / security_mirror: where this machine's own apt gets Debian from (DEBIAN_MIRROR, SECURITY_MIRROR override).
apt_sites() { apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | sort -u; }
debian_mirror() { echo "${DEBIAN_MIRROR:-$(apt_sites | grep -E 'debian/?$' | grep -v security | head -n 1)}"; }
security_mirror() { echo "${SECURITY_MIRROR:-$(apt_sites | grep security | head -n 1)}"; }

# private_apt DIR: an apt state of its own in DIR, for the source lines on stdin; prints the value for APT_CONFIG.
# The host's Acquire settings (proxies, timeouts) are kept, all else is ours.
private_apt() {
  local dir=$1
  mkdir -p "$dir"/etc/apt/{apt.conf.d,preferences.d,sources.list.d,trusted.gpg.d} \
    "$dir"/var/{lib/apt/lists/partial,cache/apt/archives/partial,lib/dpkg}
  : >"$dir/var/lib/dpkg/status"
  sed 's,^deb ,deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ,' >"$dir/etc/apt/sources.list"
  {
    apt-config dump | grep -iE '^Acquire::(https?::|Retries)' || true
    cat <<CONF
Dir "$dir";
Dir::State::status "$dir/var/lib/dpkg/status";
APT::Architecture "amd64";
APT::Architectures { "amd64"; };
APT::Sandbox::User "root";
APT::Install-Recommends "false";
APT::Cache-Limit "400000000";
Acquire::Languages "none";
Acquire::GzipIndexes "false";
Acquire::Check-Valid-Until "false";
CONF
  } >"$dir/apt.conf"
  echo "$dir/apt.conf"
}
