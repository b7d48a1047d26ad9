package spindrift.base;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Makes symbolic links whose target is exactly the bytes given. Java's own way goes through a
 * {@link Path}, which loses slashes that are doubled or at the end.
 */
public final class SymbolicLink {
  private SymbolicLink() {}

  /** Makes a link, which must not exist; the target is not empty and has no NUL. */
  public static void create(Path link, Bytes target) throws IOException {
    Path asPath = RawPath.of(target);
    if (RawPath.bytes(asPath).equals(target)) {
      Files.createSymbolicLink(link, asPath);
    } else if (Libc.symlink(target, RawPath.bytes(link.toAbsolutePath())) != 0) {
      throw new IOException("cannot make the symbolic link " + link);
    }
  }

  /** Loaded only for the rare link that needs it. */
  private static final class Libc {
    @SuppressWarnings("restricted") // harmless with these types; the start script allows it
    private static final MethodHandle SYMLINK =
        Linker.nativeLinker()
            .downcallHandle(
                Linker.nativeLinker().defaultLookup().findOrThrow("symlink"),
                FunctionDescriptor.of(
                    ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS));

    static int symlink(Bytes target, Bytes link) {
      try (Arena arena = Arena.ofConfined()) {
        return (int) SYMLINK.invokeExact(text(arena, target), text(arena, link));
      } catch (Throwable e) {
        throw new IllegalStateException("symlink(2) cannot be called", e);
      }
    }

    private static MemorySegment text(Arena arena, Bytes bytes) {
      // Memory of an arena is zero, so the NUL is there.
      MemorySegment text = arena.allocate(bytes.size() + 1L);
      return text.copyFrom(MemorySegment.ofArray(bytes.toArray()));
    }
  }
}
