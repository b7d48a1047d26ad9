package spindrift.fuse;

import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Takes each request to the {@link FileTree} and its answer back to the kernel. */
final class Dispatcher {
  /** Ours: a file that changes that often while it is read is not one to read from. */
  private static final int MAX_TRIES = 3;

  private final FileTree tree;
  private final Device device;
  private final Waiting waiting;
  private final CopyOnWriteArrayList<Workspace> readers = new CopyOnWriteArrayList<>();
  private final CountDownLatch agreed = new CountDownLatch(1);
  private volatile @Nullable Agreement agreement;
  private volatile @Nullable MountException disagreement;

  Dispatcher(FileTree tree, Device device, Waiting waiting) {
    this.tree = tree;
    this.device = device;
    this.waiting = waiting;
  }

  /** Takes it that kernel and server agreed some time ago. */
  void resume() {
    agreement = Agreement.RESUMED;
    agreed.countDown();
  }

  /** Waits until kernel and server have agreed; false when the time is over first. */
  boolean awaitAgreement(int seconds) throws InterruptedException, MountException {
    boolean done = agreed.await(seconds, TimeUnit.SECONDS);
    MountException failed = disagreement;
    if (failed != null) {
      throw failed;
    }
    return done;
  }

  /** A place for a thread to work in. */
  Workspace newWorkspace() {
    Workspace space = new Workspace();
    readers.add(space);
    return space;
  }

  /** Serves the request that a workspace has begun; whatever is thrown is answered too. */
  void serve(Request request, Workspace space) {
    try {
      dispatch(request, space);
    } catch (Throwable e) {
      device.sendFailure(space.out(), request, e);
    } finally {
      if (space.end()) {
        waiting.interrupt(request.unique());
      }
    }
  }

  private void dispatch(Request request, Workspace space) throws Exception {
    Outbox out = space.out().begin();
    switch (request) {
      case Request.Find r -> find(r, space);
      case Request.GetAttributes r -> {
        Replies.attributes(out, tree.attributes(r.node()));
        device.send(out, r);
      }
      case Request.Read r -> read(r, space);
      case Request.List r -> list(r, space);
      case Request.ReadLink r ->
          answer(r, tree.linkTarget(r.node()), space, (to, target) -> Replies.target(to, target));
      case Request.Open r -> open(r, InitFlags.NO_OPEN_SUPPORT, FileType.REGULAR, out);
      case Request.OpenDirectory r ->
          open(r, InitFlags.NO_OPENDIR_SUPPORT, FileType.DIRECTORY, out);
      case Request.GetCapacity r -> {
        Replies.capacity(out, tree.capacity());
        device.send(out, r);
      }
      case Request.GetExtended r ->
          answer(
              r,
              tree.extendedAttribute(r.node(), r.name()),
              space,
              (to, value) -> Replies.extended(to, value, r.size()));
      case Request.ListExtended r ->
          answer(
              r,
              tree.extendedAttributes(r.node()),
              space,
              (to, names) -> Replies.extendedNames(to, names, r.size()));
      case Request.Interrupt r -> interrupt(r, out);
      case Request.Forget _ -> {}
      case Request.Release r -> device.send(out, r);
      case Request.Change r -> device.sendError(out, r.unique(), Errno.EROFS);
      case Request.Other r -> device.sendError(out, r.unique(), Errno.ENOSYS);
      case Request.Init r -> init(r, out);
    }
  }

  private void find(Request.Find request, Workspace space) throws Exception {
    if (request.name().size() > Replies.MAX_NAME_BYTES) {
      throw new FuseException(Errno.ENAMETOOLONG, "a name of more than 255 bytes");
    }
    answer(
        request,
        tree.lookup(request.node(), request.name()),
        space,
        (to, found) -> Replies.lookup(to, found));
  }

  private void list(Request.List request, Workspace space) throws Exception {
    answer(
        request,
        tree.directory(request.node()),
        space,
        (to, directory) -> DirectoryReply.write(to, request, directory, tree));
  }

  /** The end of a file is known from its attributes, so that only whole answers are sent. */
  private void read(Request.Read request, Workspace space) throws Exception {
    Attributes attributes = tree.attributes(request.node());
    if (attributes.type() != FileType.REGULAR) {
      throw new FuseException(Errno.EISDIR, "not a regular file");
    }
    long left = Math.max(0, attributes.size() - request.offset());
    int size = (int) Math.min(left, request.size());
    if (size == 0) {
      device.send(space.out(), request);
      return;
    }
    read(new Reading(request, space.asker(), size, 1), space);
  }

  /** A request for bytes, and the how manieth try to answer it this is. */
  private record Reading(Request.Read request, int asker, int size, int attempt) {
    Reading again() throws FuseException {
      if (attempt == MAX_TRIES) {
        throw new FuseException(Errno.EIO, "what it is read from changes again and again");
      }
      return new Reading(request, asker, size, attempt + 1);
    }
  }

  private void read(Reading reading, Workspace space) throws Exception {
    Request.Read request = reading.request();
    switch (tree.read(request.node(), request.offset(), reading.size())) {
      case Answer.Now<Content> now -> send(reading, now.value(), space);
      case Answer.Later<Content> later ->
          waiting.begin(
              request, reading.asker(), later, (own, content) -> send(reading, content, own));
    }
  }

  private void send(Reading reading, Content content, Workspace space) throws Exception {
    boolean isRight;
    try {
      isRight = space.content().write(space.out().begin(), content, reading.size());
      if (isRight) {
        device.send(space.out(), reading.request());
      }
    } finally {
      content.release().run();
    }
    if (!isRight) {
      read(reading.again(), space);
    }
  }

  private void open(Request request, long unneeded, FileType type, Outbox out) {
    Agreement now = agreement;
    if (now == null || now.has(unneeded)) {
      device.sendError(out, request.unique(), Errno.ENOSYS);
    } else {
      Replies.opened(out, type);
      device.send(out, request);
    }
  }

  /**
   * No answer is wanted. But another thread may have read the request that this is about and not
   * begun yet; then EAGAIN makes the kernel tell us again.
   */
  private void interrupt(Request.Interrupt request, Outbox out) {
    if (waiting.interrupt(request.target())) {
      return;
    }
    for (Workspace reader : readers) {
      if (reader.interrupt(request.target())) {
        return;
      }
    }
    device.sendError(out, request.unique(), Errno.EAGAIN);
  }

  private void init(Request.Init request, Outbox out) {
    try {
      Agreement made = Agreement.with(request);
      agreement = made;
      Replies.init(out, made);
      device.send(out, request);
    } catch (MountException e) {
      disagreement = e;
      device.sendError(out, request.unique(), Errno.EOPNOTSUPP);
    }
    agreed.countDown();
  }

  /** Writes the body of an answer. */
  private interface Body<T> {
    void write(Outbox out, T value) throws Exception;
  }

  private <T> void answer(Request request, Answer<T> answer, Workspace space, Body<T> body)
      throws Exception {
    switch (answer) {
      case Answer.Now<T>(T value) -> {
        body.write(space.out(), value);
        device.send(space.out(), request);
      }
      case Answer.Later<T> later ->
          waiting.begin(
              request,
              space.asker(),
              later,
              (own, value) -> {
                body.write(own.out().begin(), value);
                device.send(own.out(), request);
              });
    }
  }
}
