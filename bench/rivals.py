"""The rivals among peers: Helia, a peer of Kubo's libraries, Kubo itself, on loopback; and the cipher that all use."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

from harness import CACHE, REPO, log, output, remove

CHUNKER = "size-1048576"
LIMIT_MS = 600_000


class Scripted:
    """A peer of tools/helia or tools/boxo, told what to do by JSON lines; see tools/README.md."""

    def __init__(self, *command):
        self.process = subprocess.Popen(
            list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)
        self.address = self.heard("event", "ready")["addresses"][0]

    def heard(self, key, value):
        for line in self.process.stdout:
            said = json.loads(line)
            if said.get(key) == value:
                if "error" in said:
                    sys.exit(f"bench: a rival said {said}")
                return said
        sys.exit("bench: a rival ended")

    def do(self, what, **fields):
        self.process.stdin.write(json.dumps({"id": 1, "do": what, "limitMs": LIMIT_MS, **fields}) + "\n")
        self.process.stdin.flush()
        return self.heard("id", 1)

    def add(self, file):
        return self.do("add", path=str(file), chunker=CHUNKER)["cid"]

    def connect(self, address):
        self.do("connect", address=address)

    def fetch(self, cid):
        """Reads a file to its end; returns seconds."""
        return self.do("cat", cid=cid)["ms"] / 1000

    def close(self):
        self.process.stdin.close()
        self.process.wait(20)


class Kubo:
    """A Kubo daemon with a repository of its own in memory."""

    def __init__(self, program, tmpfs):
        self.program = program
        self.repository = tempfile.mkdtemp(dir=tmpfs)
        self.environment = os.environ | {"IPFS_PATH": self.repository, "IPFS_TELEMETRY": "off"}
        self.run("init", "--profile=test", "--empty-repo")
        self.run("config", "Routing.Type", "none")
        self.run("config", "--json", "Provide.Enabled", "false")
        self.process = subprocess.Popen(
            [program, "daemon"], env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for line in self.process.stdout:
            if "Daemon is ready" in line:
                break
        self.address = json.loads(self.run("id"))["Addresses"][0]

    def run(self, *arguments):
        return output(self.program, *arguments, env=self.environment)

    def add(self, file):
        return self.run("add", "-Q", "--pin=false", "--cid-version=1", "--raw-leaves", f"--chunker={CHUNKER}", file).strip()

    def connect(self, address):
        self.run("swarm", "connect", address)

    def fetch(self, cid):
        start = time.perf_counter()
        subprocess.run([self.program, "cat", cid], env=self.environment, stdout=subprocess.DEVNULL, check=True)
        return time.perf_counter() - start

    def close(self):
        self.process.terminate()
        self.process.wait(20)
        shutil.rmtree(self.repository)


def installed(tmpfs):
    """Name and maker of each rival that is here."""
    subprocess.run([REPO / "tools/peers.sh", "install"], check=False)
    found = {}
    helia, boxo = REPO / "tools/helia", REPO / "tools/boxo/boxo-peer"
    if shutil.which("node") and (helia / "node_modules").exists():
        found["Helia"] = lambda: Scripted("node", "--import", helia / "node20-polyfill.mjs", helia / "peer.mjs")
    if boxo.exists():
        found["boxo"] = lambda: Scripted(boxo)
    kubo = shutil.which("ipfs") or shutil.which("ipfs", path=CACHE / "kubo")
    if kubo:
        found["Kubo"] = lambda: Kubo(kubo, tmpfs)
    for name in {"Helia", "boxo", "Kubo"} - set(found):
        log(f"no {name} here")
    return found


def transfer(make, file):
    """One of the kind fetches a file from another; returns MB/s."""
    server, client = make(), make()
    try:
        cid = server.add(file)
        client.connect(server.address)
        return file.stat().st_size / 1e6 / client.fetch(cid)
    finally:
        client.close()
        server.close()


CIPHER = """
import javax.crypto.Cipher;
import javax.crypto.spec.*;

/** Encrypts Noise frames for three seconds, on one thread; prints MB/s. */
public class Limit {
  public static void main(String[] arguments) throws Exception {
    byte[] plain = new byte[65519], sealed = new byte[65535], nonce = new byte[12];
    var key = new SecretKeySpec(new byte[32], "ChaCha20");
    Cipher cipher = Cipher.getInstance("ChaCha20-Poly1305");
    double best = 0;
    for (int second = 0; second < 3; second++) {
      long start = System.nanoTime(), bytes = 0;
      while (System.nanoTime() - start < 1_000_000_000L) {
        for (int i = 0; i < 12 && ++nonce[i] == 0; i++) {}
        cipher.init(Cipher.ENCRYPT_MODE, key, new IvParameterSpec(nonce));
        cipher.doFinal(plain, 0, plain.length, sealed);
        bytes += plain.length;
      }
      best = Math.max(best, bytes * 1e3 / (System.nanoTime() - start));
    }
    System.out.println(best);
  }
}
"""


def cipher_limit(directory):
    """MB/s of the JDK's ChaCha20-Poly1305 on one core."""
    source = directory / "Limit.java"
    source.write_text(CIPHER)
    java = output(REPO / "tools/find-jdk.sh", "runtime").strip() + "/bin/java"
    return float(output(java, source))
