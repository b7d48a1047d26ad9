package spindrift.base;

/** Content that does not match the hash that names it. */
public final class IntegrityException extends FaultException {
  private final String expected;
  private final String actual;
  private final String source;

  public IntegrityException(String expected, String actual, String source) {
    super(Fault.INTEGRITY, source + ": expected " + expected + " but got " + actual);
    this.expected = expected;
    this.actual = actual;
    this.source = source;
  }

  public String expected() {
    return expected;
  }

  public String actual() {
    return actual;
  }

  /** Where the bytes came from: a file, a peer, an upload. */
  public String source() {
    return source;
  }
}
