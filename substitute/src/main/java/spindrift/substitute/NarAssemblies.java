package spindrift.substitute;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import spindrift.base.ByteSource;
import spindrift.base.FaultException;
import spindrift.nix.NarInfo;
import spindrift.nix.NixHash;

/**
 * The NARs on their way: each is fetched once, however many clients want it, and stays for a short
 * while after the last of them. Safe for use by several threads.
 */
final class NarAssemblies implements Nars, AutoCloseable {
  private static final System.Logger LOG = System.getLogger(NarAssemblies.class.getName());

  /** Ours: more than the paths of some large systems, a kilobyte each. */
  private static final int MAX_GIVEN = 1 << 14;

  private final Supply supply;
  private final Places places;
  private final Spool spool;
  private final AssemblySettings settings;
  private final Keeping keeping;
  private final Prefetch prefetch;
  private final Map<NixHash, NarAssembly> running = new HashMap<>();
  private final List<NarAssembly> replaced = new ArrayList<>();
  private final Bounded<NixHash, NarInfo> given = Bounded.ofSize(MAX_GIVEN);
  private boolean watched;
  private boolean closed;

  NarAssemblies(
      Supply supply, Places places, Spool spool, AssemblySettings settings, Keeping keeping) {
    this.supply = supply;
    this.places = places;
    this.spool = spool;
    this.settings = settings;
    this.keeping = keeping;
    this.prefetch = new Prefetch(this, supply, settings.prefetchBytes());
  }

  Prefetch prefetch() {
    return prefetch;
  }

  Supply supply() {
    return supply;
  }

  @Override
  public Optional<ByteSource> nar(NixHash narHash, Optional<String> hashPart)
      throws IOException, FaultException {
    Optional<NarInfo> info = known(narHash);
    if (info.isEmpty()) {
      info = places.infos().find(narHash, hashPart);
    }
    return info.map(found -> new AssembledNar(found, this));
  }

  @Override
  public Optional<ByteSource> uncheckedNar(NixHash narHash, String hashPart)
      throws IOException, FaultException {
    Optional<NarInfo> info = known(narHash);
    if (info.isEmpty()) {
      info = places.infos().find(narHash, Optional.of(hashPart));
    }
    // What is kept, or has to be looked into, cannot pass unseen.
    return info.map(
        found ->
            keeping.equals(Keeping.NONE) && found.pathInfo().ca().isEmpty()
                ? new UncheckedNar(found, this, settings)
                : new AssembledNar(found, this));
  }

  /** Who could send a NAR. */
  SourceChoice choice(NarInfo info, RunningTransfer transfer) {
    return new SourceChoice(supply, places, info, transfer, Optional.empty());
  }

  /** Whether a NAR is being fetched, or is here for a while. */
  synchronized boolean isRunning(NarInfo info) {
    return running.containsKey(info.narHash());
  }

  private synchronized Optional<NarInfo> known(NixHash narHash) {
    return given.get(narHash);
  }

  @Override
  public void given(NarInfo info) {
    synchronized (this) {
      given.put(info.narHash(), info);
    }
    prefetch.given(info);
  }

  /** Notes that a client wants a NAR now. */
  void asked(NarInfo info) {
    prefetch.asked(info);
  }

  /** One who reads a range of a NAR, which is fetched for it if it is not being fetched. */
  NarSpool.Reader reader(NarInfo info, long from, long to) throws IOException {
    List<NarAssembly> dropped = new ArrayList<>();
    try {
      synchronized (this) {
        Optional<NarSpool.Reader> reader = join(info, from, to);
        if (reader.isEmpty()) {
          requireOpen();
          dropSpent(dropped);
          // It may take some time to come to that byte, but it is known then that it is right.
          reader = begin(info, Optional.empty()).spool().reader(from, to);
        }
        return reader.orElseThrow(() -> new IOException("the node stops"));
      }
    } finally {
      dropped.forEach(NarAssembly::cancel);
    }
  }

  /** One who reads what has come already, or comes. */
  synchronized Optional<NarSpool.Reader> join(NarInfo info, long from, long to) {
    return Optional.ofNullable(running.get(info.narHash()))
        .flatMap(assembly -> assembly.spool().reader(from, to));
  }

  /** Fetches a NAR that nobody asks for yet; empty if it is being fetched. */
  synchronized Optional<NarAssembly> ahead(NarInfo info, Optional<IdleSession> shared) {
    return closed || running.containsKey(info.narHash())
        ? Optional.empty()
        : Optional.of(begin(info, shared));
  }

  private NarAssembly begin(NarInfo info, Optional<IdleSession> shared) {
    NarAssembly begun =
        new NarAssembly(
            supply,
            places,
            settings,
            info,
            new NarSpool(
                spool, info.narSize(), settings.heldBackBytes(), Optional.of(info.narHash())),
            shared);
    NarAssembly before = running.put(info.narHash(), begun);
    if (before != null) {
      replaced.add(before);
    }
    keeping.follow(info, begun.spool());
    begun.start(() -> forget(begun));
    if (!watched) {
      watched = true;
      Thread.ofVirtual().name("assemblies").start(this::watch);
    }
    return begun;
  }

  private synchronized void forget(NarAssembly assembly) {
    if (!running.remove(assembly.info().narHash(), assembly)) {
      replaced.remove(assembly);
    }
  }

  /** Gives one up that nobody reads. */
  void drop(NarAssembly assembly) {
    if (assembly.spool().idleNanos() > 0) {
      forget(assembly);
      assembly.cancel();
    }
  }

  private void requireOpen() throws IOException {
    if (closed) {
      throw new IOException("the node stops");
    }
  }

  /** Those that were read to their ends make room for others. */
  private void dropSpent(List<NarAssembly> dropped) {
    if (spool.isShort()) {
      running.values().stream()
          .filter(assembly -> assembly.spool().isSpent())
          .forEach(dropped::add);
      dropped.forEach(this::forget);
    }
  }

  private void watch() {
    try {
      for (List<NarAssembly> idle = idle(); idle != null; idle = idle()) {
        idle.forEach(NarAssembly::cancel);
      }
    } catch (InterruptedIOException e) {
      LOG.log(Level.ERROR, "the watch over assemblies was interrupted", e);
    }
  }

  /** Those that nobody came back for, after some time; null when there are none left to watch. */
  @org.jspecify.annotations.Nullable
  private List<NarAssembly> idle() throws InterruptedIOException {
    List<NarAssembly> idle;
    synchronized (this) {
      if (running.isEmpty() && replaced.isEmpty()) {
        watched = false;
        return null;
      }
      try {
        TimeUnit.NANOSECONDS.timedWait(this, Math.max(settings.linger().toNanos() / 4, 1_000_000));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted");
      }
      idle = new ArrayList<>(running.values());
      idle.addAll(replaced);
    }
    idle.removeIf(
        assembly ->
            prefetch.holds(assembly) || assembly.spool().idleNanos() < settings.linger().toNanos());
    idle.forEach(this::forget);
    return idle;
  }

  /** Whether anybody reads anything. */
  synchronized boolean isRead() {
    return running.values().stream().anyMatch(assembly -> assembly.spool().idleNanos() == 0);
  }

  /** Whether none is left. */
  synchronized boolean isEmpty() {
    return running.isEmpty() && replaced.isEmpty();
  }

  @Override
  public void close() {
    prefetch.close();
    List<NarAssembly> all;
    synchronized (this) {
      closed = true;
      all = new ArrayList<>(running.values());
      all.addAll(replaced);
      running.clear();
      replaced.clear();
      notifyAll();
    }
    all.forEach(NarAssembly::suspend);
  }
}
