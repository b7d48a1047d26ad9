package spindrift.mount;

import static spindrift.base.Multihash.Verdict.MATCHES;

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

  /** Ours: 15 MB; the kernel keeps what was read, and places are quickly told anew. */
  private static final int MAX_PLACES = 32_768;

  private final Depot depot;
  private final Duration patience;
  private final Recorder recorder;
  private final Lru<Cid, Held> held = new Lru<>(MAX_HELD_BYTES, block -> block.size() + 200L);
  private final Lru<Cid, Held> places = new Lru<>(MAX_PLACES, any -> 1);
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

  /** The block where it needs no waiting for. */
  Optional<Held> here(StorePath path, Cid cid) {
    Optional<Held> known = find(cid);
    if (known.isPresent()) {
      recorder.touched(path, cid);
    }
    return known;
  }

  private Optional<Held> find(Cid cid) {
    Optional<Held> place = places.find(cid);
    return place.isPresent() ? place : held.find(cid);
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
    cids.forEach(cid -> begin(cid, begun));
    List<Cid> all = List.copyOf(begun.keySet());
    for (int from = 0; from < all.size(); from += Depot.MAX_BLOCKS) {
      List<Cid> part = all.subList(from, Math.min(all.size(), from + Depot.MAX_BLOCKS));
      Thread.ofVirtual().name("fetch").start(() -> fetch(path, part, begun));
    }
  }

  private void begin(Cid cid, Map<Cid, Flight> begun) {
    if (find(cid).isEmpty()) {
      Flight flight = new Flight();
      if (flights.putIfAbsent(cid, flight) == null) {
        begun.put(cid, flight);
      }
    }
  }

  /**
   * Has it found out which leaves lie in files of this machine, where that is not known; does not
   * wait. Whoever waits for one that lies in none fetches it.
   */
  void wantPlaces(List<Cid> leaves) {
    Map<Cid, Flight> begun = new LinkedHashMap<>();
    for (Cid leaf : leaves) {
      if (asBytes.find(leaf).isEmpty()) {
        begin(leaf, begun);
      }
    }
    if (!begun.isEmpty()) {
      Thread.ofVirtual().name("places").start(() -> findPlaces(begun));
    }
  }

  private void findPlaces(Map<Cid, Flight> begun) {
    Depot.Found found =
        (leaf, place) -> {
          Flight flight = begun.remove(leaf);
          if (flight != null) {
            settle(leaf, flight, place);
          }
        };
    try {
      depot.places(List.copyOf(begun.keySet()), found);
      begun.keySet().forEach(leaf -> asBytes.put(leaf, true));
    } catch (IOException | FaultException e) {
      LOG.log(Level.DEBUG, "no places why={0}", e.getMessage());
    } finally {
      begun.forEach((leaf, flight) -> fail(leaf, flight, "it lies in no file of this machine"));
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
    Optional<Held> known = find(cid);
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

  /** Takes a block that nobody has asked for yet. */
  void offer(Cid cid, BlockAnswer answer) {
    if (answer instanceof BlockAnswer.Content(var bytes) && cid.hash().check(bytes) == MATCHES) {
      held.put(cid, new Held.Memory(bytes));
    }
  }

  /** Forgets a block that could not be read from its place; it comes as bytes next. */
  void forget(Cid cid) {
    asBytes.put(cid, true);
    places.remove(cid);
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
      switch (block) {
        case Held.Memory _ -> held.put(cid, block);
        case Held.Place _ -> places.put(cid, block);
      }
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
