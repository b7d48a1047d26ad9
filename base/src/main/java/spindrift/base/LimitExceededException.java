package spindrift.base;

/** A stated limit was reached. */
public final class LimitExceededException extends FaultException {
  private final String limit;
  private final long maximum;

  /**
   * @param limit what is limited, as a person would say it ("NAR nesting depth")
   * @param maximum the largest value allowed
   */
  public LimitExceededException(String limit, long maximum) {
    super(Fault.LIMIT, limit + " is limited to " + maximum);
    this.limit = limit;
    this.maximum = maximum;
  }

  public String limit() {
    return limit;
  }

  public long maximum() {
    return maximum;
  }
}
