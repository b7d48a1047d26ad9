"""The store without downloading it: a mount against the same files on disk and through bindfs, and programs that start over a line."""

import contextlib
import os
import stat
import statistics
import subprocess
import time
from pathlib import Path

from harness import PROGRAM, RUNS, Row, remove, run
from peers import closure, find, indexed, nar_sizes, on_network, source
from upstreams import ROUND_TRIP_MS

LINE = {"rate": "200mbit", "delay_ms": ROUND_TRIP_MS / 2}
SMALL_FILES, SMALL_BYTES = 20_000, 200_000
PIECE = 1 << 20
AGAIN = 9
PYTHON = "python3 -c 'import json'"
PROGRAMS = {"git --version": ("git", "--version"), PYTHON: ("python3.11", "-c", "import json"), "gcc --version": ("gcc-12", "--version")}


class Mounted:
    """A mount by a process of ours: of a node, or by bindfs."""

    def __init__(self, directory, command, log=subprocess.DEVNULL):
        self.directory = directory
        directory.mkdir(exist_ok=True)
        start = time.perf_counter()
        self.process = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, stderr=log, text=True)
        while not os.path.ismount(directory):
            if self.process.poll() not in (None, 0) or time.perf_counter() - start > 30:
                raise SystemExit(f"bench: {command[0]} did not mount {directory}")
            time.sleep(0.002)
        self.seconds = time.perf_counter() - start

    def memory(self, field="RssAnon"):
        """Megabytes of its own."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith(field)).split()[1]) * 1024 / 1e6

    def close(self):
        subprocess.run(["umount", str(self.directory)], check=True)
        self.process.wait(20)


@contextlib.contextmanager
def spindrift(bench, node, *what):
    mounted = Mounted(bench.scratch("mount"), [PROGRAM, "mount", bench.tmpfs / "mount", *what, "--data", node.data])
    try:
        yield mounted
    finally:
        mounted.close()


@contextlib.contextmanager
def bindfs(bench, directory):
    mounted = Mounted(bench.scratch("bindfs"), ["bindfs", "-f", "-r", directory, bench.tmpfs / "bindfs"])
    try:
        yield mounted
    finally:
        mounted.close()


def rehearse():
    """Has Java's cache for mounts made, which the first of all does, outside all measures."""
    run(PROGRAM, "mount", "--help")


# What is done with files

def seconds_of(action):
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def again(action):
    """Seconds of what was done before: the median of some, since one takes but milliseconds."""
    return statistics.median(seconds_of(action) for _ in range(AGAIN))


def read(path, buffer=bytearray(PIECE)):
    with open(path, "rb", buffering=0) as file:
        while file.readinto(buffer):
            pass


def drop(path):
    """Takes the file's pages, which are on its disk, out of memory."""
    with open(path, "rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def large_file(bench):
    """The largest regular file of the corpus, below its store."""
    store = bench.store / "nix/store"
    files = (entry for path in bench.paths for entry in regular(store / path[11:]))
    return max(files, key=lambda entry: entry.stat(follow_symlinks=False).st_size).path.removeprefix(f"{store}/")


def regular(directory):
    if not directory.is_dir() or directory.is_symlink():
        return
    for entry in os.scandir(directory):
        if entry.is_dir(follow_symlinks=False):
            yield from regular(Path(entry.path))
        elif entry.is_file(follow_symlinks=False):
            yield entry


def small_files(bench):
    """Some small files of the corpus, below its store, directory by directory."""
    store, found = bench.store / "nix/store", []
    for path in bench.paths:
        for entry in regular(store / path[11:]):
            if entry.stat(follow_symlinks=False).st_size <= SMALL_BYTES:
                found.append(entry.path.removeprefix(f"{store}/"))
            if len(found) == SMALL_FILES:
                return found
    return found


def stat_all(directory, files):
    for file in files:
        if not stat.S_ISREG(os.lstat(f"{directory}/{file}").st_mode):
            raise SystemExit(f"bench: {file} is no file")


def read_all(directory, files):
    for file in files:
        with open(f"{directory}/{file}", "rb", buffering=0) as opened:
            opened.readall()


# The measures

def measure_local(bench):
    """Files that are on this machine, through a mount, on the disk and through bindfs; all in the page cache at first."""
    bench.need("bindfs", "bindfs")
    rehearse()
    disk = bench.store / "nix/store"
    large, small = large_file(bench), small_files(bench)
    size = (disk / large).stat().st_size / 1e6
    node = source(bench, indexed(bench, "corpus", bench.root))
    tasks = {
        "reading it": (lambda where: read(f"{where}/{large}"), "MB/s"),
        f"stat of {len(small)} files": (lambda where: stat_all(where, small), "s"),
        f"reading {len(small)} small files": (lambda where: read_all(where, small), "s"),
    }
    taken = {}
    for action, _ in tasks.values():
        action(disk)
    for _ in range(RUNS):
        for name, (action, unit) in tasks.items():
            for whose, mount in (("ours", lambda: spindrift(bench, node, bench.root)), ("bindfs", lambda: bindfs(bench, disk))):
                with mount() as mounted:
                    for state, timed in (("first", seconds_of), ("again", again if unit == "MB/s" else seconds_of)):
                        taken.setdefault((name, whose, state), []).append(timed(lambda: action(mounted.directory)))
            taken.setdefault((name, "disk", "again"), []).append(again(lambda: action(disk)))
    cold = {"ours": [], "disk": []}
    for _ in range(RUNS):
        with spindrift(bench, node, bench.root) as mounted:
            for whose, where in (("ours", mounted.directory), ("disk", disk)):
                drop(disk / large)
                cold[whose].append(size / seconds_of(lambda: read(f"{where}/{large}")))
    node.stop()
    yield Row(f"a file of {size:.0f} MB, reading it, on the disk only", "MB/s", cold["ours"], cold["disk"], "the same on its disk, likewise")
    for name, (_, unit) in tasks.items():
        for state in ("first", "again"):
            for rival, label in ((("disk", "again"), "the same on its disk, cached"), (("bindfs", state), "bindfs, likewise")):
                ours, theirs = taken[name, "ours", state], taken[name, *rival]
                if unit == "MB/s":
                    yield Row(f"a file of {size:.0f} MB, {name}, {state}", unit, [size / one for one in ours], [size / one for one in theirs], label)
                else:
                    yield Row(f"{name}, {state}", unit, ours, theirs, label, "less")


def measure_start(bench):
    """Programs of a large closure start over a line, with nothing here, against fetching the closure first."""
    rehearse()
    results = {}
    for _ in range(RUNS):
        for name, words in PROGRAMS.items():
            root = find(bench, "-system-new")
            command = [*environment(bench, root, name), f"{root}/bin/{words[0]}", *words[1:]]
            got = on_network(bench, [LINE], lambda node: start(bench, node, root, command))
            results.setdefault(name, []).append((root, *got))
    fetched = {}
    for root in {one[0] for taken in results.values() for one in taken}:
        fetched[root] = on_network(bench, [LINE], lambda node: fetch(bench, node, root))
    sizes = nar_sizes(bench)
    for name, taken in results.items():
        root = taken[0][0]
        size = sum(sizes[path] for path in closure(bench, root)) / 1e6
        yield Row(f"{name}, mount included, in a closure of {size:.0f} MB over 200 Mbit/s and {ROUND_TRIP_MS} ms", "s",
                  [one[1] for one in taken], [fetched[root][0]], "Nix fetches the closure from the same node", "less")
        yield Row(f"{name}: bytes that came to the machine", "MB", [one[2] for one in taken], [fetched[root][1]], "the closure", "less")


def environment(bench, root, name):
    """What a program needs to be told: Debian's Python, here in paths of its own, looks for its modules below /usr."""
    if name != PYTHON:
        return []
    minimal, rest = (next(path for path in closure(bench, root) if part in path) for part in ("-libpython3.11-minimal-", "-libpython3.11-stdlib-"))
    modules = f"{minimal}/lib/python3.11:{rest}/lib/python3.11:{rest}/lib/python3.11/lib-dynload"
    return ["env", f"PYTHONHOME={minimal}", f"PYTHONPATH={modules}"]


def received():
    """Megabytes that came to this network's eth0."""
    line = next(line for line in Path("/proc/thread-self/net/dev").read_text().splitlines() if "eth0:" in line)
    return int(line.partition(":")[2].split()[0]) / 1e6


def start(bench, node, root, command):
    before, began = received(), time.perf_counter()
    with spindrift(bench, node, root) as mounted:
        Path("/nix/store").mkdir(parents=True, exist_ok=True)
        script = f'mount --bind {mounted.directory} /nix/store && exec "$@"'
        done = subprocess.run(["unshare", "-m", "sh", "-c", script, "sh", *command], capture_output=True, text=True)
        seconds = time.perf_counter() - began
    if done.returncode != 0:
        raise SystemExit(f"bench: {command} failed: {done.stderr[-500:]}")
    return [seconds, received() - before]


def fetch(bench, node, root):
    before, store = received(), bench.empty_store()
    began = time.perf_counter()
    bench.nix("copy", "--from", node.url, "--to", store, "--no-check-sigs", root)
    seconds = time.perf_counter() - began
    remove(store)
    return [seconds, received() - before]


def measure_ready(bench):
    """From the command until it is mounted, and memory when everything has been looked at."""
    rehearse()
    root = find(bench, "-system-old")
    node = source(bench, indexed(bench, "corpus", bench.root))
    ready, memory, count = [], [], 0
    for _ in range(RUNS):
        with spindrift(bench, node, root) as mounted:
            ready.append(mounted.seconds)
        with spindrift(bench, node, bench.root) as mounted:
            count = sum(1 for _ in Path(mounted.directory).rglob("*"))
            memory.append(mounted.memory())
    node.stop()
    yield Row(f"mount of a closure of {len(closure(bench, root))} paths, ready", "s", ready)
    yield Row(f"memory of a mount that knows {count} files", "MB", memory)
