"""The whole job: a real Nix copies the closure of the corpus into an empty store in memory."""

import time

from harness import Row, in_turn, remove


def measure(bench):
    def copy_from(service):
        def seconds():
            store = bench.scratch("store")
            start = time.perf_counter()
            bench.nix("copy", "--from", service.url, "--to", store, "--no-check-sigs", bench.root)
            elapsed = time.perf_counter() - start
            remove(store)
            return elapsed
        return seconds

    both = copy_from(bench.node()), copy_from(bench.nginx())
    yield Row(f"nix copy of {len(bench.paths)} paths", "s", *in_turn(*both), "nginx, static files", "less")
