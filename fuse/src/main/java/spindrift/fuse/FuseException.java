package spindrift.fuse;

import java.io.IOException;

/** A request that fails with a certain error, which the program that asked will see. */
public final class FuseException extends IOException {
  private final Errno errno;

  public FuseException(Errno errno, String message) {
    super(message);
    this.errno = errno;
  }

  public FuseException(Errno errno, String message, Throwable cause) {
    super(message, cause);
    this.errno = errno;
  }

  /** What the program sees. */
  public Errno errno() {
    return errno;
  }
}
