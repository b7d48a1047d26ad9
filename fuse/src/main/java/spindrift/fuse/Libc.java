package spindrift.fuse;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import spindrift.base.Bytes;

/**
 * The calls into the C library that Java has no other way to make. Like the kernel itself, all
 * answer a negative errno on failure.
 */
@SuppressWarnings("restricted")
final class Libc {
  static final int O_RDWR = 2;
  static final int O_CLOEXEC = 0x80000;

  static final int MS_RDONLY = 1;
  static final int MS_NOSUID = 2;
  static final int MS_NODEV = 4;
  static final int MS_NOATIME = 1024;

  static final int MNT_DETACH = 2;
  static final int UMOUNT_NOFOLLOW = 8;

  /** Larger than a struct statfs of any architecture. */
  private static final int STATFS_BYTES = 512;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final MemoryLayout CAPTURED = Linker.Option.captureStateLayout();
  private static final Linker.Option CAPTURE = Linker.Option.captureCallState("errno");

  /** What {@code openat} takes for a path that is whole or begins in the current folder. */
  private static final int AT_FDCWD = -100;

  // Java prepares one kind of call for all three: where they want an int, Linux's calling
  // conventions let them have a long, and as one of any number of arguments, too.
  private static final MethodHandle OPENAT = ofDescriptor("openat");
  private static final MethodHandle READ = ofDescriptor("read");
  private static final MethodHandle WRITEV = ofDescriptor("writev");
  private static final MethodHandle MOUNT =
      handle("mount", JAVA_INT, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS);

  private Libc() {}

  /** Calls that nobody needs before it is mounted, for each takes milliseconds to prepare. */
  private static final class Later {
    static final MethodHandle CLOSE = handle("close", JAVA_INT, JAVA_INT);
    static final MethodHandle UMOUNT2 = handle("umount2", JAVA_INT, ADDRESS, JAVA_INT);
    static final MethodHandle ACCESS = handle("access", JAVA_INT, ADDRESS, JAVA_INT);
    static final MethodHandle STATFS = handle("statfs", JAVA_INT, ADDRESS, ADDRESS);

    private Later() {}
  }

  private static MethodHandle ofDescriptor(String name) {
    return handle(name, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
  }

  /** A call that keeps errno in a segment, its first argument. */
  static MethodHandle handle(String name, MemoryLayout result, MemoryLayout... arguments) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(result, arguments),
        CAPTURE);
  }

  /** Where a call leaves errno. */
  static MemorySegment errnoIn(Arena arena) {
    return arena.allocate(CAPTURED);
  }

  /** What a call means that gave -1 on failure. */
  static long result(long returned, MemorySegment errno) {
    return returned == -1 ? -errno.get(JAVA_INT, 0) : returned;
  }

  /** Bytes with a NUL behind them. */
  static MemorySegment string(Arena arena, Bytes bytes) {
    MemorySegment text = arena.allocate(bytes.size() + 1L);
    MemorySegment.copy(MemorySegment.ofBuffer(bytes.asByteBuffer()), 0, text, 0, bytes.size());
    return text;
  }

  static int open(String path, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = errnoIn(arena);
      long answer =
          (long) OPENAT.invokeExact(errno, AT_FDCWD, arena.allocateFrom(path), (long) flags);
      int fd = (int) answer;
      return (int) result(fd, errno);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static long read(int fd, MemorySegment into, MemorySegment errno) {
    try {
      return result((long) READ.invokeExact(errno, fd, into, into.byteSize()), errno);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static long writev(int fd, MemorySegment vector, int count, MemorySegment errno) {
    try {
      return result((long) WRITEV.invokeExact(errno, fd, vector, (long) count), errno);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static int close(int fd) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = errnoIn(arena);
      return (int) result((int) Later.CLOSE.invokeExact(errno, fd), errno);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static int mount(String source, Bytes target, String type, long flags, String data) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = errnoIn(arena);
      int done =
          (int)
              MOUNT.invokeExact(
                  errno,
                  arena.allocateFrom(source),
                  string(arena, target),
                  arena.allocateFrom(type),
                  flags,
                  arena.allocateFrom(data));
      return (int) result(done, errno);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static int unmount(Bytes target, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = errnoIn(arena);
      int done = (int) Later.UMOUNT2.invokeExact(errno, string(arena, target), flags);
      return (int) result(done, errno);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** Asks a file system how large it is, which no cache can answer. */
  static int statfs(Bytes path) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = errnoIn(arena);
      MemorySegment buffer = arena.allocate(STATFS_BYTES, 8);
      return (int)
          result((int) Later.STATFS.invokeExact(errno, string(arena, path), buffer), errno);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** Asks whether this user sees a file at all. */
  static int access(Bytes path) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = errnoIn(arena);
      return (int) result((int) Later.ACCESS.invokeExact(errno, string(arena, path), 0), errno);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** Who this process acts as: the owner of its folder in /proc. */
  static int effectiveUser() {
    return owner("unix:uid");
  }

  static int effectiveGroup() {
    return owner("unix:gid");
  }

  private static int owner(String attribute) {
    try {
      return (int) Files.getAttribute(Path.of("/proc/self"), attribute);
    } catch (IOException e) {
      throw new UncheckedIOException("no /proc", e);
    }
  }

  /** Calls into C throw nothing but our own mistakes. */
  static RuntimeException unexpected(Throwable thrown) {
    return switch (thrown) {
      case RuntimeException e -> e;
      case Error e -> throw e;
      default -> new IllegalStateException(thrown);
    };
  }
}
