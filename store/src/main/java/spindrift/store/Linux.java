package spindrift.store;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import spindrift.base.Bytes;
import spindrift.base.NamedFile;
import spindrift.base.RawPath;
import spindrift.nix.FileMode;

/**
 * Calls of Linux that a store needs and Java does not have. Descriptors are the caller's to close.
 * Safe for use by several threads.
 */
final class Linux {
  private static final int OPEN_FLAGS = 02 | 0100 | 02000000; // O_RDWR, O_CREAT, O_CLOEXEC
  private static final int OWNER_ONLY = 0600;
  private static final int LOCK_EXCLUSIVE_AT_ONCE = 2 | 4; // LOCK_EX, LOCK_NB
  private static final int READ_FLAGS = 02000000; // O_CLOEXEC
  private static final int NAMED_FLAGS = // O_NONBLOCK: a FIFO lets nobody wait
      READ_FLAGS | noFollow(System.getProperty("os.arch")) | 04000;
  private static final int NEW_FLAGS = 01 | 0100 | 0200 | 02000000; // O_WRONLY, O_CREAT, O_EXCL
  private static final long CLONE = 0x40049409L; // FICLONE
  private static final int EINTR = 4;
  private static final int EWOULDBLOCK = 11;
  private static final int THIS_FOLDER = -100; // AT_FDCWD
  private static final int NO_FOLLOW = 0x100; // AT_SYMLINK_NOFOLLOW
  private static final long OMIT = (1 << 30) - 2; // UTIME_OMIT

  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO = STATE.varHandle(PathElement.groupElement("errno"));

  private static final MethodHandle OPEN =
      handle("open", 2, ValueLayout.ADDRESS, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
  private static final MethodHandle FLOCK =
      handle("flock", 2, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
  private static final MethodHandle CLOSE = handle("close", 1, ValueLayout.JAVA_INT);
  private static final MethodHandle UTIMENSAT =
      handle(
          "utimensat",
          4,
          ValueLayout.JAVA_INT,
          ValueLayout.ADDRESS,
          ValueLayout.ADDRESS,
          ValueLayout.JAVA_INT);

  private static final MethodHandle IOCTL =
      handle("ioctl", 2, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT);

  private static final MethodHandle SYNCFS = handle("syncfs", 1, ValueLayout.JAVA_INT);

  private static final MethodHandle EXECV =
      handle("execv", 2, ValueLayout.ADDRESS, ValueLayout.ADDRESS);

  /** Two {@code timespec}: the access time stays, the modification time is the first second. */
  private static final MemorySegment FIRST_SECOND =
      Arena.global().allocateFrom(ValueLayout.JAVA_LONG, 0, OMIT, 1, 0);

  private Linux() {}

  /** O_NOFOLLOW, which is not the same on all processors that Nix runs on, unlike the others. */
  static int noFollow(String processor) {
    return switch (processor) {
      case "aarch64", "arm" -> 0100000;
      default -> 0400000;
    };
  }

  /**
   * @param fixed arguments before those that are variadic
   */
  @SuppressWarnings("restricted") // the types are those of the manual; the start script allows it
  private static MethodHandle handle(String name, int fixed, MemoryLayout... arguments) {
    Linker linker = Linker.nativeLinker();
    List<Linker.Option> options = new ArrayList<>();
    options.add(Linker.Option.captureCallState("errno"));
    if (fixed < arguments.length) {
      options.add(Linker.Option.firstVariadicArg(fixed));
    }
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(ValueLayout.JAVA_INT, arguments),
        options.toArray(Linker.Option[]::new));
  }

  /** Opens a file, which is made where it is absent; programs that we start do not inherit it. */
  static int openToLock(Path file) throws IOException {
    return open(file, OPEN_FLAGS, OWNER_ONLY);
  }

  private static int open(Path file, int flags, int mode) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      MemorySegment name = text(arena, file);
      while (true) {
        int descriptor = (int) OPEN.invokeExact(state, name, flags, mode);
        if (descriptor >= 0) {
          return descriptor;
        }
        if (errno(state) != EINTR) {
          throw failed("open", file.toString(), errno(state));
        }
      }
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /** Locks an open file for this process alone, as flock(2) does; false when another has it. */
  static boolean tryLock(int descriptor) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      while (true) {
        if ((int) FLOCK.invokeExact(state, descriptor, LOCK_EXCLUSIVE_AT_ONCE) == 0) {
          return true;
        }
        int errno = errno(state);
        if (errno == EWOULDBLOCK) {
          return false;
        }
        if (errno != EINTR) {
          throw failed("flock", "a lock file", errno);
        }
      }
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /** How it went with a clone. */
  enum Cloning {
    MADE,
    /** What was to be cloned is not that. */
    OTHER_FILE,
    /** The file system does not make clones, or not of that file. */
    CANNOT
  }

  /** Makes a new file that shares all bytes of one of a size; there is none unless it is made. */
  static Cloning cloneFile(Path from, long size, Path to, FileMode mode) throws IOException {
    int source;
    try {
      source = open(from, NAMED_FLAGS, 0);
    } catch (IOException e) {
      return Cloning.OTHER_FILE; // it is gone, or not for us
    }
    try {
      Path opened = Path.of("/proc/self/fd/" + source);
      if (!NamedFile.mayBeRead(opened) || Files.size(opened) != size) {
        return Cloning.OTHER_FILE;
      }
      int target = open(to, NEW_FLAGS, OWNER_ONLY);
      boolean isMade = false;
      try {
        isMade = ioctl(target, CLONE, source) == 0;
      } finally {
        close(target);
        if (!isMade) {
          Files.delete(to);
        }
      }
      if (isMade) {
        Files.setPosixFilePermissions(to, TreeWriter.permissions(mode));
      }
      return isMade ? Cloning.MADE : Cloning.CANNOT;
    } finally {
      close(source);
    }
  }

  private static int ioctl(int descriptor, long request, int argument) {
    try (Arena arena = Arena.ofConfined()) {
      return (int) IOCTL.invokeExact(arena.allocate(STATE), descriptor, request, argument);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /** Becomes another program, given by its path and its arguments; returns only when it cannot. */
  static void exec(List<String> command) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment words = arena.allocate(ValueLayout.ADDRESS, command.size() + 1L);
      for (int i = 0; i < command.size(); i++) {
        words.setAtIndex(ValueLayout.ADDRESS, i, arena.allocateFrom(command.get(i)));
      }
      MemorySegment first = words.getAtIndex(ValueLayout.ADDRESS, 0);
      var _ = (int) EXECV.invokeExact(arena.allocate(STATE), first, words);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /** Returns when all that was written to the file system of a folder is on its disk. */
  static void syncFileSystem(Path folder) throws IOException {
    int descriptor = open(folder, READ_FLAGS, 0);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      if ((int) SYNCFS.invokeExact(state, descriptor) != 0) {
        throw failed("syncfs", folder.toString(), errno(state));
      }
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    } finally {
      close(descriptor);
    }
  }

  static void close(int descriptor) {
    try (Arena arena = Arena.ofConfined()) {
      var _ = (int) CLOSE.invokeExact(arena.allocate(STATE), descriptor);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /** Says that a file, folder or symbolic link was changed in the first second of 1970, as Nix. */
  static void setFirstSecond(Path path) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      MemorySegment name = text(arena, path);
      if ((int) UTIMENSAT.invokeExact(state, THIS_FOLDER, name, FIRST_SECOND, NO_FOLLOW) != 0) {
        throw failed("utimensat", path.toString(), errno(state));
      }
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private static int errno(MemorySegment state) {
    return (int) ERRNO.get(state, 0L);
  }

  private static IOException failed(String call, String what, int errno) {
    return new IOException(call + " of " + what + " failed, error " + errno);
  }

  private static MemorySegment text(Arena arena, Path path) {
    Bytes raw = RawPath.bytes(path.toAbsolutePath());
    // Memory of an arena is zero, so the NUL is there.
    MemorySegment text = arena.allocate(raw.size() + 1L);
    return text.copyFrom(MemorySegment.ofArray(raw.toArray()));
  }
}
