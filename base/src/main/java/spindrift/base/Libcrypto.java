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
}
