"""What all measures need: the corpus, processes that end with the run, medians, rows."""

import functools
import glob
import json
import os
import platform
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "spindrift"
PROGRAM = os.environ.get("SPINDRIFT", REPO / "spindrift")
USUAL_PORT = 7745
LOOPBACK = ("--p2p-listen", "/ip4/127.0.0.1/tcp/0", "--no-mdns")
RUNS = int(os.environ.get("BENCH_RUNS", 5))
BIG_BYTES = 1_000_000_000
NIX_CONFIG = "experimental-features = nix-command\nbuild-users-group =\nsubstituters =\nsandbox = false\n"


@dataclass
class Row:
    """One figure: what each run gave us and the rival. `better` is the direction: "more" or "less"."""

    figure: str
    unit: str
    ours: list
    rival: list = ()
    rival_name: str = ""
    better: str = "more"

    def __str__(self):
        ours = statistics.median(self.ours)
        spread = f"{figure(min(self.ours))} to {figure(max(self.ours))}"
        if not self.rival:
            return f"| {self.figure} | {figure(ours)} {self.unit} | – | – | – | {spread} |"
        rival = statistics.median(self.rival)
        ratio = ours / rival if self.better == "more" else rival / ours
        theirs = f"{figure(rival)} {self.unit} | {self.rival_name}"
        return f"| {self.figure} | {figure(ours)} {self.unit} | {theirs} | {ratio:.2f} | {spread} |"


class Service:
    """A process group of ours that listens on a port."""

    def __init__(self, process, url, peer_address="", data=None):
        self.process, self.url, self.peer_address, self.data = process, url, peer_address, data

    def memory(self, field):
        """Megabytes of all its processes: field is VmRSS or VmHWM."""
        total = 0
        for path in glob.glob("/proc/[0-9]*/stat"):
            try:
                group = int(Path(path).read_text().rpartition(")")[2].split()[2])
                if group != self.process.pid:
                    continue
                status = Path(path).with_name("status").read_text()
            except OSError:
                continue  # ended meanwhile
            total += sum(int(line.split()[1]) for line in status.splitlines() if line.startswith(field + ":"))
        return total * 1024 / 1e6

    def seconds(self):
        """Processor time of all its processes so far."""
        ticks = 0
        for path in glob.glob("/proc/[0-9]*/stat"):
            try:
                fields = Path(path).read_text().rpartition(")")[2].split()
            except OSError:
                continue  # ended meanwhile
            if int(fields[2]) == self.process.pid:
                ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def settle(self):
        """Waits until it has done what it does after its start, as a node that has been up for a while."""
        for _ in range(100):
            before = self.seconds()
            time.sleep(0.3)
            if self.seconds() - before < 0.03:
                return

    def stop(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()


class Bench:
    """One run: owns a work directory, a scratch directory in memory and all processes that it starts."""

    def __init__(self):
        self.dir = Path(os.environ.get("BENCH_DIR", CACHE / "bench"))
        self.dir.mkdir(parents=True, exist_ok=True)
        self.tmpfs = Path(tempfile.mkdtemp(prefix="spindrift-bench-", dir=os.environ.get("BENCH_TMPFS", "/dev/shm")))
        self.services = []
        self.corpus = Path(os.environ.get("BENCH_CORPUS", CACHE / "corpus"))
        self._node = self._nginx = None

    def __enter__(self):
        for command, package in (("nginx", "nginx-light"), ("wrk", "wrk"), ("curl", "curl"), ("openssl", "openssl")):
            self.need(command, package)
        if not (self.corpus / "out/roots.txt").exists():
            log(f"making the corpus in {self.corpus}")
            run(REPO / "tools/make-corpus.sh", "--size", "full", "--store", self.corpus / "store", self.corpus / "out")
        run(REPO / "tools/sign-corpus.sh", self.corpus / "store", self.corpus / "out")
        self.key = (self.corpus / "out/corpus.pub").read_text().strip()
        self.store = self.corpus / "store"
        self.root = (self.corpus / "out/all.path").read_text().strip()
        self.paths = (self.corpus / "out/roots.txt").read_text().split()
        run(PROGRAM, "--version")  # builds it where needed, outside all measures
        return self

    def __exit__(self, *_):
        for service in self.services:
            service.stop()
        remove(self.tmpfs)

    @staticmethod
    def need(command, package):
        if shutil.which(command, path=os.environ["PATH"] + ":/usr/sbin"):
            return
        if os.geteuid() != 0:
            sys.exit(f"bench: no {command} here; install the package {package}")
        run("apt-get", "update", "-qq")
        run("apt-get", "install", "-y", "-qq", "--no-install-recommends", package)

    @staticmethod
    def machine():
        model = next(line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name"))
        return f"{os.cpu_count()} × {model.partition(': ')[2]}, Linux {platform.release()}, load {os.getloadavg()[0]:.1f}"

    def scratch(self, name):
        """A fresh directory in memory."""
        directory = self.tmpfs / name
        remove(directory)
        directory.mkdir()
        return directory

    # Spindrift

    def add(self, data, *paths, store=None):
        """Adds closures to a data directory; returns the seconds it took."""
        return run(PROGRAM, "add", "-r", "--data", data, "--store", store or self.store, *paths)

    def up(self, data, store=None, options=LOOPBACK, machine=None):
        """Starts a node, on a machine of a network or on this one; returns it and the seconds until it was ready."""
        port = USUAL_PORT if machine else free_port()
        prefix = machine.prefix if machine else []
        start = time.perf_counter()
        process = subprocess.Popen(
            [*prefix, PROGRAM, "up", "--listen", f"127.0.0.1:{port}", "--data", data, "--store", store or self.store, *options],
            stdout=subprocess.PIPE, stderr=(self.dir / "node.log").open("ab"), text=True, start_new_session=True,
        )
        line = process.stdout.readline()
        seconds = time.perf_counter() - start
        fields = dict(word.partition("=")[::2] for word in line.split())
        service = Service(process, fields.get("http", ""), fields.get("p2p", ""), data)
        self.services.append(service)
        if not line.startswith("ready ") or not service.url:
            sys.exit(f"bench: the node said {line!r} in place of ready; see {self.dir}/node.log")
        return service, seconds

    def ask(self, node, *command):
        """What a command says of a running node, as data."""
        return json.loads(output(PROGRAM, *command, "--data", node.data, "--json"))

    def node(self):
        """A node that has the corpus."""
        if not self._node:
            data = self.scratch("node")
            self.add(data, self.root)
            self._node, _ = self.up(data)
        return self._node

    def empty_store(self):
        """A fresh chroot store in memory, without paths."""
        store = Path(tempfile.mkdtemp(dir=self.tmpfs, prefix="store-"))
        self.nix("store", "info", "--store", store)
        return store

    def big_path(self):
        """A signed store object of one incompressible file of 1 GB, and the store it is in; kept from run to run."""
        store, note = self.dir / "big-store", self.dir / "big.path"
        if not note.exists():
            file = self.tmpfs / "one-gigabyte"
            with file.open("wb") as out:
                for _ in range(BIG_BYTES // 1_000_000):
                    out.write(os.urandom(1_000_000))
            note.write_text(self.nix("store", "add-path", "--store", store, file))
            file.unlink()
        path = note.read_text().strip()
        self.nix("store", "sign", "--store", store, "--key-file", self.corpus / "out/corpus.key", path)
        return path, store

    # The rival

    def static_cache(self, root=None, compression="none"):
        """A closure (default: the corpus) as a static binary cache, as Nix writes it; kept from run to run."""
        root = root or self.root
        name = "static" if root == self.root and compression == "none" else f"static-{compression}-{root[11:43]}"
        cache, made_of = self.dir / name, self.dir / f"{name}.root"
        if not made_of.exists() or made_of.read_text() != root:
            log(f"writing a static cache to {cache}" + (", which takes some minutes" if compression == "xz" else ""))
            remove(cache)
            settings = f"compression={compression}&parallel-compression=true"
            self.nix("copy", "--from", self.store, "--to", f"file://{cache}?{settings}", "--no-check-sigs", root)
            made_of.write_text(root)
        return cache

    def nginx_on(self, directory, machine=None, empty=0):
        """Starts nginx over a directory, as up() does; returns it and the seconds until it answered.

        The ports before it are those of as many caches without anything.
        """
        address, prefix = (machine.address, machine.prefix) if machine else ("127.0.0.1", [])
        port, state = free_port(), Path(tempfile.mkdtemp(dir=self.tmpfs))
        (state / "empty").mkdir()
        (state / "empty/nix-cache-info").write_text("StoreDir: /nix/store\n")
        servers = "".join(
            f" server {{ listen {address}:{port - number} reuseport; root {state / 'empty' if number else directory}; }}"
            for number in range(empty + 1))
        temporary = "".join(f"{kind}_temp_path {state}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (state / "nginx.conf").write_text(
            f"daemon off; user root; worker_processes auto; pid {state}/pid; error_log {state}/error.log;"
            "events { worker_connections 1024; }"
            f"http {{ {temporary} access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000;"
            " open_file_cache max=5000; open_file_cache_valid 60s;"
            f"{servers} }}")
        start = time.perf_counter()
        process = subprocess.Popen(
            [*prefix, "nginx", "-e", f"{state}/error.log", "-c", f"{state}/nginx.conf"],
            env=os.environ | {"PATH": os.environ["PATH"] + ":/usr/sbin"}, start_new_session=True)
        service = Service(process, f"http://{address}:{port}")
        self.services.append(service)
        reached = functools.partial(answers, address, port)
        while not (machine.call(reached) if machine else reached()):
            if process.poll() is not None:
                sys.exit("bench: nginx did not start")
            time.sleep(0.001)
        return service, time.perf_counter() - start

    def nginx(self):
        if not self._nginx:
            self._nginx, _ = self.nginx_on(self.static_cache())
        return self._nginx

    def nix(self, *arguments):
        """Runs the newest real Nix, with a HOME that has cached nothing; returns what it prints."""
        environment = os.environ | {"HOME": str(self.scratch("home")), "NIX_CONFIG": NIX_CONFIG}
        environment.setdefault("REAL_NIX", str(CACHE / "real-nix"))
        environment.pop("XDG_CACHE_HOME", None)
        if not Path(environment["REAL_NIX"], "sid").exists():
            run(REPO / "tools/real-nix.sh", "install", "sid", env=environment)
        return output(REPO / "tools/real-nix.sh", "run", "sid", "nix", *arguments, env=environment)


def figure(value):
    """Three digits, or all digits before the point."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def log(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def run(*command, env=None, stdin=None):
    """Runs a command that must succeed; returns the seconds it took."""
    start = time.perf_counter()
    output(*command, env=env, stdin=stdin)
    return time.perf_counter() - start


def output(*command, env=None, stdin=None):
    """Runs a command that must succeed; returns what it prints."""
    done = subprocess.run([str(word) for word in command], env=env, stdin=stdin, capture_output=True)
    if done.returncode != 0:
        error = done.stderr.decode(errors="replace")[-2000:]
        raise SystemExit(f"bench: {' '.join(map(str, command))[:300]} failed:\n{error}")
    return done.stdout.decode(errors="replace")


def fetch(url):
    with urllib.request.urlopen(url) as response:
        return response.read()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(address, port):
    try:
        socket.create_connection((address, port), 1).close()
        return True
    except ConnectionRefusedError:
        return False


def remove(directory):
    """Removes a tree that may hold read-only directories, as stores do."""
    if directory.exists():
        subprocess.run(["chmod", "-R", "u+w", directory], check=False, stderr=subprocess.DEVNULL)
        shutil.rmtree(directory)


def in_turn(ours, rival):
    """Both, one after the other, RUNS times: the lists of what they returned."""
    pairs = [(ours(), rival()) for _ in range(RUNS)]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]
