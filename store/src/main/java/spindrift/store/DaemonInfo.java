package spindrift.store;

/**
 * What a Nix daemon says of itself.
 *
 * @param protocolMinor the worker protocol in use is 1.this; 21…38
 * @param nixVersion such as {@code 2.34.8}; blank before protocol 1.33
 */
public record DaemonInfo(int protocolMinor, String nixVersion, Trust trust) {
  /** Whether the daemon takes our word for things that others must sign. */
  public enum Trust {
    /** The daemon did not say. */
    UNKNOWN,
    /** We are root or among {@code trusted-users}. */
    TRUSTED,
    /** We are anybody. */
    NOT_TRUSTED
  }
}
