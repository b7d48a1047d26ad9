package spindrift.substitute;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToLongFunction;
import java.util.function.UnaryOperator;

/**
 * A map that forgets what was used least lately when its values together weigh too much. Not safe
 * for use by several threads.
 */
final class Bounded<K, V> {
  private final Map<K, V> map = new LinkedHashMap<>(16, 0.75f, true);
  private final ToLongFunction<V> weight;
  private final long maxWeight;
  private long total;

  Bounded(long maxWeight, ToLongFunction<V> weight) {
    this.maxWeight = maxWeight;
    this.weight = weight;
  }

  /** One that is bounded by the number of its values. */
  static <K, V> Bounded<K, V> ofSize(int maxSize) {
    return new Bounded<>(maxSize, value -> 1);
  }

  Optional<V> get(K key) {
    return Optional.ofNullable(map.get(key));
  }

  /** A value that is too heavy by itself is not kept. */
  void put(K key, V value) {
    remove(key);
    map.put(key, value);
    total += weight.applyAsLong(value);
    for (Iterator<V> eldest = map.values().iterator(); total > maxWeight && eldest.hasNext(); ) {
      total -= weight.applyAsLong(eldest.next());
      eldest.remove();
    }
  }

  /** Changes each value, to one that is not heavier. */
  void replaceAll(UnaryOperator<V> change) {
    map.replaceAll((key, value) -> change.apply(value));
    total = map.values().stream().mapToLong(weight).sum();
  }

  void remove(K key) {
    V before = map.remove(key);
    if (before != null) {
      total -= weight.applyAsLong(before);
    }
  }

  void clear() {
    map.clear();
    total = 0;
  }
}
