package spindrift.fuse;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import spindrift.base.Bytes;
import spindrift.base.RawPath;

/**
 * Runs a program that opens a file for us and hands its descriptor back over a socket, as
 * fusermount3 does: it writes one byte with an SCM_RIGHTS message to the descriptor named by
 * _FUSE_COMMFD. Java's own processes inherit no descriptors, hence posix_spawn(3).
 */
final class DescriptorFromChild {
  private static final int AF_UNIX = 1;
  private static final int SOCK_STREAM = 1;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int SOL_SOCKET = 1;
  private static final int SCM_RIGHTS = 1;
  private static final int MSG_CMSG_CLOEXEC = 0x40000000;
  private static final short POLLIN = 1;

  /** Where the child finds its end of the socket. */
  private static final int CHILD_SOCKET = 3;

  private static final int STDERR = 2;

  /** Larger than posix_spawn_file_actions_t of glibc (80) and musl. */
  private static final int FILE_ACTIONS_BYTES = 256;

  /** Of what the child complains, the beginning. */
  private static final int MAX_SAID_BYTES = 4096;

  private static final MethodHandle SOCKETPAIR =
      Libc.handle("socketpair", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS);
  private static final MethodHandle ACTIONS_INIT =
      Libc.handle("posix_spawn_file_actions_init", JAVA_INT, ADDRESS);
  private static final MethodHandle ACTIONS_DUP =
      Libc.handle("posix_spawn_file_actions_adddup2", JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);
  private static final MethodHandle ACTIONS_DESTROY =
      Libc.handle("posix_spawn_file_actions_destroy", JAVA_INT, ADDRESS);
  private static final MethodHandle SPAWN =
      Libc.handle("posix_spawn", JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS);
  private static final MethodHandle WAITPID =
      Libc.handle("waitpid", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
  private static final MethodHandle KILL = Libc.handle("kill", JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle RECVMSG =
      Libc.handle("recvmsg", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT);
  private static final MethodHandle POLL =
      Libc.handle("poll", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);

  private final Arena arena;
  private final MemorySegment errno;

  private DescriptorFromChild(Arena arena) {
    this.arena = arena;
    this.errno = Libc.errnoIn(arena);
  }

  /** A descriptor, or -1 and what the child complained. */
  record Result(int descriptor, String said) {}

  /** Runs a program to its end. */
  static Result run(Path program, List<Bytes> arguments, int seconds) {
    try (Arena arena = Arena.ofConfined()) {
      return new DescriptorFromChild(arena).exchange(program, arguments, seconds * 1000);
    } catch (Throwable e) {
      throw Libc.unexpected(e);
    }
  }

  private Result exchange(Path program, List<Bytes> arguments, int millis) throws Throwable {
    Pair socket = pair();
    Pair complaints = pair();
    int child = spawn(program, arguments, socket.theirs(), complaints.theirs());
    Libc.close(socket.theirs());
    Libc.close(complaints.theirs());
    try {
      if (child < 0) {
        return new Result(-1, "cannot run " + program + ": " + Errno.name(-child));
      }
      int descriptor = ready(socket.ours(), millis) ? receive(socket.ours()) : -1;
      String said = ready(complaints.ours(), millis) ? text(complaints.ours()) : "no answer";
      if (descriptor < 0 && said.equals("no answer")) {
        int _ = (int) KILL.invokeExact(errno, child, 9);
      }
      int _ = (int) WAITPID.invokeExact(errno, child, MemorySegment.NULL, 0);
      return new Result(descriptor, said);
    } finally {
      Libc.close(socket.ours());
      Libc.close(complaints.ours());
    }
  }

  private record Pair(int ours, int theirs) {}

  private Pair pair() throws Throwable {
    MemorySegment both = arena.allocate(JAVA_INT, 2);
    int failed = (int) SOCKETPAIR.invokeExact(errno, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both);
    if (failed != 0) {
      throw new IllegalStateException("socketpair: " + Libc.result(failed, errno));
    }
    return new Pair(both.getAtIndex(JAVA_INT, 0), both.getAtIndex(JAVA_INT, 1));
  }

  private int spawn(Path program, List<Bytes> arguments, int socket, int complaints)
      throws Throwable {
    MemorySegment actions = arena.allocate(FILE_ACTIONS_BYTES, 8);
    int _ = (int) ACTIONS_INIT.invokeExact(errno, actions);
    // In this order: the socket may have the number that the other one is given.
    int _ = (int) ACTIONS_DUP.invokeExact(errno, actions, complaints, STDERR);
    int _ = (int) ACTIONS_DUP.invokeExact(errno, actions, socket, CHILD_SOCKET);
    List<Bytes> command = new ArrayList<>();
    command.add(RawPath.bytes(program));
    command.addAll(arguments);
    List<Bytes> environment =
        List.of(Bytes.utf8("_FUSE_COMMFD=" + CHILD_SOCKET), Bytes.utf8("PATH=/usr/bin:/bin"));
    MemorySegment pid = arena.allocate(JAVA_INT);
    int failed =
        (int)
            SPAWN.invokeExact(
                errno,
                pid,
                Libc.string(arena, command.getFirst()),
                actions,
                MemorySegment.NULL,
                strings(command),
                strings(environment));
    int _ = (int) ACTIONS_DESTROY.invokeExact(errno, actions);
    return failed == 0 ? pid.get(JAVA_INT, 0) : -failed;
  }

  /** An array of strings, with a null pointer behind the last. */
  private MemorySegment strings(List<Bytes> texts) {
    MemorySegment array = arena.allocate(ADDRESS, texts.size() + 1L);
    for (int i = 0; i < texts.size(); i++) {
      array.setAtIndex(ADDRESS, i, Libc.string(arena, texts.get(i)));
    }
    return array;
  }

  /** Waits until there is something to read, or the other side is gone. */
  private boolean ready(int descriptor, int millis) throws Throwable {
    // struct pollfd: int fd, short events, short revents
    MemorySegment poll = arena.allocate(8, 4);
    poll.set(JAVA_INT, 0, descriptor);
    poll.set(ValueLayout.JAVA_SHORT, 4, POLLIN);
    return (int) POLL.invokeExact(errno, poll, 1L, millis) > 0;
  }

  private String text(int descriptor) {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    MemorySegment part = arena.allocate(512);
    long read = Libc.read(descriptor, part, errno);
    while (read > 0 && said.size() < MAX_SAID_BYTES) {
      said.writeBytes(part.asSlice(0, read).toArray(JAVA_BYTE));
      read = Libc.read(descriptor, part, errno);
    }
    return said.toString(StandardCharsets.UTF_8);
  }

  /** The descriptor that comes with one byte; -1 where there comes none. */
  private int receive(int socket) throws Throwable {
    MemorySegment vector = arena.allocate(16, 8);
    vector.set(ADDRESS, 0, arena.allocate(1));
    vector.set(JAVA_LONG, 8, 1);
    MemorySegment control = arena.allocate(64, 8);
    // struct msghdr: name, namelen, iov@16, iovlen@24, control@32, controllen@40, flags@48
    MemorySegment message = arena.allocate(56, 8);
    message.set(ADDRESS, 16, vector);
    message.set(JAVA_LONG, 24, 1);
    message.set(ADDRESS, 32, control);
    message.set(JAVA_LONG, 40, control.byteSize());
    long received = (long) RECVMSG.invokeExact(errno, socket, message, MSG_CMSG_CLOEXEC);
    // struct cmsghdr: len, level@8, type@12, and the descriptor@16
    boolean rights =
        received > 0
            && message.get(JAVA_LONG, 40) >= 20
            && control.get(JAVA_LONG, 0) >= 20
            && control.get(JAVA_INT, 8) == SOL_SOCKET
            && control.get(JAVA_INT, 12) == SCM_RIGHTS;
    return rights ? control.get(JAVA_INT, 16) : -1;
  }
}
