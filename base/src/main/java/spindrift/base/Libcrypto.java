package spindrift.base;

/** What calls of {@link KnownLibrary#LIBCRYPTO} have in common. */
public final class Libcrypto {
  private Libcrypto() {}

  /** Sees to it that a call has done what it was to do. */
  public static void require(boolean done) {
    if (!done) {
      throw new IllegalStateException("libcrypto refuses to go on");
    }
  }

  /** What is to be thrown for whatever a call threw. */
  public static RuntimeException unexpected(Throwable e) {
    if (e instanceof Error error) {
      throw error;
    }
    return e instanceof RuntimeException known
        ? known
        : new IllegalStateException("a call of libcrypto failed", e);
  }
}
