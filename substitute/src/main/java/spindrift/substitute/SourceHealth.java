package spindrift.substitute;

import java.time.Duration;
import java.util.OptionalLong;

/**
 * How sources behave, by their names: upstreams' URLs, peers' ids. After failures in a row a source
 * is not asked for a while, then once to try. Safe for use by several threads.
 */
interface SourceHealth {
  /** Whether a source may be asked now; where it may be asked once to try, this is that once. */
  boolean mayAsk(String source);

  /** Notes an answer, be it that something is absent. */
  void answered(String source, Duration took);

  /** Notes bytes of a NAR that came, and the time for which they were waited for. */
  void transferred(String source, long bytes, Duration took);

  /** Notes that a source did not do what it should. */
  void failed(String source, Exception why);

  /** Notes that a source gave a wrong NAR, or a false narinfo. */
  void lied(String source);

  /** Whether it did so lately: others are preferred to it for a while. */
  boolean hasLied(String source);

  /** Bytes a second that NARs usually come at, once that is known. */
  OptionalLong usualRate(String source);

  /** Forgets failures: the network is another. */
  void networkChanged();
}
