"""Node to node: on loopback, over a slow line, from several sources, a second release, a fresh network."""

import http.client
import json
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import rivals
from harness import LOOPBACK, PROGRAM, REPO, RUNS, Row, log, remove, run
from serve import hash_part

sys.path.insert(0, str(REPO / "tools"))
from lan import Lan  # noqa: E402

MEGABIT = 1e6 / 8
AT_ONCE = 16  # as Nix does about
ANSWER_SECONDS = 20
IDLE_SECONDS = 25  # by then a node has let go of what it fetched
SMALL_PATHS, SMALL_BYTES = 100, 200_000


# Nodes

def source(bench, data, store=None, machine=None, options=LOOPBACK):
    """A node that gives what the corpus's key signed, and has been up for a while."""
    service, _ = bench.up(data, store, [*options, "--upstream", "none", "--share-key", bench.key], machine)
    service.settle()
    return service


def asking(bench, *sources, store=None, machine=None, options=LOOPBACK):
    """A node with an empty store, connected with the sources."""
    peers = [word for one in sources for word in ("--peer", one.peer_address)]
    data = bench.scratch(f"asking-{time.monotonic_ns()}")
    node, _ = bench.up(
        data, store or bench.empty_store(),
        [*options, *peers, "--upstream", "none", "--trusted-key", bench.key], machine)
    wait_for(lambda: len(bench.ask(node, "peers")["items"]) >= len(sources), "it is connected")
    return node


def source_data(bench, name):
    """A data directory with the views of the corpus, as if of another machine."""
    data = bench.scratch(name)
    subprocess.run(["cp", "-r", f"{indexed(bench, 'corpus', bench.root)}/.", data], check=True)
    (data / "identity").unlink(missing_ok=True)
    return data


def wait_for(condition, what):
    deadline = time.monotonic() + ANSWER_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            sys.exit(f"bench: waited in vain until {what}")
        time.sleep(0.02)


def indexed(bench, name, *paths, store=None):
    """A data directory in which the closure of the paths has its views; kept from run to run."""
    data = bench.tmpfs / name
    if not data.exists():
        data.mkdir()
        bench.add(data, *paths, store=store)
    return data


# A client of one node, in this process

class Client:
    def __init__(self, service):
        self.connection = http.client.HTTPConnection(service.url.removeprefix("http://"), timeout=120)

    def get(self, path):
        """The body, or None where there is none."""
        self.connection.request("GET", path)
        response = self.connection.getresponse()
        body = response.read()
        return body if response.status == 200 else None

    def url(self, path):
        """Where the narinfo says that the NAR is."""
        narinfo = self.get(f"/{hash_part(path)}.narinfo")
        if narinfo is None:
            raise OSError(f"no narinfo of {path}")
        return "/" + narinfo.decode().partition("\nURL: ")[2].partition("\n")[0]

    def drain(self, path):
        """Reads a body to its end; returns bytes, seconds until the first of them, seconds in all."""
        start = time.perf_counter()
        self.connection.request("GET", path)
        response = self.connection.getresponse()
        if response.status != 200:
            raise OSError(f"{path}: {response.status}")
        buffer = bytearray(1 << 20)
        count = response.readinto(buffer)
        first, total = time.perf_counter() - start, count
        while count := response.readinto(buffer):
            total += count
        if response.length:
            raise OSError(f"{path}: {response.length} bytes are missing")
        return total, first, time.perf_counter() - start


def fetch_nar(node, path):
    """Bytes and seconds of a NAR that the node, or nginx, is asked for."""
    client = Client(node)
    size, _, seconds = client.drain(client.url(path))
    return size, seconds


def fetch_closure(node, paths):
    """Seconds of narinfos and then NARs of all paths, many at once."""
    start = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        urls = list(pool.map(lambda path: Client(node).url(path), paths))
        list(pool.map(lambda url: Client(node).drain(url), urls))
    return time.perf_counter() - start


# The measures

def measure_loopback(bench):
    """One NAR of 1 GB from a node to another on this machine."""
    path, store = bench.big_path()
    giver = source(bench, indexed(bench, "big", path, store=store), store)
    makers = rivals.installed(bench.tmpfs)
    ours, used, others = [], [], {name: [] for name in makers}
    file = store / path[1:]
    for _ in range(RUNS):
        node = asking(bench, giver)
        for speeds in (ours, [], used):
            size, seconds = fetch_nar(node, path)
            speeds.append(size / 1e6 / seconds)
            time.sleep(IDLE_SECONDS)
        node.stop()
        for name, make in makers.items():
            others[name].append(rivals.transfer(make, file))
    limit = [rivals.cipher_limit(bench.tmpfs)]
    for what, mine in ("just started", ours), ("the third time (it keeps nothing)", used):
        for name, speeds in others.items():
            yield Row(f"NAR of 1 GB, node to node, {what}", "MB/s", mine, speeds, f"{name} to {name}, the same file")
        yield Row(
            f"NAR of 1 GB, node to node, {what}", "MB/s", mine, limit, "ChaCha20-Poly1305 of the JDK alone, one thread")
    giver.stop()


def measure_copy(bench):
    """The whole closure of the corpus into an empty Nix store, from another node."""
    giver = source(bench, indexed(bench, "corpus", bench.root))

    def copy(url, store):
        start = time.perf_counter()
        bench.nix("copy", "--from", url, "--to", store, "--no-check-sigs", bench.root)
        elapsed = time.perf_counter() - start
        remove(store)
        return elapsed

    fresh, used, rival = [], [], []
    for _ in range(RUNS):
        # Its own store stays empty, so that it has to fetch everything again.
        node = asking(bench, giver)
        fresh.append(copy(node.url, bench.empty_store()))
        time.sleep(IDLE_SECONDS)
        used.append(copy(node.url, bench.empty_store()))
        node.stop()
        rival.append(copy(bench.nginx().url, bench.empty_store()))
    giver.stop()
    what, whom = f"nix copy of {len(bench.paths)} paths, node to node", "nginx, static files"
    yield Row(f"{what}, just started", "s", fresh, rival, whom, "less")
    yield Row(f"{what}, once more (it knows the narinfos)", "s", used, rival, whom, "less")


def nar_sizes(bench):
    """Bytes of the NAR of each path of the corpus."""
    infos = json.loads(bench.nix("path-info", "--json", "--store", bench.store, *bench.paths))
    return {path: info["narSize"] for path, info in infos.items()}


def large_path(bench):
    sizes = nar_sizes(bench)
    return max(sizes, key=sizes.get)


def small_paths(bench):
    """Some paths with small NARs, and the sum of these."""
    sizes = nar_sizes(bench)
    small = sorted(path for path, size in sizes.items() if size < SMALL_BYTES)
    chosen = small[:: max(1, len(small) // SMALL_PATHS)][:SMALL_PATHS]
    return chosen, sum(sizes[path] for path in chosen)


def on_network(bench, cables, task, options=("--no-mdns",)):
    """Sources on machines with these cables, one that asks on a perfect one; what the task says of it, run there."""
    with Lan() as lan:
        machines = [lan.machine(**cable) for cable in cables]
        sources = []
        for number, machine in enumerate(machines):
            listen = ("--p2p-listen", f"/ip4/{machine.address}/tcp/7746")
            sources.append(source(bench, source_data(bench, f"source-{number}"), None, machine, [*listen, *options]))
        asker = lan.machine()
        listen = ("--p2p-listen", f"/ip4/{asker.address}/tcp/7746")
        node = asking(bench, *sources, machine=asker, options=[*listen, *options])
        result = asker.call(lambda: task(node))
        for one in (node, *sources):
            one.stop()
        return result


def measure_line(bench):
    """A line of 200 Mbit/s with 40 ms there and back."""
    rate, round_trip = 200, 0.040
    line = {"rate": f"{rate}mbit", "delay_ms": 1000 * round_trip / 2}
    large = large_path(bench)
    ours, rival = [], []
    for _ in range(RUNS):
        ours.append(speed_of(on_network(bench, [line], lambda node: fetch_nar(node, large))))
        rival.append(speed_of(plain_on(bench, line, lambda nginx: fetch_nar(nginx, large))))
    figure = f"large NAR over a line of {rate} Mbit/s and 40 ms"
    yield Row(figure, "MB/s", ours, rival, "nginx, one HTTP connection over it")
    yield Row(f"{figure}, share of the line", "%", [100 * speed * 1e6 / (rate * MEGABIT) for speed in ours])

    small, size = small_paths(bench)
    needed = size / (rate * MEGABIT)
    over_it, near, rival = [], [], []
    for _ in range(RUNS):
        over_it.append(on_network(bench, [line], lambda node: fetch_closure(node, small)))
        near.append(on_network(bench, [{"rate": line["rate"]}], lambda node: fetch_closure(node, small)))
        rival.append(plain_on(bench, line, lambda nginx: fetch_closure(nginx, small)))
    figure = f"{len(small)} small paths, {size / 1e6:.1f} MB, over it"
    yield Row(figure, "s", over_it, rival, f"nginx, {AT_ONCE} HTTP connections over it", "less")
    trips = [(seconds - needed) / round_trip for seconds in over_it]
    yield Row(f"{figure}, beyond the time of their bytes", "round trips", trips)
    delayed = [(far - here) / round_trip for far, here in zip(over_it, near)]
    yield Row(f"{figure}, beyond a line without delay", "round trips", delayed)


def speed_of(transfer):
    size, seconds = transfer
    return size / 1e6 / seconds


def plain_on(bench, cable, task):
    """What the task says of nginx at the other end of a cable."""
    with Lan() as lan:
        service, _ = bench.nginx_on(bench.static_cache(), lan.machine(**cable))
        result = lan.machine().call(lambda: task(service))
        service.stop()
        return result


def measure_sources(bench):
    """Three sources with 100 Mbit/s each against one."""
    large = large_path(bench)

    def speed(count):
        return speed_of(on_network(bench, [{"rate": "100mbit"}] * count, lambda node: fetch_nar(node, large)))

    pairs = [(speed(3), speed(1)) for _ in range(RUNS)]
    yield Row("NAR from three sources of 100 Mbit/s", "MB/s", *map(list, zip(*pairs)), "one of them")


def measure_release(bench):
    """A second release of the same packages into a store that has the first."""
    old, new = (find(bench, f"-system-{name}") for name in ("old", "new"))
    giver = source(bench, indexed(bench, "corpus", bench.root))
    store = bench.empty_store()
    bench.nix("copy", "--from", bench.store, "--to", store, "--no-check-sigs", old)
    node = asking(bench, giver, store=store)
    run(PROGRAM, "add", "-r", "--data", node.data, old)
    before = set(closure(bench, old))
    wanted = [path for path in closure(bench, new) if path not in before]
    counted = bench.ask(node, "peers")["items"]
    bench.nix("copy", "--from", node.url, "--to", store, "--no-check-sigs", new)
    moved = sum(one["bytesIn"] for one in bench.ask(node, "peers")["items"]) - sum(one["bytesIn"] for one in counted)
    node.stop()
    giver.stop()
    remove(store)
    sizes = nar_sizes(bench)
    nars = sum(sizes[path] for path in wanted)
    packed = packed_bytes(bench, new, wanted)
    figure = f"second release, {len(wanted)} NARs of {nars / 1e6:.0f} MB: bytes moved"
    yield Row(figure, "MB", [moved / 1e6], [nars / 1e6], "the NARs as they are", "less")
    yield Row(figure, "MB", [moved / 1e6], [packed / 1e6], "the same NARs as .nar.xz", "less")


def find(bench, part):
    return next(path for path in bench.paths if part in path)


def closure(bench, path):
    return bench.nix("path-info", "-r", "--store", bench.store, path).split()


def packed_bytes(bench, root, paths):
    """Bytes of the paths' NARs as a cache would keep them."""
    sizes = {}
    for file in bench.static_cache(root, "xz").glob("*.narinfo"):
        fields = dict(line.partition(": ")[::2] for line in file.read_text().splitlines())
        sizes[fields["StorePath"]] = int(fields["FileSize"])
    return sum(sizes[path] for path in paths)


def measure_discovery(bench):
    """A node that comes to a network where another has what Nix wants."""
    path = find(bench, "-coreutils-")
    found, narinfos = [], []
    for _ in range(RUNS):
        with Lan() as lan:
            first = source(bench, source_data(bench, "first"), None, lan.machine(), ())
            machine = lan.machine()
            second, _ = bench.up(
                bench.scratch("second"), bench.empty_store(), ["--upstream", "none", "--trusted-key", bench.key], machine)
            found.append(machine.call(lambda: first_byte(second, path)))
            narinfos.append(machine.call(lambda: narinfo_time(second, bench.paths)) * 1000)
            for one in (second, first):
                one.stop()
    yield Row("fresh network, ready until the first byte of a NAR", "s", found)
    yield Row("narinfo from a connected node, one after the other, median", "ms", narinfos)


def first_byte(node, path):
    start = time.perf_counter()
    client = Client(node)
    while time.perf_counter() - start < ANSWER_SECONDS:
        try:
            url = client.url(path)
        except OSError:
            time.sleep(0.02)
            continue
        before = time.perf_counter()
        return before + client.drain(url)[1] - start
    return ANSWER_SECONDS


def narinfo_time(node, paths):
    client = Client(node)
    times = []
    for path in paths:
        start = time.perf_counter()
        client.url(path)
        times.append(time.perf_counter() - start)
    return statistics.median(times)
