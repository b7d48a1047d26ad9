package spindrift.exchange;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import spindrift.ipld.Cid;

/**
 * Blocks that a peer may send though nobody wants them any more: a cancel was late, or a message
 * was sent again because its stream broke. Each is forgiven once. Guarded by the desk's lock.
 */
final class Forgiven {
  /** Ours: twice as many as can be asked of a peer at a time. */
  private static final int MAX = 16_384;

  /** Ours: how long a block may be under way. */
  private static final long NANOS = Duration.ofMinutes(1).toNanos();

  private final Map<Cid, Long> untils = new LinkedHashMap<>();

  void add(Cid key, long now) {
    untils.remove(key);
    untils.put(key, now + NANOS);
    if (untils.size() > MAX) {
      untils.remove(untils.keySet().iterator().next());
    }
  }

  /** Whether this block is forgiven; it is not a second time. */
  boolean remove(Cid key, long now) {
    Long until = untils.remove(key);
    return until != null && now < until;
  }

  boolean any(long now) {
    while (!untils.isEmpty()) {
      Map.Entry<Cid, Long> eldest = untils.entrySet().iterator().next();
      if (now < eldest.getValue()) {
        return true;
      }
      untils.remove(eldest.getKey());
    }
    return false;
  }
}
