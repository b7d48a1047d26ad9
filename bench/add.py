"""Adding the corpus from a local store, files in the page cache, against hashing the same files once."""

import subprocess

from harness import RUNS, Row, run


def measure(bench):
    listing = bench.tmpfs / "files"
    size = list_files(bench, listing)
    hash_files(listing, "sha256sum")  # fills the page cache

    seconds = {"add": [], "sha256sum": [], "openssl": []}
    for _ in range(RUNS):
        seconds["add"].append(bench.add(bench.scratch("add"), bench.root))
        seconds["sha256sum"].append(hash_files(listing, "sha256sum"))
        seconds["openssl"].append(hash_files(listing, "openssl", "dgst", "-sha256"))
    speed = {name: [size / 1e6 / s for s in times] for name, times in seconds.items()}
    yield Row("add the corpus", "MB/s", speed["add"], speed["sha256sum"], "coreutils sha256sum, one thread")
    yield Row("add the corpus", "MB/s", speed["add"], speed["openssl"], "openssl dgst -sha256, one thread")

    stored = int(subprocess.check_output(["du", "-sb", bench.tmpfs / "add"]).split()[0])
    yield Row("data directory, share of the content", "%", [100 * stored / size])


def list_files(bench, listing):
    """Writes the names of all regular files, each ended by a zero byte; returns the sum of their sizes."""
    roots = b"".join(bytes(bench.store) + path.encode() + b"\0" for path in bench.paths)
    find = ["find", "-files0-from", "-", "-type", "f"]
    listing.write_bytes(subprocess.check_output([*find, "-print0"], input=roots))
    sizes = subprocess.check_output([*find, "-printf", "%s\n"], input=roots)
    return sum(map(int, sizes.split()))


def hash_files(listing, *command):
    with listing.open("rb") as names:
        return run("xargs", "-0", *command, stdin=names)
