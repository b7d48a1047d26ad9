package spindrift.base;

import java.util.Optional;
import java.util.function.Function;

/** The system's OpenSSL, where it has one: version 3, whichever minor one. */
public final class Libcrypto {
  /** A property that names the library's file, or says {@value SystemLibrary#NONE}. */
  public static final String PROPERTY = "spindrift.libcrypto";

  /** Its usual name, which the system's loader finds in the usual folders. */
  public static final String USUAL = "libcrypto.so.3";

  private Libcrypto() {}

  /**
   * What somebody makes of that of this machine, unless there is none that can be used.
   *
   * @see SystemLibrary#use
   */
  public static <T> Optional<T> use(Function<SystemLibrary, T> use) {
    return SystemLibrary.use(System.getProperty(PROPERTY, USUAL), use);
  }

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
