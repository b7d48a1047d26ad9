package spindrift.fuse;

/**
 * What kernel and server have agreed on.
 *
 * @param minor of protocol 7
 * @param maxReadAhead in bytes, as the kernel proposed it; it cannot be raised here
 * @param flags of {@link InitFlags}
 */
record Agreement(int minor, int maxReadAhead, long flags) {
  static final int MAJOR = 7;

  /** The newest protocol that this was written for: Linux 6.18. */
  static final int NEWEST_MINOR = 45;

  /** INIT has had its present form since then: Linux 3.15. Java 25 runs on nothing as old. */
  static final int OLDEST_MINOR = 23;

  /** What any kernel has that can resume. */
  static final Agreement RESUMED = new Agreement(NEWEST_MINOR, 0, InitFlags.WANTED);

  /** The most that both sides can do. */
  static Agreement with(Request.Init kernel) throws MountException {
    if (kernel.major() != MAJOR || kernel.minor() < OLDEST_MINOR) {
      throw new MountException(
          MountException.Reason.UNSUPPORTED_KERNEL,
          "this kernel speaks FUSE %d.%d; needed is 7.%d or a later 7"
              .formatted(kernel.major(), kernel.minor(), OLDEST_MINOR));
    }
    return new Agreement(
        Math.min(kernel.minor(), NEWEST_MINOR),
        kernel.maxReadAhead(),
        kernel.flags() & InitFlags.WANTED);
  }

  /** Whether both want this. */
  boolean has(long flag) {
    return (flags & flag) != 0;
  }
}
