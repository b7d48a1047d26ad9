package spindrift.fuse;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import spindrift.base.MalformedDataException;

/**
 * Reads requests and serves them, until the file system is unmounted. It runs on a platform thread,
 * for it blocks in the kernel.
 */
final class Reader implements Runnable {
  /** 8 KiB would do; more lets the kernel forget some thousands of nodes at once. */
  private static final int BUFFER_BYTES = 1 << 17;

  private static final Logger LOG = System.getLogger("spindrift.fuse");

  private final Device device;
  private final Dispatcher dispatcher;
  private final Runnable atEnd;

  Reader(Device device, Dispatcher dispatcher, Runnable atEnd) {
    this.device = device;
    this.dispatcher = dispatcher;
    this.atEnd = atEnd;
  }

  @Override
  public void run() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment in = arena.allocate(BUFFER_BYTES, 8);
      MemorySegment errno = Libc.errnoIn(arena);
      Workspace space = dispatcher.newWorkspace();
      long length = Libc.read(device.descriptor(), in, errno);
      while (goesOn(length)) {
        if (length > 0) {
          serve(in, length, space);
        }
        length = Libc.read(device.descriptor(), in, errno);
      }
    } finally {
      atEnd.run();
    }
  }

  /** Whatever happens, the request is answered: whoever made it could not even be killed else. */
  private void serve(MemorySegment in, long length, Workspace space) {
    Request request;
    try {
      request = RequestDecoder.decode(in, length);
    } catch (MalformedDataException e) {
      device.sendError(space.out(), RequestDecoder.unique(in, length), Errno.EINVAL);
      LOG.log(Level.WARNING, "refused op=unknown errno=EINVAL cause={0}", e.getMessage());
      return;
    } catch (Throwable e) {
      device.sendError(space.out(), RequestDecoder.unique(in, length), Errno.EIO);
      LOG.log(Level.ERROR, "failed op=decode errno=EIO", e);
      return;
    }
    space.begin(request.unique(), RequestDecoder.thread(in));
    dispatcher.serve(request, space);
  }

  private static boolean goesOn(long length) {
    if (length >= 0) {
      return length > 0;
    }
    Errno again = errno(length);
    return switch (again) {
      case EINTR, EAGAIN, ENOENT -> true;
      case ENODEV, ECONNABORTED, ENOTCONN -> false;
      default -> {
        LOG.log(Level.ERROR, "failed op=read errno={0}", Errno.name((int) -length));
        yield false;
      }
    };
  }

  private static Errno errno(long length) {
    for (Errno errno : Errno.values()) {
      if (errno.number() == -length) {
        return errno;
      }
    }
    return Errno.EIO;
  }
}
