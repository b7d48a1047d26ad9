package spindrift.substitute;

import java.time.Duration;

/**
 * How look-ups of narinfos behave.
 *
 * @param deadline how long a client waits at the most
 * @param grace how long an answer is held back for a source that is preferred and is about to
 *     answer, too
 * @param late how long a source that is likely to have a path is waited for, at the least, before
 *     the others are asked for it
 * @param absence how long it counts that no source had a path
 * @param remembered how long it counts that an upstream had a path
 * @param lookAhead whether the narinfos of what a path refers to are asked for before a client does
 */
public record LookupSettings(
    Duration deadline,
    Duration grace,
    Duration late,
    Duration absence,
    Duration remembered,
    LookAhead lookAhead) {
  /** Whether narinfos are asked for before a client does. */
  public enum LookAhead {
    ON,
    OFF
  }

  /**
   * A grace much longer than some milliseconds would be felt: clients ask path by path. Within the
   * time that counts as late a pause of this machine, or of the line, may be over.
   */
  public static final LookupSettings DEFAULTS =
      new LookupSettings(
          Duration.ofMillis(1500),
          Duration.ofMillis(5),
          Duration.ofMillis(50),
          Duration.ofSeconds(10),
          Duration.ofMinutes(10),
          LookAhead.ON);

  /** With another deadline. */
  public LookupSettings withDeadline(Duration changed) {
    return new LookupSettings(changed, grace, late, absence, remembered, lookAhead);
  }

  public LookupSettings withLookAhead(LookAhead changed) {
    return new LookupSettings(deadline, grace, late, absence, remembered, changed);
  }

  /** With another time after which others are asked. */
  LookupSettings withLate(Duration changed) {
    return new LookupSettings(deadline, grace, changed, absence, remembered, lookAhead);
  }
}
