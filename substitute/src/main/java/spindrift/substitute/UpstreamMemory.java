package spindrift.substitute;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import spindrift.nix.NarInfo;
import spindrift.nix.StorePath;

/** What upstreams said lately. Safe for use by several threads. */
final class UpstreamMemory {
  /** Ours: the closures of some systems, as several upstreams have them. */
  private static final long MAX_BYTES = 24L << 20;

  /** What an answer takes beside the references of its narinfo, and what each of those takes. */
  private static final int ANSWER_BYTES = 300;

  private static final int NAR_INFO_BYTES = 1200;
  private static final int REFERENCE_BYTES = 200;

  /** Ours: the references of some systems; some 4 MB. */
  private static final int MAX_LIKELY = 1 << 15;

  private final long presentNanos;
  private final long absentNanos;
  private final LongSupplier clock;
  private final Bounded<String, Map<String, Said>> paths =
      new Bounded<>(MAX_BYTES, UpstreamMemory::bytes);
  private final Bounded<String, String> likely = Bounded.ofSize(MAX_LIKELY);

  /**
   * What an upstream said of a path.
   *
   * @param info as it came; empty where it said that it has none
   */
  record Said(Optional<NarInfo> info, long until) {}

  UpstreamMemory(LookupSettings settings, LongSupplier clock) {
    this.presentNanos = settings.remembered().toNanos();
    this.absentNanos = settings.absence().toNanos();
    this.clock = clock;
  }

  /** What an upstream said, unless that is long ago. */
  synchronized Optional<Said> said(String hashPart, String upstream) {
    return paths
        .get(hashPart)
        .map(said -> said.get(upstream))
        .filter(said -> said.until - clock.getAsLong() > 0);
  }

  synchronized void put(String hashPart, String upstream, Optional<NarInfo> info) {
    Map<String, Said> changed = new HashMap<>(paths.get(hashPart).orElse(Map.of()));
    long life = info.isPresent() ? presentNanos : absentNanos;
    changed.put(upstream, new Said(info, clock.getAsLong() + life));
    paths.put(hashPart, Map.copyOf(changed));
    for (StorePath reference : info.map(NarInfo::references).orElse(List.of())) {
      likely.put(reference.hashPart(), upstream);
    }
  }

  /** An upstream that had something which refers to a path, and so has that, too, by all odds. */
  synchronized Optional<String> likely(String hashPart) {
    return likely.get(hashPart);
  }

  /** Forgets a narinfo that turned out to be false or out of date. */
  synchronized void refute(NarInfo info) {
    String hashPart = info.path().hashPart();
    Map<String, Said> changed = new HashMap<>(paths.get(hashPart).orElse(Map.of()));
    changed
        .values()
        .removeIf(
            said -> said.info.filter(theirs -> PeerIndex.isSameObject(theirs, info)).isPresent());
    paths.put(hashPart, Map.copyOf(changed));
  }

  /** Forgets who said that it has nothing. */
  synchronized void forgetAbsences() {
    paths.replaceAll(UpstreamMemory::withoutAbsences);
  }

  private static Map<String, Said> withoutAbsences(Map<String, Said> said) {
    Map<String, Said> changed = new HashMap<>(said);
    changed.values().removeIf(one -> one.info.isEmpty());
    return Map.copyOf(changed);
  }

  private static long bytes(Map<String, Said> said) {
    long bytes = ANSWER_BYTES;
    for (Said one : said.values()) {
      bytes += ANSWER_BYTES;
      if (one.info.isPresent()) {
        bytes += NAR_INFO_BYTES + (long) REFERENCE_BYTES * one.info.get().references().size();
      }
    }
    return bytes;
  }
}
