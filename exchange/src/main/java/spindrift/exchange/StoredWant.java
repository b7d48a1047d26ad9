package spindrift.exchange;

import java.util.Comparator;
import spindrift.ipld.Cid;

/**
 * Something that a peer wants of us. One that was renewed is another, by its number.
 *
 * @param number in the order of coming, so that no two are equal
 * @param round the message that it was last in
 */
record StoredWant(
    Cid cid,
    int priority,
    WantEntry.Kind kind,
    WantEntry.DontHave dontHave,
    long number,
    long round) {
  /** The most urgent first; among equals the one that came first. */
  static final Comparator<StoredWant> ORDER =
      Comparator.comparingInt(StoredWant::priority)
          .reversed()
          .thenComparingLong(StoredWant::number);
}
