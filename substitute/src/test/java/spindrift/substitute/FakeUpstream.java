package spindrift.substitute;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.nix.Compression;
import spindrift.nix.NarInfo;
import spindrift.upstream.NarStream;
import spindrift.upstream.Upstream;

/** An upstream in this process, which does what a test tells it. */
final class FakeUpstream implements Upstream {
  final List<String> asked = new CopyOnWriteArrayList<>();
  final Map<String, NarInfo> infos = new ConcurrentHashMap<>();
  final Map<String, Bytes> documents = new ConcurrentHashMap<>();
  volatile Hook hook = what -> {};
  private final String name;
  private final int priority;

  /** Is called before a question is answered. */
  @FunctionalInterface
  interface Hook {
    void before(String what) throws IOException, FaultException, InterruptedException;
  }

  FakeUpstream(String name, int priority) {
    this.name = name;
    this.priority = priority;
  }

  FakeUpstream has(SignedNar... objects) {
    for (SignedNar object : objects) {
      says(object.info());
    }
    return this;
  }

  /** Under a file of its own. */
  FakeUpstream says(NarInfo info) {
    infos.put(info.path().hashPart(), info.withFile("nar/" + name + ".nar.xz", Compression.XZ));
    return this;
  }

  /** Says nothing until the latch opens. */
  FakeUpstream until(CountDownLatch latch) {
    hook = what -> latch.await();
    return this;
  }

  long askedFor(SignedNar object) {
    return asked.stream().filter(object.hashPart()::equals).count();
  }

  private void hear(String what) throws IOException, FaultException {
    asked.add(what);
    try {
      hook.before(what);
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int priority() {
    return priority;
  }

  @Override
  public Optional<NarInfo> narInfo(String hashPart, Duration timeout)
      throws IOException, FaultException {
    hear(hashPart);
    return Optional.ofNullable(infos.get(hashPart));
  }

  @Override
  public Optional<NarStream> nar(NarInfo theirs, long from, long to) {
    return Optional.empty();
  }

  @Override
  public boolean isSeekable(NarInfo theirs) {
    return false;
  }

  @Override
  public Optional<Bytes> document(String path, int maxBytes, Duration timeout)
      throws IOException, FaultException {
    hear(path);
    return Optional.ofNullable(documents.get(path));
  }

  @Override
  public void close() {}
}
