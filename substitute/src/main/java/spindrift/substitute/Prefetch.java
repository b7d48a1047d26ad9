package spindrift.substitute;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.System.Logger.Level;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import spindrift.base.ByteTarget;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;
import spindrift.nix.NarInfo;
import spindrift.nix.NixHash;
import spindrift.nix.StorePath;
import spindrift.p2p.PeerId;

/**
 * Fetches small NARs before the client asks for them: those whose narinfos it was given, once it
 * has asked for the first NAR, in the order of dependencies, as it will. A client that fetches path
 * by path would else wait for a round trip or two at each. Safe for use by several threads.
 */
final class Prefetch implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Prefetch.class.getName());

  /** Larger ones are worth a session of their own. */
  static final long MAX_NAR_BYTES = 2L << 20;

  /** Ours: a tenth of the node's heap; at 200 Mbit/s a second of what the line brings. */
  private static final long MAX_BYTES = 24L << 20;

  /** Ours: a round trip of 40 ms at 200 Mbit/s brings a megabyte: 50 paths of 20 KB. */
  private static final int MAX_AT_ONCE = 64;

  /** Ours: more than the paths of a large system. */
  private static final int MAX_WANTED = 1 << 14;

  /** Ours: requests for views that are to be computed; a peer puts up with some dozens. */
  private static final int MAX_ASKING = 16;

  private final Semaphore asking = new Semaphore(MAX_ASKING);
  private final Supply supply;
  private final IdleSession session;
  private final Map<String, NarInfo> wanted = new LinkedHashMap<>();
  private final Map<NixHash, Item> items = new HashMap<>();
  private long reservedBytes;
  private int running;
  private long askedAt;
  private boolean watched;

  Prefetch(Supply supply) {
    this.supply = supply;
    this.session =
        new IdleSession(
            supply.peers(),
            MAX_BYTES + 2 * FilePlan.MAX_NODE_BYTES_AHEAD,
            supply.settings().idle());
  }

  /**
   * A NAR that was fetched.
   *
   * @param localBytes of it that were here already
   * @param peers that had it
   */
  record Fetched(Bytes nar, long localBytes, List<PeerId> peers) {}

  /** One that is fetched or held. */
  private static final class Item {
    final NarInfo info;
    final CountDownLatch done = new CountDownLatch(1);
    volatile Optional<Fetched> fetched = Optional.empty();

    Item(NarInfo info) {
      this.info = info;
    }
  }

  /** Notes that a client was given a narinfo, and so may ask for the NAR. */
  synchronized void given(NarInfo info) {
    if (wanted.size() < MAX_WANTED) {
      wanted.putIfAbsent(info.path().hashPart(), info);
    }
  }

  /** The NAR, if it was fetched ahead; waits while it is being fetched. It is given once. */
  Optional<Fetched> take(NarInfo info) throws InterruptedIOException {
    Item item;
    synchronized (this) {
      askedAt = System.nanoTime();
      wanted.remove(info.path().hashPart());
      item = items.get(info.narHash());
      begin();
    }
    if (item == null) {
      return Optional.empty();
    }
    try {
      item.done.await(supply.settings().patience().toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while a NAR was awaited");
    }
    remove(item);
    return item.fetched;
  }

  /** Whether nothing is being fetched. */
  synchronized boolean isAtRest() {
    return running == 0;
  }

  /** Whether nothing is held, nor wanted. */
  synchronized boolean isEmpty() {
    return items.isEmpty() && wanted.isEmpty();
  }

  private synchronized void remove(Item item) {
    if (items.remove(item.info.narHash(), item)) {
      reservedBytes -= item.info.narSize();
      begin();
    }
  }

  private synchronized void begin() {
    while (running < MAX_AT_ONCE && !wanted.isEmpty()) {
      NarInfo next = next(wanted.values().iterator().next());
      boolean small = next.narSize() <= MAX_NAR_BYTES && !items.containsKey(next.narHash());
      if (small && reservedBytes + next.narSize() > MAX_BYTES) {
        return;
      }
      wanted.remove(next.path().hashPart());
      if (small) {
        begin(new Item(next));
      }
    }
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

  private void begin(Item item) {
    items.put(item.info.narHash(), item);
    reservedBytes += item.info.narSize();
    running++;
    if (!watched) {
      watched = true;
      Thread.ofVirtual().name("prefetch watch").start(this::watch);
    }
    Thread.ofVirtual().name("prefetch").start(() -> run(item));
  }

  private void run(Item item) {
    try {
      item.fetched = Optional.of(fetch(item.info));
    } catch (IOException | FaultException e) {
      LOG.log(Level.DEBUG, "no prefetch path={0} why={1}", item.info.path(), e.getMessage());
    } catch (RuntimeException e) {
      LOG.log(Level.ERROR, "a prefetch failed", e);
    } finally {
      item.done.countDown();
      synchronized (this) {
        running--;
        if (item.fetched.isEmpty()) {
          remove(item);
        }
        begin();
      }
    }
  }

  private Fetched fetch(NarInfo info) throws IOException, FaultException {
    SourceFinder.Source source = source(info);
    FileSpan span =
        new FileSpan(
            source.view(), supply.index().root(source.view()), info.narSize(), 0, info.narSize());
    Memory nar = new Memory((int) info.narSize());
    NarProof proof = supply.judge().proof(info, nar, 0, info.narSize());
    AtomicLong local = new AtomicLong();
    try (IdleSession.Use use = session.use(source.peers())) {
      new AheadReader(
              span,
              LocalBlocks.of(supply.blocks()),
              use.session(),
              () -> MAX_NAR_BYTES,
              local::addAndGet)
          .writeTo(proof);
    } catch (MalformedDataException | LimitExceededException e) {
      supply.judge().refute(info, source.view(), source.peers());
      throw e;
    }
    supply.judge().judge(info, proof, Set.of(source.view()), local.get());
    return new Fetched(Bytes.owning(nar.bytes), local.get(), source.peers());
  }

  private SourceFinder.Source source(NarInfo info) throws IOException, FaultException {
    SourceFinder finder = new SourceFinder(supply, info);
    Optional<SourceFinder.Source> known = finder.best(SourceFinder.Need.REST);
    if (known.isPresent()) {
      return known.get();
    }
    asking.acquireUninterruptibly();
    try {
      return finder.next(SourceFinder.Need.REST);
    } finally {
      asking.release();
    }
  }

  /** A NAR in memory. */
  private static final class Memory implements ByteTarget {
    private final byte[] bytes;
    private int size;

    Memory(int size) {
      this.bytes = new byte[size];
    }

    @Override
    public void write(byte[] buffer, int from, int length) {
      System.arraycopy(buffer, from, bytes, size, length);
      size += length;
    }
  }

  /** Gives everything up when the client does not come any more. */
  private synchronized void watch() {
    long idle = supply.settings().idle().toNanos();
    try {
      for (long left = idle; left > 0; left = idle - (System.nanoTime() - askedAt)) {
        TimeUnit.NANOSECONDS.timedWait(this, left);
      }
    } catch (InterruptedException e) {
      LOG.log(Level.ERROR, "the watch over prefetching was interrupted", e);
    }
    watched = false;
    close();
  }

  /** Drops all that was fetched; it may begin again. */
  @Override
  public synchronized void close() {
    wanted.clear();
    List.copyOf(items.values()).forEach(this::remove);
    session.close();
  }
}
