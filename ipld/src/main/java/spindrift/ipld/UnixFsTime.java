package spindrift.ipld;

/**
 * A modification time as UnixFS keeps it.
 *
 * @param seconds since 1970-01-01T00:00:00Z, any sign
 * @param nanos 0…999999999, counted forward from the second
 */
public record UnixFsTime(long seconds, int nanos) {
  public UnixFsTime {
    if (nanos < 0 || nanos > 999_999_999) {
      throw new IllegalArgumentException("nanoseconds: " + nanos);
    }
  }
}
