package spindrift.substitute;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import spindrift.nix.NarInfo;
import spindrift.nix.NixHash;
import spindrift.nix.StorePath;

/**
 * Fetches NARs before the client asks for them: those whose narinfos it was given, in the order of
 * dependencies, as it will. A client that fetches path by path would else wait for a round trip or
 * two at each, and uncompress one at a time.
 *
 * <p>It begins when the client has asked for some narinfos in a row, as one does that installs; but
 * so does one that only looks what there is. So little is fetched until it asks for a first NAR,
 * and when none is asked for, nothing the next time. While narinfos come one right after another
 * upstreams are asked for none. Safe for use by several threads.
 */
final class Prefetch implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Prefetch.class.getName());

  /** Larger ones are worth a session of their own. */
  static final long MAX_SHARED_BYTES = 2L << 20;

  /**
   * Ours: as much is wasted on who only looks, and {@link #UNASKED_BYTES_EACH} for each narinfo.
   */
  static final long MAX_UNASKED_BYTES = 16L << 20;

  /** Ours: a tenth of what paths have, on the average. */
  static final long UNASKED_BYTES_EACH = 256L << 10;

  /** Ours: who asks for fewer wants to know something about them. */
  private static final int LEAST_GIVEN = 4;

  /** Ours: narinfos that come within this time of each other are in a row. */
  private static final long ROW_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** Ours: how long one that only looked is remembered; asking for a NAR forgives it. */
  private static final long LOOKED_NANOS = TimeUnit.MINUTES.toNanos(10);

  /** Ours: a round trip of 40 ms at 200 Mbit/s brings a megabyte: 50 paths of 20 KB. */
  private static final int MAX_SMALL = 64;

  /** Ours: each is uncompressed by a core, and each holds a connection. */
  private static final int MAX_LARGE = 8;

  /** Ours: while narinfos come one right after another, they matter, and processors are few. */
  private static final long HASTE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /** Ours: more than the paths of a large system. */
  private static final int MAX_WANTED = 1 << 14;

  /** Ours: it is looked through at every narinfo. */
  private static final int MAX_LOOKED_AT = 512;

  private final NarAssemblies assemblies;
  private final Supply supply;
  private final long maxBytes;
  private final IdleSession session;
  private final Map<String, NarInfo> wanted = new LinkedHashMap<>();
  private final Set<String> given = new HashSet<>();
  private final Map<NixHash, Item> items = new HashMap<>();
  private final Map<Kind, Integer> running = new EnumMap<>(Kind.class);
  private long reservedBytes;
  private int givenInARow;
  private long givenAt;
  private long askedAt;
  private boolean isAsking;
  private Optional<Long> lookedAt = Optional.empty();
  private boolean watched;
  private boolean awaitsLull;

  /** What bounds how many are fetched at once. */
  private enum Kind {
    /** One that comes from peers and is small. */
    SMALL(MAX_SMALL),
    LARGE(MAX_LARGE);

    private final int most;

    Kind(int most) {
      this.most = most;
    }
  }

  /** One that is fetched or held. */
  private record Item(NarAssembly assembly, Kind kind) {}

  /**
   * @param maxBytes of NARs that are fetched or held; 0 for none
   */
  Prefetch(NarAssemblies assemblies, Supply supply, long maxBytes) {
    this.assemblies = assemblies;
    this.supply = supply;
    this.maxBytes = maxBytes;
    this.session =
        new IdleSession(supply.peers(), MAX_SMALL * MAX_SHARED_BYTES / 4, supply.settings().idle());
  }

  /** Notes that a client was given a narinfo, and so may ask for the NAR. */
  void given(NarInfo info) {
    if (maxBytes == 0) {
      return;
    }
    synchronized (this) {
      long now = System.nanoTime();
      givenInARow = now - givenAt < ROW_NANOS ? givenInARow + 1 : 1;
      givenAt = now;
      if (given.size() < MAX_WANTED && given.add(info.path().hashPart())) {
        wanted.putIfAbsent(info.path().hashPart(), info);
      }
      watchOver();
    }
    begin();
  }

  /** Notes that a client asks for a NAR. If it was fetched ahead, it is the client's now. */
  void asked(NarInfo info) {
    if (maxBytes == 0) {
      return;
    }
    synchronized (this) {
      askedAt = System.nanoTime();
      isAsking = true;
      lookedAt = Optional.empty();
      wanted.remove(info.path().hashPart());
      Item item = items.remove(info.narHash());
      if (item != null) {
        item.assembly.spool().expectReader();
        release(item);
      }
      watchOver();
    }
    begin();
  }

  private void release(Item item) {
    reservedBytes -= item.assembly.info().narSize();
  }

  /** Whether it waits for a client. */
  synchronized boolean holds(NarAssembly assembly) {
    Item item = items.get(assembly.info().narHash());
    return item != null && item.assembly == assembly;
  }

  /** Whether nothing is being fetched. */
  synchronized boolean isAtRest() {
    return running.values().stream().allMatch(count -> count == 0);
  }

  /** Whether nothing is held, nor wanted. */
  synchronized boolean isEmpty() {
    return items.isEmpty() && wanted.isEmpty();
  }

  private long budget() {
    if (isAsking) {
      return maxBytes;
    }
    boolean onlyLooked = lookedAt.filter(at -> System.nanoTime() - at < LOOKED_NANOS).isPresent();
    return givenInARow < LEAST_GIVEN || onlyLooked
        ? 0
        : Math.min(maxBytes, MAX_UNASKED_BYTES + givenInARow * UNASKED_BYTES_EACH);
  }

  private synchronized void begin() {
    if (isPutOff()) {
      awaitLull();
      return;
    }
    Optional<NarInfo> next = next();
    while (next.isPresent()) {
      NarInfo info = next.get();
      // One of more than half of it would leave no room for others.
      if (info.narSize() <= maxBytes / 2 && !items.containsKey(info.narHash())) {
        Kind kind = kind(info);
        if (reservedBytes + info.narSize() > budget()
            || running.getOrDefault(kind, 0) >= most(kind)) {
          return;
        }
        begin(info, kind);
      }
      wanted.remove(info.path().hashPart());
      next = next();
    }
  }

  private int most(Kind kind) {
    return untilLull() > 0 && kind == Kind.LARGE ? 1 : kind.most;
  }

  /** What upstreams have is decoded and hashed by processors that narinfos wait for. */
  private boolean isPutOff() {
    return untilLull() > 0 && supply.peers().connected().isEmpty();
  }

  /** Nanoseconds until no narinfo was given for a while; none once NARs are asked for. */
  private long untilLull() {
    return isAsking ? 0 : HASTE_NANOS - (System.nanoTime() - givenAt);
  }

  private void awaitLull() {
    if (!awaitsLull) {
      awaitsLull = true;
      Thread.ofVirtual().name("await lull").start(this::beginInLull);
    }
  }

  private void beginInLull() {
    try {
      synchronized (this) {
        for (long left = untilLull(); left > 0; left = untilLull()) {
          TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        awaitsLull = false;
      }
      begin();
    } catch (InterruptedException e) {
      LOG.log(Level.ERROR, "prefetching was interrupted", e);
    }
  }

  private Optional<NarInfo> next() {
    if (isAsking) {
      return wanted.values().stream().findFirst().map(this::next);
    }
    // Narinfos are asked for from the root downwards, and NARs from the leaves upwards: what is
    // known too little of may come last.
    return wanted.values().stream().limit(MAX_LOOKED_AT).filter(this::isReady).findFirst();
  }

  private boolean isReady(NarInfo info) {
    return info.references().stream()
        .allMatch(
            reference ->
                reference.equals(info.path())
                    || (given.contains(reference.hashPart())
                        && !wanted.containsKey(reference.hashPart())));
  }

  private Kind kind(NarInfo info) {
    boolean isSmall = info.narSize() <= MAX_SHARED_BYTES;
    return isSmall && !supply.index().find(info.path().hashPart()).isEmpty()
        ? Kind.SMALL
        : Kind.LARGE;
  }

  /** The first to be fetched of a path and what it needs. */
  private NarInfo next(NarInfo from) {
    NarInfo at = from;
    Optional<NarInfo> below = wantedReference(at);
    for (int depth = 0; below.isPresent() && depth < MAX_WANTED; depth++) {
      at = below.get();
      below = wantedReference(at);
    }
    return at;
  }

  private Optional<NarInfo> wantedReference(NarInfo info) {
    for (StorePath reference : info.references()) {
      NarInfo found = wanted.get(reference.hashPart());
      if (found != null && !reference.equals(info.path())) {
        return Optional.of(found);
      }
    }
    return Optional.empty();
  }

  private void begin(NarInfo info, Kind kind) {
    Optional<IdleSession> shared = kind == Kind.SMALL ? Optional.of(session) : Optional.empty();
    Optional<NarAssembly> begun = assemblies.ahead(info, shared);
    if (begun.isPresent()) {
      Item item = new Item(begun.get(), kind);
      items.put(info.narHash(), item);
      reservedBytes += info.narSize();
      running.merge(kind, 1, Integer::sum);
      Thread.ofVirtual().name("prefetch").start(() -> await(item));
    }
  }

  private void await(Item item) {
    try {
      item.assembly.awaitEnd();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    synchronized (this) {
      running.merge(item.kind, -1, Integer::sum);
      boolean failed = item.assembly.isFailed();
      if (failed && items.remove(item.assembly.info().narHash(), item)) {
        release(item);
      }
    }
    begin();
  }

  private void watchOver() {
    if (!watched) {
      watched = true;
      Thread.ofVirtual().name("prefetch watch").start(this::watch);
    }
  }

  /** Gives everything up when the client does not come any more. */
  private void watch() {
    Duration idle = supply.settings().idle();
    try {
      synchronized (this) {
        for (long left = idle.toNanos(); left > 0; left = idle.toNanos() - idleNanos()) {
          TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        watched = false;
        if (!isAsking && !items.isEmpty()) {
          lookedAt = Optional.of(System.nanoTime());
        }
        isAsking = false;
        givenInARow = 0;
      }
      close();
    } catch (InterruptedException e) {
      LOG.log(Level.ERROR, "the watch over prefetching was interrupted", e);
    }
  }

  private long idleNanos() {
    if (isAsking && assemblies.isRead()) {
      return 0; // it asks again when it has that
    }
    long now = System.nanoTime();
    return Math.min(now - givenAt, isAsking ? now - askedAt : Long.MAX_VALUE);
  }

  /** Drops all that was fetched; it may begin again. */
  @Override
  public void close() {
    List<Item> dropped;
    synchronized (this) {
      wanted.clear();
      given.clear();
      dropped = List.copyOf(items.values());
      items.clear();
      dropped.forEach(this::release);
      notifyAll();
    }
    dropped.forEach(item -> assemblies.drop(item.assembly));
    session.close();
  }
}
