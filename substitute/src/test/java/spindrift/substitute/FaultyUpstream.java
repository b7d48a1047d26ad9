package spindrift.substitute;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import spindrift.base.Bytes;
import spindrift.nix.NarInfo;
import spindrift.nix.NixHash;
import spindrift.upstream.NarStream;
import spindrift.upstream.Upstream;

/** An upstream in this process, which does what a test tells it. */
final class FaultyUpstream implements Upstream {
  private final String name;
  private final Map<NixHash, Bytes> nars = new HashMap<>();

  /** From which bytes it was asked to send. */
  final List<Long> opened = new CopyOnWriteArrayList<>();

  /** Counted down when somebody waits for what does not come. */
  final CountDownLatch stalled = new CountDownLatch(1);

  /** What it does when it is opened for the first time, the second, … */
  volatile IntFunction<Fault> faults = time -> Fault.NONE;

  volatile int pieceBytes = 10_000;
  volatile boolean isSeekable = true;
  volatile Runnable beforeRead = () -> {};

  /** What goes wrong. */
  enum Kind {
    NOTHING,
    DIES,
    ENDS,
    STALLS,
    LIES
  }

  /** What goes wrong, and at which byte. */
  record Fault(Kind kind, long at) {
    static final Fault NONE = new Fault(Kind.NOTHING, Long.MAX_VALUE);
  }

  FaultyUpstream(String name) {
    this.name = name;
  }

  FaultyUpstream has(SignedNar... objects) {
    for (SignedNar object : objects) {
      nars.put(object.info().narHash(), object.nar());
    }
    return this;
  }

  FaultyUpstream fails(Kind kind, long at) {
    faults = time -> new Fault(kind, at);
    return this;
  }

  FaultyUpstream failsOnce(Kind kind, long at) {
    faults = time -> time == 0 ? new Fault(kind, at) : Fault.NONE;
    return this;
  }

  /** The offers of some, for what each has. */
  static UpstreamOffers offers(FaultyUpstream... all) {
    return new UpstreamOffers() {
      @Override
      public List<UpstreamOffer> offers(NarInfo info, Predicate<UpstreamOffer> usable) {
        return known(info);
      }

      @Override
      public List<UpstreamOffer> known(NarInfo info) {
        List<UpstreamOffer> offers = new ArrayList<>();
        for (FaultyUpstream one : all) {
          if (one.nars.containsKey(info.narHash())) {
            offers.add(new UpstreamOffer(one, info));
          }
        }
        return offers;
      }
    };
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int priority() {
    return 50;
  }

  @Override
  public Optional<NarInfo> narInfo(String hashPart, Duration timeout) {
    return Optional.empty();
  }

  @Override
  public Optional<NarStream> nar(NarInfo theirs, long from, long to) {
    int time = opened.size();
    opened.add(from);
    return Optional.ofNullable(nars.get(theirs.narHash()))
        .map(nar -> new Stream(nar, from, faults.apply(time)));
  }

  @Override
  public boolean isSeekable(NarInfo theirs) {
    return isSeekable;
  }

  @Override
  public Optional<Bytes> document(String path, int maxBytes, Duration timeout) {
    return Optional.empty();
  }

  @Override
  public void close() {
    // Nothing is open.
  }

  private final class Stream implements NarStream {
    private final Bytes nar;
    private final Fault fault;
    private final CountDownLatch closed = new CountDownLatch(1);
    private long at;

    Stream(Bytes nar, long from, Fault fault) {
      this.nar = nar;
      this.fault = fault;
      this.at = from;
    }

    @Override
    public int read(byte[] buffer, int from, int length) throws IOException {
      beforeRead.run();
      if (closed.getCount() == 0) {
        throw new IOException("closed");
      }
      boolean isDue = at >= fault.at && fault.kind != Kind.LIES;
      if (isDue) {
        return fail();
      }
      long untilFault = fault.kind == Kind.LIES || fault.at <= at ? Long.MAX_VALUE : fault.at - at;
      int count =
          (int) Math.min(Math.min(length, pieceBytes), Math.min(nar.size() - at, untilFault));
      if (count == 0) {
        return -1;
      }
      byte[] piece = nar.slice((int) at, (int) at + count).toArray();
      if (fault.kind == Kind.LIES && at <= fault.at && fault.at < at + count) {
        piece[(int) (fault.at - at)] ^= 1;
      }
      System.arraycopy(piece, 0, buffer, from, count);
      at += count;
      return count;
    }

    private int fail() throws IOException {
      if (fault.kind == Kind.DIES) {
        throw new IOException("connection reset");
      }
      if (fault.kind == Kind.ENDS) {
        return -1;
      }
      stalled.countDown();
      try {
        closed.await();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      throw new IOException("closed");
    }

    @Override
    public long transferredBytes() {
      return at;
    }

    @Override
    public void close() {
      closed.countDown();
    }
  }
}
