"""What a node costs: time to start, memory at rest, memory while a NAR of 1 GB goes through."""

import subprocess
import time

from harness import RUNS, Row, fetch, run
from serve import hash_part

REST_SECONDS = 5


def measure(bench):
    static = bench.static_cache()
    data = bench.scratch("footprint")
    bench.add(data, bench.root)
    starts, rests = ([], []), ([], [])
    for _ in range(RUNS):
        for start, i in ((lambda: bench.up(data), 0), (lambda: bench.nginx_on(static), 1)):
            service, seconds = start()
            starts[i].append(seconds * 1000)
            time.sleep(REST_SECONDS)
            rests[i].append(service.memory("VmRSS"))
            service.stop()
    yield Row("start until ready", "ms", *starts, "nginx", "less")
    yield Row("memory at rest", "MB", *rests, "nginx", "less")
    yield Row("peak memory, NAR of 1 GB", "MB", *big_nar(bench), "nginx", "less")


def big_nar(bench):
    """Peak megabytes of both while they send one NAR of 1 GB."""
    cache, data = bench.dir / "big-static", bench.dir / "big-data"
    path, store = bench.big_path()
    bench.nix("copy", "--from", store, "--to", f"file://{cache}?compression=none", "--no-check-sigs", path)
    subprocess.run(["rm", "-rf", data], check=True)
    bench.add(data, path, store=store)
    peaks = ([], [])
    for _ in range(RUNS):
        for start, i in ((lambda: bench.up(data, store), 0), (lambda: bench.nginx_on(cache), 1)):
            service, _ = start()
            narinfo = fetch(f"{service.url}/{hash_part(path)}.narinfo").decode()
            url = narinfo.partition("\nURL: ")[2].partition("\n")[0]
            run("curl", "--silent", "--show-error", "--fail", "--output", "/dev/null", f"{service.url}/{url}")
            peaks[i].append(service.memory("VmHWM"))
            service.stop()
    return peaks
