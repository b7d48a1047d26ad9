package spindrift.base;

/** Bytes that break a rule of their format. */
public final class MalformedDataException extends FaultException {
  private final String format;
  private final long offset;
  private final String rule;

  /**
   * @param format the format's name, as a person would say it ("NAR", "narinfo")
   * @param offset where in the input the rule is broken, in bytes; -1 where that is not known
   * @param rule what is wrong, as the end of a sentence
   */
  public MalformedDataException(String format, long offset, String rule) {
    super(Fault.MALFORMED, format + (offset < 0 ? ": " : " at byte " + offset + ": ") + rule);
    this.format = format;
    this.offset = offset;
    this.rule = rule;
  }

  public String format() {
    return format;
  }

  /** Bytes from the start of the input, or -1. */
  public long offset() {
    return offset;
  }

  public String rule() {
    return rule;
  }
}
