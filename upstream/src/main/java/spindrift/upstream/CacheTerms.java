package spindrift.upstream;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicReference;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.nix.CacheInfo;
import spindrift.nix.StoreDir;

/**
 * What a binary cache says of itself, read when it is first needed and every few hours again. One
 * that is for another store directory has nothing for this one. Safe for use by several threads.
 */
final class CacheTerms {
  private static final System.Logger LOG = System.getLogger(CacheTerms.class.getName());

  /** As Nix has it for caches over HTTP that say nothing. */
  private static final int USUAL_PRIORITY = 50;

  private static final long FRESH_NANOS = 4L * 3600 * 1_000_000_000;

  private final String name;
  private final StoreDir store;
  private final OptionalInt ownPriority;
  private final Reading reading;
  private final AtomicReference<Optional<Terms>> terms = new AtomicReference<>(Optional.empty());

  private record Terms(OptionalInt priority, Fitness fitness, long readAt) {}

  /** Whether the cache's paths are in the same store directory. */
  private enum Fitness {
    FITS,
    OTHER_STORE
  }

  /** Gets {@code nix-cache-info}; empty where there is none. */
  @FunctionalInterface
  interface Reading {
    Optional<Bytes> read(Duration timeout) throws IOException, FaultException;
  }

  CacheTerms(String name, StoreDir store, OptionalInt ownPriority, Reading reading) {
    this.name = name;
    this.store = store;
    this.ownPriority = ownPriority;
    this.reading = reading;
  }

  int priority() {
    return ownPriority.orElseGet(
        () -> terms.get().map(Terms::priority).orElse(OptionalInt.empty()).orElse(USUAL_PRIORITY));
  }

  /**
   * Whether the cache can have anything for this store; asks it where that is not known. One that
   * does not say is taken to be one that can, until it is asked again.
   *
   * @throws IOException when it cannot be reached
   */
  boolean fits(Duration timeout) throws IOException {
    Optional<Terms> known = terms.get();
    if (known.isPresent() && System.nanoTime() - known.get().readAt < FRESH_NANOS) {
      return known.get().fitness == Fitness.FITS;
    }
    return read(timeout).fitness == Fitness.FITS;
  }

  private Terms read(Duration timeout) throws IOException {
    Terms read;
    try {
      read = parsed(reading.read(timeout).orElse(Bytes.EMPTY));
    } catch (FaultException e) {
      read = odd(e);
    }
    terms.set(Optional.of(read));
    return read;
  }

  /** Notes what the cache said when somebody else asked it. */
  void said(Optional<Bytes> text) {
    try {
      terms.set(Optional.of(parsed(text.orElse(Bytes.EMPTY))));
    } catch (FaultException e) {
      terms.set(Optional.of(odd(e)));
    }
  }

  private Terms parsed(Bytes text) throws FaultException {
    CacheInfo info = CacheInfo.parse(text);
    if (info.store().isEmpty() || info.store().get().equals(store)) {
      return new Terms(info.priority(), Fitness.FITS, System.nanoTime());
    }
    LOG.log(
        Level.WARNING,
        "unusable-upstream name={0} store={1} want={2}",
        name,
        info.store().get(),
        store);
    return new Terms(info.priority(), Fitness.OTHER_STORE, System.nanoTime());
  }

  private Terms odd(FaultException why) {
    LOG.log(Level.WARNING, "odd nix-cache-info upstream={0} why={1}", name, why.getMessage());
    return new Terms(OptionalInt.empty(), Fitness.FITS, System.nanoTime());
  }
}
