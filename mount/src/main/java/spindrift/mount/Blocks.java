package spindrift.mount;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import spindrift.base.FaultException;
import spindrift.base.IntegrityException;
import spindrift.ipld.Cid;
import spindrift.nix.StorePath;

/**
 * The blocks of a mount: each is fetched once, however many wait for it, checked, and stays for a
 * while. Safe for use by several threads.
 */
final class Blocks {
  private static final System.Logger LOG = System.getLogger(Blocks.class.getName());

  /** Ours: what 64 readers have open before them; the kernel keeps what was read. */
  private static final long MAX_HELD_BYTES =
      Math.min(64L << 20, Runtime.getRuntime().maxMemory() / 4);

  /** Ours: 25 MB of usual leaves, whoever reads ahead. */
  private static final int MAX_AHEAD = 96;

  /** Ours: blocks whose file could not be read; of one that is dropped the file is tried again. */
  private static final int MAX_AS_BYTES = 10_000;

  /** What a place in a file takes. */
  private static final int PLACE_BYTES = 400;

  private final Depot depot;
  private final Duration patience;
  private final Recorder recorder;
  private final Lru<Cid, Held> held = new Lru<>(MAX_HELD_BYTES, Blocks::weight);
  private final Lru<Cid, Boolean> asBytes = new Lru<>(MAX_AS_BYTES, any -> 1);
  private final Map<Cid, Flight> flights = new ConcurrentHashMap<>();
  private final AtomicLong fetchedBytes = new AtomicLong();

  /**
   * @param patience how long a reader waits for a block
   */
  Blocks(Depot depot, Duration patience, Recorder recorder) {
    this.depot = depot;
    this.patience = patience;
    this.recorder = recorder;
  }

  private static long weight(Held block) {
    return switch (block) {
      case Held.Memory(var bytes) -> bytes.size() + 200L;
      case Held.Place _ -> PLACE_BYTES;
    };
  }

  /** The block where it needs no waiting for. */
  Optional<Held> here(StorePath path, Cid cid) {
    Optional<Held> known = held.find(cid);
    if (known.isPresent()) {
      recorder.touched(path, cid);
    }
    return known;
  }

  /** As {@link #want}, but only while not too much is on its way: nobody waits for these yet. */
  void wantAhead(StorePath path, List<Cid> cids) {
    int room = MAX_AHEAD - flights.size();
    if (room > 0) {
      want(path, cids.subList(0, Math.min(room, cids.size())));
    }
  }

  /** Has blocks come that are not here and not on their way; does not wait. */
  void want(StorePath path, List<Cid> cids) {
    Map<Cid, Flight> begun = new LinkedHashMap<>();
    for (Cid cid : cids) {
      if (held.find(cid).isEmpty()) {
        Flight flight = new Flight();
        if (flights.putIfAbsent(cid, flight) == null) {
          begun.put(cid, flight);
        }
      }
    }
    List<Cid> all = List.copyOf(begun.keySet());
    for (int from = 0; from < all.size(); from += Depot.MAX_BLOCKS) {
      List<Cid> part = all.subList(from, Math.min(all.size(), from + Depot.MAX_BLOCKS));
      Thread.ofVirtual().name("fetch").start(() -> fetch(path, part, begun));
    }
  }

  /** Waits for a block. */
  Held load(StorePath path, Cid cid) throws IOException, FaultException {
    recorder.touched(path, cid);
    long until = System.nanoTime() + patience.toNanos();
    while (true) {
      Flight own = new Flight();
      Flight other = flights.putIfAbsent(cid, own);
      if (other == null) {
        begin(path, cid, own);
        return own.await(left(until));
      }
      try {
        return other.await(left(until));
      } catch (InterruptedIOException e) {
        throw e;
      } catch (IOException | FaultException e) {
        // It was begun some time ago, for somebody else: that says nothing of now.
        LOG.log(Level.DEBUG, "try again block={0} why={1}", cid, e.getMessage());
        flights.remove(cid, other);
        if (System.nanoTime() - until > 0) {
          throw e;
        }
      }
    }
  }

  private void begin(StorePath path, Cid cid, Flight own) {
    Optional<Held> known = held.find(cid);
    if (known.isPresent()) {
      flights.remove(cid, own);
      own.succeed(known.get());
    } else {
      Thread.ofVirtual().name("fetch").start(() -> fetch(path, List.of(cid), Map.of(cid, own)));
    }
  }

  private static Duration left(long until) {
    return Duration.ofNanos(Math.max(1, until - System.nanoTime()));
  }

  /** Forgets a block that could not be read from its place; it comes as bytes next. */
  void forget(Cid cid) {
    asBytes.put(cid, true);
    held.remove(cid);
  }

  /** Bytes that came from the node, which had most of them from elsewhere. */
  long fetchedBytes() {
    return fetchedBytes.get();
  }

  /** Fetches blocks, and ends the flights of them and of nobody else. */
  private void fetch(StorePath path, List<Cid> cids, Map<Cid, Flight> begun) {
    String failure = "the node did not answer";
    Depot.Answers answers =
        (cid, answer) -> {
          Flight flight = begun.get(cid);
          if (flight != null) {
            settle(cid, flight, answer);
          }
        };
    Map<Boolean, List<Cid>> parts =
        cids.stream().collect(Collectors.partitioningBy(cid -> asBytes.find(cid).isPresent()));
    try {
      if (!parts.getOrDefault(false, List.of()).isEmpty()) {
        depot.fetch(path, parts.getOrDefault(false, List.of()), answers);
      }
      if (!parts.getOrDefault(true, List.of()).isEmpty()) {
        depot.fetchBytes(path, parts.getOrDefault(true, List.of()), answers);
      }
    } catch (IOException | FaultException e) {
      failure = String.valueOf(e.getMessage());
    } catch (RuntimeException | Error e) {
      LOG.log(Level.ERROR, "a fetch failed", e);
      failure = e.toString();
    } finally {
      for (Cid cid : cids) {
        Flight flight = begun.get(cid);
        if (flight != null) {
          fail(cid, flight, failure);
        }
      }
    }
  }

  private void settle(Cid cid, Flight flight, BlockAnswer answer) {
    switch (answer) {
      case BlockAnswer.InFile place -> land(cid, flight, new Held.Place(place));
      case BlockAnswer.Content(var bytes) -> {
        fetchedBytes.addAndGet(bytes.size());
        try {
          cid.verify(bytes, "the node");
          land(cid, flight, new Held.Memory(bytes));
        } catch (IntegrityException e) {
          LOG.log(Level.WARNING, "refuse block={0} why=\"{1}\"", cid, e.getMessage());
          fail(cid, flight, String.valueOf(e.getMessage()));
        }
      }
      case BlockAnswer.Absent(String why) -> fail(cid, flight, why);
    }
  }

  private void land(Cid cid, Flight flight, Held block) {
    if (!flight.isOver()) {
      held.put(cid, block);
      // Removed after it is here: whoever finds no flight finds the block.
      flights.remove(cid, flight);
      flight.succeed(block);
    }
  }

  private void fail(Cid cid, Flight flight, String why) {
    flights.remove(cid, flight);
    if (!flight.isOver()) {
      flight.fail(why);
    }
  }

  /** Waits until a block that was wanted has come, for which nobody reads it. */
  void await(Cid cid) throws IOException, FaultException {
    Flight flight = flights.get(cid);
    if (flight != null) {
      flight.await(patience);
    }
  }
}
