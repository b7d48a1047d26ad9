package spindrift.base;

/** Something that a peer did against the rules of a protocol; the connection to it ends. */
public final class ProtocolViolationException extends FaultException {
  private final String protocol;

  /**
   * @param protocol as peers name it, such as {@code /yamux/1.0.0}
   * @param rule what was broken, as a phrase
   */
  public ProtocolViolationException(String protocol, String rule) {
    super(Fault.PROTOCOL, protocol + ": " + rule);
    this.protocol = protocol;
  }

  public String protocol() {
    return protocol;
  }
}
