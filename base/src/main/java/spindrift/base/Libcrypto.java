package spindrift.base;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** What calls of {@link KnownLibrary#LIBCRYPTO} have in common. */
public final class Libcrypto {
  private Libcrypto() {}

  /** Sees to it that a call has done what it was to do. */
  public static void require(boolean done) {
    if (!done) {
      throw new IllegalStateException("libcrypto refuses to go on");
    }
  }

  /**
   * A context, which is freed with its arena.
   *
   * @param make takes nothing
   * @param free takes what the other made
   */
  public static MemorySegment context(MethodHandle make, MethodHandle free, Arena arena) {
    try {
      MemorySegment made = (MemorySegment) make.invokeExact();
      require(!made.equals(MemorySegment.NULL));
      return SystemLibrary.owned(made, arena, context -> free(context, free));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  private static void free(MemorySegment context, MethodHandle free) {
    try {
      free.invokeExact(context);
    } catch (Throwable e) {
      throw unexpected(e);
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
