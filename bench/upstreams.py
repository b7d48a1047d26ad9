"""One substituter in place of a list: look-ups, absences, a closure over a line, upstreams that die."""

import hashlib
import http.client
import json
import random
import socket
import statistics
import subprocess
import threading
import time
from pathlib import Path

from harness import RUNS, Row, free_port, remove
from peers import MEGABIT, Client, Lan, closure, find, nar_sizes, source, source_data, wait_for
from serve import hash_part

UPSTREAMS = 10
ROUND_TRIP_MS = 20
LINE = {"rate": "200mbit", "delay_ms": ROUND_TRIP_MS / 2}
ABSENT = 40
AGAIN_SECONDS = 2  # that nobody has a path counts for ten
TRANSFERS = 100
NIX32 = "0123456789abcdfghijklmnpqrsvwxyz"


def node_over(bench, upstreams, machine=None, store=None):
    """A node without peers that has an empty store and these upstreams."""
    words = [word for url in upstreams for word in ("--upstream", url)]
    options = [*words, "--trusted-key", bench.key, "--p2p-listen", "none"]
    return bench.up(bench.scratch(f"node-{time.monotonic_ns()}"), store or bench.empty_store(), options, machine)[0]


def black_hole(machine):
    """The URL of a host that never answers, not even that it is not there."""
    address = machine.address.rpartition(".")[0] + ".250"
    machine.run("ip", "neigh", "add", address, "lladdr", "02:00:00:00:00:fa", "dev", "eth0")
    return f"http://{address}:8080"


def ten_upstreams(bench, lan, cache):
    """The URLs of caches without anything, the last of which has it all, on a machine some way off."""
    far = lan.machine(delay_ms=ROUND_TRIP_MS / 2)
    service, _ = bench.nginx_on(cache, far, empty=UPSTREAMS - 1)
    host, _, port = service.url.rpartition(":")
    return [f"{host}:{int(port) - number}" for number in reversed(range(UPSTREAMS))]


def measure_race(bench):
    """All narinfos of a closure of which the last of ten upstreams has everything."""
    root = find(bench, "-system-old")
    cache = bench.static_cache(root)
    names = ("black-holed: none", "black-holed: one of them", "preferred: those without")
    figures = {name: ([], []) for name in names}
    for _ in range(RUNS):
        for name, (ours, rival) in figures.items():
            with Lan() as lan:
                urls = ten_upstreams(bench, lan, cache)
                asker = lan.machine()
                if name == names[1]:
                    urls[4] = black_hole(asker)
                if name == names[2]:
                    urls = [f"{url}?priority={10 + number}" for number, url in enumerate(urls)]
                node = node_over(bench, urls, asker)
                ours.append(asker.call(lambda: dry_run(bench, root, [node.url])))
                node.stop()
                rival.append(asker.call(lambda: dry_run(bench, root, urls)))
    count = len(closure(bench, root))
    for name, (ours, rival) in figures.items():
        figure = f"narinfos of {count} paths, the last of {UPSTREAMS} upstreams has them, {name}"
        yield Row(figure, "s", ours, rival, "Nix with the same list", "less")


def dry_run(bench, root, substituters):
    """Seconds in which Nix finds out what it would download."""
    store = bench.empty_store()
    start = time.perf_counter()
    bench.nix(
        "build", "--dry-run", "--store", store, "--option", "substituters", " ".join(substituters), "--option",
        "trusted-public-keys", bench.key, "--option", "connect-timeout", 5, root)
    seconds = time.perf_counter() - start
    remove(store)
    return seconds


def measure_absent(bench):
    """What nobody has: beyond the round trip to the upstreams, and when it is asked for again."""
    cache = bench.static_cache(find(bench, "-system-old"))
    fresh, used, again, static = [], [], [], []
    with Lan() as lan:
        urls = ten_upstreams(bench, lan, cache)
        asker = lan.machine()
        nginx, _ = bench.nginx_on(cache, asker)
        for _ in range(RUNS):
            node = node_over(bench, urls, asker)
            for beyond, count in (fresh, ABSENT), ([], 3 * ABSENT), (used, ABSENT):
                parts = ["".join(random.choices(NIX32, k=32)) for _ in range(count)]
                through, direct = asker.call(lambda: absences(node, urls, parts))
                beyond.append(through - direct)
            again.append(asker.call(lambda: absent_again(bench, node, parts)))
            static.append(asker.call(lambda: absent_again(bench, nginx, parts)))
            node.stop()
    figure = f"absent at {UPSTREAMS} upstreams, beyond the round trip to them"
    yield Row(f"{figure}, just started", "ms", fresh)
    yield Row(f"{figure}, after {4 * ABSENT} others", "ms", used)
    yield Row("absent, asked for again by wrk, one connection", "ms", again, static, "nginx, a file that is not there", "less")


class Asker:
    """A connection that costs the one who measures some hundredths of a millisecond for each question."""

    def __init__(self, url):
        host, _, port = url.removeprefix("http://").partition(":")
        self.socket = socket.create_connection((host, int(port)))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, part):
        """Milliseconds until the whole answer is there."""
        start = time.perf_counter()
        self.socket.sendall(f"GET /{part}.narinfo HTTP/1.1\r\nHost: it\r\n\r\n".encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self.socket.recv(1 << 16)
        head, _, body = answer.partition(b"\r\n\r\n")
        left = int(head.lower().partition(b"content-length:")[2].split()[0]) - len(body)
        while left > 0:
            left -= len(self.socket.recv(left))
        return 1000 * (time.perf_counter() - start)


def absences(node, urls, parts):
    """Milliseconds, medians: through the node, and of the slowest upstream for the same."""
    ours, theirs = Asker(node.url), [Asker(url) for url in urls]
    times = [(ours.ask(part), max(one.ask(part) for one in theirs)) for part in parts]
    # The first ones also open connections.
    return [statistics.median(column) for column in zip(*times[5:])]


def absent_again(bench, service, parts):
    """Milliseconds of one request after another, on the average."""
    paths = bench.tmpfs / "absent"
    paths.write_text("".join(f"/{part}.narinfo\n" for part in parts))
    output = subprocess.check_output(
        ["wrk", "-t1", "-c1", f"-d{AGAIN_SECONDS}s", "-s", Path(__file__).with_name("urls.lua"), service.url, "--",
         paths], text=True)
    result = json.loads(output.splitlines()[-1])
    return 1000 * result["seconds"] / result["requests"]


def measure_closure(bench):
    """A closure into an empty store over a line of 200 Mbit/s, compressed in two ways."""
    root = find(bench, "-system-new")
    for compression in ("xz", "zstd"):
        cache = bench.static_cache(root, compression)
        ours, rival = [], []
        for _ in range(RUNS):
            with Lan() as lan:
                service, _ = bench.nginx_on(cache, lan.machine(**LINE))
                asker = lan.machine()
                store = bench.empty_store()
                node = node_over(bench, [service.url], asker, store)
                ours.append(asker.call(lambda: copy(bench, node.url, store, root)))
                node.stop()
                rival.append(asker.call(lambda: copy(bench, service.url, bench.empty_store(), root)))
        size = sum(file.stat().st_size for file in (cache / "nar").iterdir()) / 1e6
        yield Row(
            f"closure in {compression}, {size:.0f} MB over 200 Mbit/s and {ROUND_TRIP_MS} ms, at least"
            f" {size / (200 * MEGABIT / 1e6):.1f} s", "s", ours, rival, "Nix from the same upstream", "less")


def copy(bench, url, store, root):
    start = time.perf_counter()
    bench.nix("build", "--no-link", "--store", store, "--option", "substituters", url, "--option",
              "trusted-public-keys", bench.key, root)
    seconds = time.perf_counter() - start
    remove(store)
    return seconds


def measure_offline(bench):
    """A path that a machine on the network has, while the way to the only upstream is down."""
    root, small = find(bench, "-system-old"), find(bench, "-coreutils-")
    seconds, sizes = [], nar_sizes(bench)
    for _ in range(RUNS):
        with Lan() as lan:
            far = lan.machine(**LINE)
            service, _ = bench.nginx_on(bench.static_cache(root), far)
            giver = source(bench, source_data(bench, "giver"), None, lan.machine(), ())
            asker = lan.machine()
            store = bench.empty_store()
            options = ["--trusted-key", bench.key, "--upstream", service.url]
            node, _ = bench.up(bench.scratch("asker"), store, options, asker)
            wait_for(lambda: bench.ask(node, "peers")["items"], "it is connected")
            far.pull()
            seconds.append(asker.call(lambda: copy(bench, node.url, store, small)))
            for one in (node, giver, service):
                one.stop()
    size = sum(sizes[path] for path in closure(bench, small)) / 1e6
    yield Row(f"uplink down, {size:.0f} MB from a node on the network, Nix's start included", "s", seconds)


class Mortal:
    """An upstream that can be killed at some byte, and lives again for the next transfer."""

    def __init__(self, server):
        self.server, self.port = server, free_port()
        self.lock, self.open, self.left, self.kills = threading.Lock(), [], None, 0
        self.url = f"http://127.0.0.1:{self.port}"
        self.revive()

    def revive(self):
        self.listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self.accept, args=(self.listener,), daemon=True).start()

    def accept(self, listener):
        while True:
            try:
                near, _ = listener.accept()
                far = socket.create_connection(self.server)
            except OSError:
                return
            with self.lock:
                self.open += [near, far]
            for one, other, counts in ((near, far, False), (far, near, True)):
                threading.Thread(target=self.carry, args=(one, other, counts), daemon=True).start()

    def carry(self, source, target, counts):
        try:
            while data := source.recv(1 << 16):
                if counts and self.left is not None and self.pass_on(len(data)):
                    return
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def pass_on(self, length):
        """Whether it is killed by this."""
        with self.lock:
            self.left -= length
            if self.left >= 0:
                return False
        self.die()
        return True

    def die(self):
        self.left = None
        self.kills += 1
        self.listener.shutdown(socket.SHUT_RDWR)  # a thread that accepts would keep it open
        self.listener.close()
        with self.lock:
            for one in self.open:
                try:
                    one.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
                one.close()
            self.open = []


def measure_killed(bench):
    """Transfers during which the upstream that serves is killed at a random byte, with another present."""
    sizes = nar_sizes(bench)
    paths = sorted((path for path, size in sizes.items() if 4e6 < size < 60e6))
    server = bench.nginx()
    host, _, port = server.url.removeprefix("http://").rpartition(":")
    upstreams = [Mortal((host, int(port))) for _ in range(2)]
    chance = random.Random(4)
    right = errors = 0
    for number in range(TRANSFERS):
        if number % 10 == 0:  # a node remembers who died
            node = node_over(bench, [one.url for one in upstreams])
        path = chance.choice(paths)
        point = chance.randrange(1, sizes[path])
        client = Client(node)
        url = client.url(path)
        killed = kill_the_one_that_serves(upstreams, point)
        try:
            body = client.get(url)
            expected = client.get(f"/{hash_part(path)}.narinfo").decode().partition("NarHash: sha256:")[2][:52]
            right += body is not None and nix32(hashlib.sha256(body).digest()) == expected
        except (OSError, http.client.HTTPException):
            errors += 1
        killed.set()
        for one in upstreams:
            one.left = None
            if one.listener.fileno() < 0:
                one.revive()
        if number % 10 == 9:
            node.stop()
    yield Row(f"{TRANSFERS} NARs, {sum(one.kills for one in upstreams)} upstreams killed on the way: right", "NARs", [right])
    yield Row("… errors that a client saw", "errors", [errors], better="less")


def kill_the_one_that_serves(upstreams, point):
    """Only one dies: whichever gets to the byte first."""
    over = threading.Event()

    def watch():
        while not over.is_set():
            dead = [one for one in upstreams if one.left is None]
            if dead:
                for one in upstreams:
                    one.left = None
                return
            time.sleep(0.001)

    for one in upstreams:
        one.left = point
    threading.Thread(target=watch, daemon=True).start()
    return over


def nix32(digest):
    number = int.from_bytes(digest, "little")
    return "".join(NIX32[(number >> (5 * place)) & 31] for place in reversed(range(52)))
