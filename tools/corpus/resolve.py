"""Prints the corpus lock: every Debian package of every generation with exact version, hash and acyclic dependencies.

usage: resolve.py LISTS GENERATION=PACKAGE,PACKAGE... > corpus.lock.json

LISTS is an apt lists directory. A generation `old` takes the oldest version of each package that bookworm still has,
`new` the newest, `trixie` the newest of trixie. Packages come dependencies first.
"""

import glob
import json
import re
import sys

BOOKWORM = ["_bookworm_", "_bookworm-updates_", "_bookworm-security_"]
SUITES = {"old": BOOKWORM, "new": BOOKWORM, "trixie": ["_trixie_", "_trixie-security_"]}

# Packages of scripts that only mean something on an installed Debian.
SKIPPED = set(
    "debconf debconf-2.0 dpkg install-info ucf init-system-helpers adduser lsb-base sysvinit-utils mount "
    "ca-certificates-java java-common python3-minimal python3 media-types passwd".split()
)


def version_key(version):
    """Orders versions as Debian policy 5.6.12 does."""

    def order(char):
        return -1 if char == "~" else ord(char) if char.isalpha() else ord(char) + 256

    def key(part):
        return [([order(c) for c in text] + [0], int(number or 0)) for text, number in re.findall(r"(\D*)(\d*)", part)]

    epoch, rest = version.split(":", 1) if ":" in version else ("0", version)
    upstream, revision = rest.rsplit("-", 1) if "-" in rest else (rest, "0")
    return int(epoch), key(upstream), key(revision)


def read_packages(lists, suites):
    """All versions of all packages of the suites, and which real package provides each virtual one."""
    packages, providers = {}, {}
    for suite in suites:
        for path in glob.glob(f"{lists}/*{suite}main_binary-amd64_Packages"):
            with open(path, encoding="utf-8") as file:
                paragraphs = file.read().split("\n\n")
            for paragraph in filter(str.strip, paragraphs):
                fields = dict(re.findall(r"^([A-Za-z0-9-]+): (.*)", paragraph, re.MULTILINE))
                packages.setdefault(fields["Package"], []).append(fields)
                for name in re.findall(r"([a-z0-9.+-]+)(?: \([^)]*\))?", fields.get("Provides", "")):
                    providers.setdefault(name, fields["Package"])
    return packages, providers


class Generation:
    """The dependency closure of some root packages in one generation."""

    def __init__(self, name, packages, providers):
        self.name, self.packages, self.providers = name, packages, providers
        self.entries, self.visiting, self.visited = [], set(), set()

    def pick(self, name):
        versions = sorted(self.packages[name], key=lambda fields: version_key(fields["Version"]))
        return versions[0 if self.name == "old" else -1]

    def dependencies(self, fields):
        """The first available alternative of each dependency."""
        found = []
        for group in ",".join(fields.get(key, "") for key in ("Pre-Depends", "Depends")).split(","):
            for alternative in filter(str.strip, group.split("|")):
                name = re.match(r"\s*([a-z0-9.+-]+)", alternative)[1]
                if name in SKIPPED:
                    break
                name = name if name in self.packages else self.providers.get(name)
                if name in self.packages and name not in SKIPPED:
                    found.append(name)
                    break
        return list(dict.fromkeys(found))

    def visit(self, name):
        if name in self.visited:
            return
        self.visiting.add(name)
        fields, kept = self.pick(name), []
        for dependency in self.dependencies(fields):
            if dependency in self.visiting:
                continue  # Debian's dependencies have cycles, Nix's have none: the back edge is dropped
            self.visit(dependency)
            kept.append(dependency)
        self.visiting.remove(name)
        self.visited.add(name)
        if "dash" in self.visited and name != "dash" and "dash" not in kept:
            kept.append("dash")  # the shell that the builder writes into scripts
        self.entries.append(self.entry(name, fields, kept))

    def entry(self, name, fields, dependencies):
        version = fields["Version"]
        architecture = fields["Filename"].rsplit("_", 1)[1]
        return {
            "generation": self.name,
            "name": name,
            "version": version,
            "storeVersion": re.sub(r"[^A-Za-z0-9+._?=-]", "_", re.sub(r"^\d+:", "", version)),
            "deb": f"{name}_{version.replace(':', '%3a')}_{architecture}",
            "size": int(fields["Size"]),
            "sha256": fields["SHA256"],
            "dependencies": dependencies,
        }


def main():
    lists, generations = sys.argv[1], sys.argv[2:]
    sys.setrecursionlimit(10_000)
    entries = []
    for argument in generations:
        name, roots = argument.split("=", 1)
        generation = Generation(name, *read_packages(lists, SUITES[name]))
        for root in roots.split(","):
            if root in generation.packages:
                generation.visit(root)
            else:
                print(f"resolve.py: no package {root} in {name}", file=sys.stderr)
        entries += generation.entries
    json.dump(entries, sys.stdout, indent=1)


main()
