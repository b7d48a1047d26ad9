"""NARs and narinfos over HTTP, hot, against nginx over a static cache of the same corpus."""

import json
import random
import subprocess
from pathlib import Path

from harness import Row, fetch, in_turn, run

CONNECTIONS = 16
WRK_SECONDS = 4


def nar_list(bench, service):
    """(URL, size) of every NAR, as the service's own narinfos say, in one order for all services."""
    nars = []
    for path in bench.paths:
        lines = fetch(f"{service.url}/{hash_part(path)}.narinfo").decode().splitlines()
        fields = dict(line.partition(": ")[::2] for line in lines)
        nars.append((f"{service.url}/{fields['URL']}", int(fields["NarSize"])))
    random.Random(1).shuffle(nars)
    return nars


def hash_part(path):
    return Path(path).name[:32]


class Download:
    """Fetches URLs over some connections at once, one curl each, each with its share of the list."""

    def __init__(self, directory, nars, connections):
        self.megabytes = sum(size for _, size in nars) / 1e6
        self.configs = directory / "configs"
        self.configs.write_text("".join(f"{directory}/curl-{i}\n" for i in range(connections)))
        for i in range(connections):
            lines = [f'url = "{url}"\noutput = /dev/null\n' for url, _ in nars[i::connections]]
            (directory / f"curl-{i}").write_text("".join(lines))
        self.connections = connections

    def __call__(self):
        """MB/s."""
        curl = ["curl", "--silent", "--show-error", "--fail", "--config"]
        with self.configs.open() as configs:
            return self.megabytes / run("xargs", f"-P{self.connections}", "-n1", *curl, stdin=configs)


def measure_nars(bench):
    ours, rival = nar_list(bench, bench.node()), nar_list(bench, bench.nginx())
    largest = max(range(len(rival)), key=lambda i: rival[i][1])
    cases = [
        (f"one NAR of {rival[largest][1] / 1e6:.0f} MB, one connection", lambda nars: nars[largest:largest + 1] * 5, 1),
        (f"all {len(rival)} NARs, one connection", list, 1),
        (f"all {len(rival)} NARs, {CONNECTIONS} connections", list, CONNECTIONS),
    ]
    for figure, choose, connections in cases:
        downloads = [
            Download(bench.scratch(name), choose(nars), connections) for name, nars in (("ours", ours), ("rival", rival))]
        for download in downloads:
            download()  # warms both up
        yield Row(figure, "MB/s", *in_turn(*downloads), "nginx, static files")


def measure_narinfos(bench):
    urls = bench.tmpfs / "narinfos"
    urls.write_text("".join(f"/{hash_part(path)}.narinfo\n" for path in bench.paths))

    def requests(service):
        def measured():
            output = subprocess.check_output(
                ["wrk", "-t2", f"-c{CONNECTIONS}", f"-d{WRK_SECONDS}s", "-s", Path(__file__).with_name("urls.lua"),
                 service.url, "--", urls], text=True)
            result = json.loads(output.splitlines()[-1])
            if result["errors"]:
                raise SystemExit(f"bench: {result['errors']} requests to {service.url} failed")
            return result["requests"] / result["seconds"]
        return measured

    both = requests(bench.node()), requests(bench.nginx())
    for measured in both:
        measured()
    yield Row(f"narinfos of the corpus, {CONNECTIONS} connections", "requests/s", *in_turn(*both), "nginx, static files")
