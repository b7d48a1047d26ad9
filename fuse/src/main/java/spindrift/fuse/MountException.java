package spindrift.fuse;

import java.io.IOException;

/** Why something could not be mounted or unmounted, in one line that says what can be done. */
public final class MountException extends IOException {
  private final Reason reason;

  MountException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /** What went wrong. */
  public Reason reason() {
    return reason;
  }

  /** What can go wrong. */
  public enum Reason {
    /** The kernel has no FUSE, or no /dev/fuse is here. */
    NO_DEVICE,
    /** This user may not open /dev/fuse or mount. */
    NOT_PERMITTED,
    /** An ordinary user needs fusermount3, and there is none. */
    NO_HELPER,
    /** The administrator does not let users mount for all users. */
    NO_ALLOW_OTHER,
    NO_DIRECTORY,
    NOT_A_DIRECTORY,
    NOT_EMPTY,
    /** Something is mounted there already. */
    ALREADY_MOUNTED,
    /** Nothing is mounted there. */
    NOT_MOUNTED,
    /** Programs have files open there, or stand in it. */
    BUSY,
    /** A kernel that is too old, or too new. */
    UNSUPPORTED_KERNEL,
    /** Anything else, told by the kernel or by the helper. */
    FAILED
  }
}
