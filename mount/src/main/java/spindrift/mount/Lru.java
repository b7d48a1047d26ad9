package spindrift.mount;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;

/** What was used lately, up to a weight. Safe for use by several threads. */
final class Lru<K, V> {
  private final long maxWeight;
  private final ToLongFunction<V> weight;
  private final Consumer<V> dropped;
  private final Map<K, V> entries = new LinkedHashMap<>(16, 0.75f, true);
  private long total;

  Lru(long maxWeight, ToLongFunction<V> weight) {
    this(maxWeight, weight, value -> {});
  }

  /**
   * @param dropped is told of what has to go, with the lock held
   */
  Lru(long maxWeight, ToLongFunction<V> weight, Consumer<V> dropped) {
    this.maxWeight = maxWeight;
    this.weight = weight;
    this.dropped = dropped;
  }

  synchronized Optional<V> find(K key) {
    return Optional.ofNullable(entries.get(key));
  }

  synchronized void put(K key, V value) {
    remove(key);
    entries.put(key, value);
    total += weight.applyAsLong(value);
    Iterator<V> eldest = entries.values().iterator();
    while (total > maxWeight && eldest.hasNext()) {
      V gone = eldest.next();
      eldest.remove();
      total -= weight.applyAsLong(gone);
      dropped.accept(gone);
    }
  }

  synchronized void remove(K key) {
    V before = entries.remove(key);
    if (before != null) {
      total -= weight.applyAsLong(before);
      dropped.accept(before);
    }
  }

  synchronized void clear() {
    entries.values().forEach(dropped);
    entries.clear();
    total = 0;
  }
}
