#!/usr/bin/env python3
"""lan.py: a network of machines on this one: network namespaces, joined by a switch, with cables to pull.

It needs root, iproute2 and util-linux. No namespace has a name: each lives as long as a process that holds it, which ends
when whoever made it does, however that ended; and takes all with it that runs in the namespace.

    with Lan() as lan:
        a = lan.machine()
        b = lan.machine(rate="100mbit", delay_ms=20, loss_percent=1)
        subprocess.run([*a.prefix, "curl", f"http://{b.address}:8080"])
        b.pull(); b.plug()

delay and loss hold in each direction: two machines with 10 ms are 40 ms apart, there and back. Rate is the kernel's
(tbf); for delay and loss frames go through a small program, since not every kernel has netem.

As a program it takes commands, one JSON object a line, and answers each with a line: {"id": 1, "do": "machine",
"rate": "100mbit"} -> {"id": 1, "machine": 1, "pid": 4711, "address": "192.168.77.1"}; also pull and plug with "machine".
"""

import collections
import ctypes
import fcntl
import json
import os
import random
import select
import struct
import subprocess
import sys
import time

NETWORK = "192.168.77"
BURST = "128k"
QUEUE_SECONDS = 0.1  # what a shaped cable holds at most, as a home router would
QUEUE_FRAMES = 10_000  # of a cable with delay
MAX_FRAME = 65_536
END_SECONDS = 10

# Ends when its input does, and takes along all that runs in its namespace; twice, for those that were just starting another.
HOLD = """
here=$(readlink /proc/self/ns/net)
echo held
cat >/dev/null
for round in 1 2; do
  for process in $(ls -l /proc/[0-9]*/ns/net 2>/dev/null | grep -F "$here" | grep -o '/proc/[0-9]*'); do
    [ "$process" != "/proc/$$" ] && kill -9 "${process#/proc/}" 2>/dev/null
  done
done
exit 0
"""


class Namespace:
    """A network namespace of its own, with loopback up."""

    def __init__(self):
        self.holder = subprocess.Popen(
            ["unshare", "--net", "sh", "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
        if self.holder.stdout.readline() != b"held\n":
            raise OSError("no network namespace can be made here")
        self.pid = self.holder.pid
        self.prefix = ["nsenter", f"--net=/proc/{self.pid}/ns/net", "--"]
        self.run("ip", "link", "set", "lo", "up")

    def run(self, *command):
        subprocess.run([*self.prefix, *map(str, command)], check=True)

    def call(self, function):
        """What the function returns when it is called here, in a process of its own; it must be JSON."""
        here, there = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                enter(self.pid)
                with os.fdopen(there, "w") as out:
                    json.dump(function(), out)
            except BaseException as error:
                print(f"lan: {error!r}", file=sys.stderr, flush=True)
                os._exit(1)
            os._exit(0)
        os.close(there)
        with os.fdopen(here) as said:
            text = said.read()
        if os.waitpid(child, 0)[1] != 0:
            raise OSError("a function failed")
        return json.loads(text)

    def let_go(self):
        """Lets all end that runs here; close() waits for it."""
        if not self.holder.stdin.closed:
            self.holder.stdin.close()

    def close(self):
        self.let_go()
        self.holder.wait(END_SECONDS)


def enter(pid):
    """Moves this process into the network namespace of another."""
    new_net = 0x40000000
    namespace = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY)
    if ctypes.CDLL(None, use_errno=True).setns(namespace, new_net) != 0:
        raise OSError(ctypes.get_errno(), "setns")
    os.close(namespace)


class Machine(Namespace):
    """A machine with one network card, eth0, on a cable to the switch."""

    def __init__(self, lan, number, rate, delay_ms, loss_percent, duplicate_percent):
        super().__init__()
        self.lan, self.port = lan, f"port{number}"
        self.address = f"{NETWORK}.{number}"
        self.wire = None
        if delay_ms or loss_percent or duplicate_percent:
            self.lay_wire(number, delay_ms, loss_percent, duplicate_percent)
        else:
            lan.run("ip", "link", "add", self.port, "type", "veth", "peer", "name", "eth0", "netns", self.pid)
        if rate:
            self.shape(rate)
        lan.run("ip", "link", "set", self.port, "master", "switch", "up")
        self.run("ip", "address", "add", f"{self.address}/24", "dev", "eth0")
        self.run("ip", "link", "set", "eth0", "up")
        # There is no default route, and multicast of programs that name no card, as Node's, needs one.
        self.run("ip", "route", "add", "224.0.0.0/4", "dev", "eth0")

    def lay_wire(self, number, *faults):
        far = f"far{number}"
        self.wire = subprocess.Popen(
            [*self.lan.prefix, sys.executable, os.path.abspath(__file__), "wire", self.port, far,
             *map(str, faults)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        if self.wire.stdout.readline() != b"laid\n":
            raise OSError("no network device can be made here")
        self.lan.run("ip", "link", "set", far, "netns", self.pid)
        self.run("ip", "link", "set", far, "name", "eth0")

    def shape(self, rate):
        """Bounds what goes each way; `rate` as tc writes it, such as 100mbit."""
        queue = f"{round(QUEUE_SECONDS * 1000)}ms"
        for namespace, device in ((self, "eth0"), (self.lan, self.port)):
            namespace.run("tc", "qdisc", "replace", "dev", device, "root", "tbf", "rate", rate, "burst", BURST, "latency", queue)

    def pull(self):
        """Pulls the cable."""
        self.lan.run("ip", "link", "set", self.port, "down")

    def plug(self):
        self.lan.run("ip", "link", "set", self.port, "up")

    def close(self):
        super().close()
        if self.wire:
            self.wire.kill()
            self.wire.wait()


class Lan(Namespace):
    """A switch in a namespace of its own, and the machines on it."""

    def __init__(self):
        super().__init__()
        self.machines = []
        self.run("ip", "link", "add", "switch", "type", "bridge", "stp_state", 0, "mcast_snooping", 0)
        self.run("ip", "link", "set", "switch", "up")

    def machine(self, rate=None, delay_ms=0, loss_percent=0, duplicate_percent=0):
        machine = Machine(self, len(self.machines) + 1, rate, delay_ms, loss_percent, duplicate_percent)
        self.machines.append(machine)
        return machine

    def close(self):
        for namespace in (*self.machines, self):
            namespace.let_go()
        for machine in self.machines:
            machine.close()
        super().close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def open_tap(name):
    """A network device whose frames are read from and written to a file."""
    set_interface, tap_without_header = 0x400454CA, 0x1002
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, set_interface, struct.pack("16sH22x", name.encode(), tap_without_header))
    subprocess.run(["ip", "link", "set", name, "txqueuelen", str(QUEUE_FRAMES)], check=True)
    return device


def carry(near, far, delay_ms, loss_percent, duplicate_percent):
    """Moves frames between two devices, each after the delay, some never and some twice, the second after the next."""
    ends = [open_tap(near), open_tap(far)]
    print("laid", flush=True)
    queues = [collections.deque(), collections.deque()]
    delay, loss, twice = delay_ms / 1000, loss_percent / 100, duplicate_percent / 100
    while True:
        due = min((queue[0][0] for queue in queues if queue), default=None)
        wait = None if due is None else max(0, due - time.monotonic())
        for end in select.select(ends, [], [], wait)[0]:
            side = ends.index(end)
            take(end, queues[side], time.monotonic() + delay, loss, twice)
        now = time.monotonic()
        for side, queue in enumerate(queues):
            while queue and queue[0][0] <= now:
                try:
                    os.write(ends[1 - side], queue.popleft()[1])
                except OSError:
                    pass  # the cable is pulled


def take(end, queue, due, loss, twice):
    """Queues the frames that have come."""
    again = None
    for _ in range(64):  # then the other side has its turn
        try:
            frame = os.read(end, MAX_FRAME)
        except OSError:
            return
        if len(queue) < QUEUE_FRAMES and not (loss and random.random() < loss):
            queue.append((due, frame))
            if again:
                queue.append((due, again))
            again = frame if twice and random.random() < twice else None


def serve():
    """Carries out the commands on the input until it ends."""
    with Lan() as lan:
        print(json.dumps({"event": "ready"}), flush=True)
        for line in sys.stdin:
            command = json.loads(line)
            answer = {"id": command.pop("id")}
            command.pop("limitMs", None)
            try:
                answer |= carry_out(lan, **command)
            except (OSError, subprocess.SubprocessError, TypeError, LookupError) as error:
                answer["error"] = str(error)
            print(json.dumps(answer), flush=True)


def carry_out(lan, do, machine=None, **settings):
    if do == "machine":
        made = lan.machine(**settings)
        return {"machine": len(lan.machines), "pid": made.pid, "address": made.address}
    {"pull": Machine.pull, "plug": Machine.plug}[do](lan.machines[machine - 1])
    return {}


if __name__ == "__main__":
    if sys.argv[1:2] == ["wire"]:
        carry(sys.argv[2], sys.argv[3], *map(float, sys.argv[4:]))
    elif sys.argv[1:]:
        sys.exit(__doc__)
    else:
        serve()
