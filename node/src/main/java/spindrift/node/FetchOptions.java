package spindrift.node;

import java.time.Duration;
import spindrift.base.ConfigException;
import spindrift.substitute.AssemblySettings;
import spindrift.substitute.LookupSettings;
import spindrift.substitute.LookupSettings.LookAhead;
import spindrift.substitute.Spool;

/**
 * How the node gets what it does not have.
 *
 * @param keeping whether it keeps the blocks of what passes
 * @param spoolBytes on disk, for NARs that come faster than clients take them
 * @param prefetchBytes of NARs that are fetched before Nix asks for them; 0 for none
 * @param deadline of a look-up
 * @param absence how long it counts that nobody had a path
 * @param lookAhead whether narinfos are asked for before Nix does
 */
public record FetchOptions(
    Keeping keeping,
    long spoolBytes,
    long prefetchBytes,
    Duration deadline,
    Duration absence,
    LookAhead lookAhead) {
  static final String SPOOL_KEY = "fetch.spool";
  static final String PREFETCH_KEY = "fetch.prefetch";
  static final String DEADLINE_KEY = "fetch.deadline-ms";
  static final String ABSENCE_KEY = "fetch.absence-ms";

  /** Whether blocks of what passes are kept. */
  public enum Keeping {
    KEPT,
    PASSED_ON
  }

  static final FetchOptions DEFAULTS =
      new FetchOptions(
          Keeping.PASSED_ON,
          Spool.DEFAULT_FILE_BYTES,
          AssemblySettings.PREFETCH_BYTES,
          LookupSettings.DEFAULTS.deadline(),
          LookupSettings.DEFAULTS.absence(),
          LookAhead.ON);

  /** Ours: Nix gives up after five minutes. */
  private static final int MAX_MILLIS = 60_000;

  FetchOptions withKeeping(Keeping changed) {
    return new FetchOptions(changed, spoolBytes, prefetchBytes, deadline, absence, lookAhead);
  }

  FetchOptions withSpool(String size) throws ConfigException {
    long bytes = Size.parse(SPOOL_KEY, size);
    return new FetchOptions(keeping, bytes, prefetchBytes, deadline, absence, lookAhead);
  }

  FetchOptions withPrefetch(String size) throws ConfigException {
    long bytes = Size.parse(PREFETCH_KEY, size);
    return new FetchOptions(keeping, spoolBytes, bytes, deadline, absence, lookAhead);
  }

  FetchOptions withDeadline(String millis) throws ConfigException {
    Duration time = millis(DEADLINE_KEY, millis, 1);
    return new FetchOptions(keeping, spoolBytes, prefetchBytes, time, absence, lookAhead);
  }

  FetchOptions withAbsence(String millis) throws ConfigException {
    Duration time = millis(ABSENCE_KEY, millis, 0);
    return new FetchOptions(keeping, spoolBytes, prefetchBytes, deadline, time, lookAhead);
  }

  FetchOptions withLookAhead(LookAhead changed) {
    return new FetchOptions(keeping, spoolBytes, prefetchBytes, deadline, absence, changed);
  }

  private static Duration millis(String key, String text, int least) throws ConfigException {
    try {
      int number = Integer.parseInt(text.strip());
      if (number >= least && number <= MAX_MILLIS) {
        return Duration.ofMillis(number);
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw new ConfigException(key, text, "want milliseconds, " + least + " to " + MAX_MILLIS);
  }

  LookupSettings lookups() {
    LookupSettings usual = LookupSettings.DEFAULTS;
    return new LookupSettings(
        deadline, usual.grace(), usual.late(), absence, usual.remembered(), lookAhead);
  }

  AssemblySettings assemblies() {
    AssemblySettings usual = AssemblySettings.DEFAULTS;
    return new AssemblySettings(
        usual.stall(), usual.tick(), usual.linger(), usual.heldBackBytes(), prefetchBytes);
  }
}
