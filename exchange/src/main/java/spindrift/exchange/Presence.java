package spindrift.exchange;

import java.util.Arrays;
import java.util.Optional;

/** What a peer says about a block instead of sending it. */
enum Presence {
  HAVE(0),
  DONT_HAVE(1);

  private final long number;

  Presence(long number) {
    this.number = number;
  }

  /** As it goes over the wire. */
  long number() {
    return number;
  }

  /** The one with a number; empty where there is none. */
  static Optional<Presence> of(long number) {
    return Arrays.stream(values()).filter(presence -> presence.number == number).findFirst();
  }
}
