package spindrift.fuse;

import static spindrift.fuse.Struct.at;
import static spindrift.fuse.Struct.u64;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A mounted {@link FileTree}, served by threads of its own until it is unmounted, by this process
 * or by anybody. They are daemon threads, and go on while shutdown hooks run.
 *
 * <p>This process may read and write files of its own mount, but must not map them, nor run from
 * them: a page fault stops a thread where the virtual machine cannot, and with it the readers. Let
 * a shutdown hook {@link #close}, or what is mounted stays behind, dead ({@link MountTable#clear}).
 */
public final class FuseSession implements AutoCloseable {
  /** No request reads more at once: 256 pages. */
  public static final int MAX_READ_BYTES = 1 << 20;

  /** The kernel says hello at once; it is only we who might be slow. */
  private static final int HELLO_SECONDS = 20;

  /**
   * After an orderly unmount the readers are told within milliseconds, unless a mount namespace
   * that was made meanwhile, as Nix makes some, has a copy: that may last for ever.
   */
  private static final int END_SECONDS = 1;

  /** More readers than processors gain nothing, and one alone may be held up by a slow disk. */
  private static final int READERS = Math.clamp(Runtime.getRuntime().availableProcessors(), 2, 4);

  private static final int NOTIFY_INVAL_INODE = 2;
  private static final int NOTIFY_RESEND = 7;

  /** No descriptor of anybody. */
  private static final int NOBODY = -1;

  private static final Logger LOG = System.getLogger("spindrift.fuse");

  private final Path directory;
  private final Device device;
  private final Waiting waiting;
  private final Dispatcher dispatcher;
  private final AtomicInteger readers = new AtomicInteger(READERS);
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile @Nullable Mount mount;

  private FuseSession(FileTree tree, Path directory, int descriptor) {
    this.directory = directory;
    this.device = new Device(descriptor);
    this.waiting = new Waiting(device);
    this.dispatcher = new Dispatcher(tree, device, waiting);
  }

  /**
   * Prepares what mounting needs of Java, which takes 100 ms that somebody else may use: mounting
   * does it otherwise.
   */
  public static void prepare() {
    Outbox out = new Outbox().begin();
    int failed = out.send(NOBODY, 0);
    LOG.log(Level.DEBUG, "prepared errno={0}", failed);
  }

  /** Mounts a tree; when this returns, programs can use it. */
  public static FuseSession mount(FileTree tree, MountOptions options) throws MountException {
    Path directory = Mounting.check(options);
    FuseSession session = new FuseSession(tree, directory, Mounting.mount(directory, options));
    try {
      session.start();
      if (!session.dispatcher.awaitAgreement(HELLO_SECONDS)) {
        throw new MountException(
            MountException.Reason.FAILED, "the kernel does not talk about " + directory);
      }
      session.mount = mountAt(directory);
      ReadAhead.set(session.mount, options.readAheadKib());
    } catch (MountException e) {
      session.giveUp(e);
      throw e;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      MountException failed =
          new MountException(MountException.Reason.FAILED, "interrupted while mounting");
      session.giveUp(failed);
      throw failed;
    }
    LOG.log(Level.INFO, "mounted directory={0}", directory);
    return session;
  }

  /**
   * Goes on serving what a process that is gone had mounted, over the descriptor that somebody kept
   * open for it. Requests that it left unanswered are answered now. Needs Linux 6.9. The descriptor
   * is the session's from now on, unless this throws.
   */
  public static FuseSession resume(FileTree tree, Path directory, int descriptor)
      throws MountException {
    FuseSession session = new FuseSession(tree, directory, descriptor);
    session.mount = mountAt(directory);
    session.dispatcher.resume();
    int failed = new Outbox().begin().sendNotice(descriptor, NOTIFY_RESEND);
    if (failed != 0) {
      throw new MountException(
          failed == -Errno.EINVAL.number()
              ? MountException.Reason.UNSUPPORTED_KERNEL
              : MountException.Reason.FAILED,
          "cannot go on with %s: %s (needed is Linux 6.9 and a descriptor of a mount)"
              .formatted(directory, Errno.name(-failed)));
    }
    session.start();
    LOG.log(Level.INFO, "resumed directory={0}", directory);
    return session;
  }

  private static Mount mountAt(Path directory) throws MountException {
    try {
      Optional<Mount> found = MountTable.at(directory);
      return found
          .filter(mount -> mount.type().startsWith("fuse"))
          .orElseThrow(() -> Unmounting.notMounted(directory));
    } catch (MountException e) {
      throw e;
    } catch (IOException e) {
      throw new MountException(
          MountException.Reason.FAILED, "cannot read the list of mounts: " + e.getMessage());
    }
  }

  private void start() {
    for (int i = 0; i < READERS; i++) {
      Thread.ofPlatform()
          .daemon()
          .name("fuse-reader-" + i)
          .start(new Reader(device, dispatcher, this::readerEnded));
    }
  }

  private void readerEnded() {
    if (readers.decrementAndGet() == 0) {
      waiting.close();
      device.close();
      LOG.log(Level.INFO, "unmounted directory={0}", directory);
      ended.countDown();
    }
  }

  private void giveUp(Exception cause) {
    try {
      Unmounting.lazily(directory);
    } catch (MountException e) {
      cause.addSuppressed(e);
    }
  }

  /** The directory, without symbolic links. */
  public Path directory() {
    return directory;
  }

  /**
   * The descriptor of /dev/fuse; it stays ours, but may be handed to a process that keeps it; -1 at
   * the end.
   */
  public int descriptor() {
    return device.descriptor();
  }

  /** Waits until nobody uses it any more; false when the time is over first. */
  public boolean awaitEnd(Duration atMost) throws InterruptedException {
    return ended.await(atMost.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Makes the kernel forget the list of names of a directory: it has grown. */
  public void directoryChanged(long node) {
    Workspace space = device.borrow();
    try {
      Outbox out = space.out().begin();
      int from = out.reserve(Struct.NOTIFY_INVAL_INODE_OUT.byteSize());
      u64(out.body(), from + at(Struct.NOTIFY_INVAL_INODE_OUT, "ino"), node);
      // From the beginning to the end: offset and length are 0.
      int failed = out.sendNotice(device.descriptor(), NOTIFY_INVAL_INODE);
      LOG.log(Level.DEBUG, "forgot node={0} errno={1}", node, failed);
    } finally {
      device.giveBack(space);
    }
  }

  /**
   * Unmounts.
   *
   * @throws MountException with {@link MountException.Reason#BUSY} when programs use it
   */
  public void unmount() throws MountException {
    checkSeen();
    Unmounting.orderly(directory);
    awaitReaders();
  }

  /** Takes it out of sight at once; programs that have files open there are served to the end. */
  public void unmountLazily() throws MountException {
    checkSeen();
    Unmounting.lazily(directory);
  }

  /** What is seen at the directory must be this file system, or another one would be taken away. */
  private void checkSeen() throws MountException {
    Mount own = mount;
    if (ended.getCount() == 0 || own == null || !mountAt(directory).device().equals(own.device())) {
      throw Unmounting.notMounted(directory);
    }
  }

  private void awaitReaders() {
    try {
      if (!awaitEnd(Duration.ofSeconds(END_SECONDS))) {
        LOG.log(Level.INFO, "unmounting directory={0} left=mounts in other namespaces", directory);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Unmounts, lazily when it is busy; nothing happens where that was done already. The readers go
   * on for the programs that still use it, and free all when the last is done.
   */
  @Override
  public void close() throws MountException {
    try {
      unmount();
    } catch (MountException e) {
      switch (e.reason()) {
        case BUSY -> unmountLazily();
        case NOT_MOUNTED -> {}
        default -> throw e;
      }
    }
  }
}
