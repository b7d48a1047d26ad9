package spindrift.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import spindrift.base.Bytes;
import spindrift.nix.Compression;
import spindrift.nix.NarInfo;
import spindrift.nix.NixHash;
import spindrift.nix.SecretKey;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;

/**
 * A closure that a rehearsal looks up as Nix does: as large as it takes for Java to see what is
 * asked often, and what code that runs through.
 */
final class RehearsedClosure {
  private static final System.Logger LOG = System.getLogger(RehearsedClosure.class.getName());

  private static final int PATHS = 400;
  private static final int REFERENCES = 8;
  private static final int CLIENTS = 16;

  private final List<NarInfo> infos;

  private RehearsedClosure(List<NarInfo> infos) {
    this.infos = List.copyOf(infos);
  }

  static RehearsedClosure signedBy(SecretKey key) {
    List<NarInfo> infos = new ArrayList<>();
    for (int number = 0; number < PATHS; number++) {
      List<StorePath> references = new ArrayList<>();
      for (int one = 1; one <= REFERENCES && number * 2 + one < PATHS; one++) {
        references.add(path(number * 2 + one));
      }
      infos.add(narInfo(path(number), Bytes.utf8("contents " + number), references, key));
    }
    return new RehearsedClosure(infos);
  }

  private static StorePath path(int number) {
    return new StorePath(String.format("%032d", number + 1), "rehearsal-" + number);
  }

  /** A signed narinfo of an object with this NAR. */
  static NarInfo narInfo(StorePath path, Bytes nar, List<StorePath> references, SecretKey key) {
    NarInfo unsigned =
        new NarInfo(
                path,
                "nar/unset.nar",
                Compression.NONE,
                Optional.empty(),
                OptionalLong.empty(),
                NixHash.sha256Of(nar),
                nar.size(),
                references,
                Optional.empty(),
                List.of(),
                Optional.empty(),
                List.of())
            .withPlainFile();
    return unsigned.withSignature(key.sign(unsigned.fingerprint(StoreDir.DEFAULT)));
  }

  /** As a binary cache has them. */
  Map<String, Bytes> files() {
    Map<String, Bytes> files = new HashMap<>();
    files.put("/nix-cache-info", Bytes.utf8("StoreDir: /nix/store\nPriority: 40\n"));
    for (NarInfo info : infos) {
      files.put(name(info), Bytes.utf8(info.render(StoreDir.DEFAULT)));
    }
    return files;
  }

  private static String name(NarInfo info) {
    return "/" + info.path().hashPart() + ".narinfo";
  }

  /** Asks a node for all narinfos, from the root downwards. */
  void askFor(URI node) throws InterruptedException {
    Queue<NarInfo> waiting = new ConcurrentLinkedQueue<>(infos);
    List<Thread> clients = new ArrayList<>();
    for (int number = 0; number < CLIENTS; number++) {
      clients.add(Thread.ofVirtual().name("rehearse").start(() -> ask(node, waiting)));
    }
    for (Thread client : clients) {
      client.join();
    }
  }

  private static void ask(URI node, Queue<NarInfo> waiting) {
    try (Socket socket = new Socket(node.getHost(), node.getPort())) {
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
      for (NarInfo info = waiting.poll(); info != null; info = waiting.poll()) {
        String request = "GET " + name(info) + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
        Bytes.utf8(request).writeTo(socket.getOutputStream());
        skipAnswer(in);
      }
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "rehearsal broke off", e);
    }
  }

  private static void skipAnswer(BufferedReader in) throws IOException {
    long length = 0;
    for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
      if (line.regionMatches(true, 0, "Content-Length:", 0, 15)) {
        length = Long.parseLong(line.substring(15).strip());
      }
    }
    in.skip(length);
  }
}
