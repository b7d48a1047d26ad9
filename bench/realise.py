"""The closure of the corpus brought into an empty store by 'spindrift realise', from another node."""

import subprocess
import time

from harness import LOOPBACK, PROGRAM, RUNS, Row, remove
from peers import asking, indexed, source


def measure(bench):
    giver = source(bench, indexed(bench, "corpus", bench.root))
    first, again, rival = [], [], []
    for _ in range(RUNS):
        store = bench.empty_store()
        # The node has no store, as if the one that is written were another machine's.
        node = asking(bench, giver, store="none", options=LOOPBACK)
        first.append(realise(bench, node, store))
        again.append(realise(bench, node, store))
        node.stop()
        verify(bench, store)
        remove(store)
        rival.append(copy(bench))
    giver.stop()
    what = f"{len(bench.paths)} paths into an empty store"
    yield Row(f"realise {what}, node to node", "s", first, rival, "nix copy from nginx, static files", "less")
    yield Row("realise the same once more", "s", again)


def realise(bench, node, store):
    start = time.perf_counter()
    subprocess.run(
        [PROGRAM, "realise", "-r", "--data", node.data, "--store", store, bench.root],
        check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def verify(bench, store):
    """Not measured: Nix finds what it should."""
    count = len(bench.nix("path-info", "--store", store, "-r", bench.root).split())
    assert count == len(bench.paths), f"{count} paths are valid where {len(bench.paths)} should be"


def copy(bench):
    store = bench.empty_store()
    start = time.perf_counter()
    bench.nix("copy", "--from", bench.nginx().url, "--to", store, "--no-check-sigs", bench.root)
    elapsed = time.perf_counter() - start
    remove(store)
    return elapsed
