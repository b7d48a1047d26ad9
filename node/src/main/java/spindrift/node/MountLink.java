package spindrift.node;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.lang.System.Logger.Level;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import spindrift.base.AbsentException;
import spindrift.base.Bytes;
import spindrift.base.ConfigException;
import spindrift.base.Fault;
import spindrift.base.FaultException;
import spindrift.base.IntegrityException;
import spindrift.base.JsonObject;
import spindrift.base.RefusedException;

/**
 * One connection of a mount with its node; see {@link MountConversation}. One thread reads and
 * hands out; any number ask.
 */
final class MountLink implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(MountLink.class.getName());

  /** Ours: more than a node that is busy makes one wait. */
  private static final Duration GREETING = Duration.ofSeconds(30);

  /** Ours: blocks that have come and that nobody has taken yet; more wait in the socket. */
  private static final int MAX_UNTAKEN_BYTES = 16 << 20;

  private final SocketChannel channel;
  private final ControlLines lines;
  private final Semaphore untaken = new Semaphore(MAX_UNTAKEN_BYTES);
  private final Map<Long, Call> calls = new ConcurrentHashMap<>();
  private final AtomicLong ids = new AtomicLong();

  /** An interrupt of who asks would close the channel in the middle of a line. */
  private final ExecutorService writer =
      Executors.newSingleThreadExecutor(Thread.ofVirtual().name("mount-link-writer").factory());

  private volatile boolean lost;

  /**
   * Part of an answer.
   *
   * @param behind the bytes behind the line
   */
  record Message(JsonObject head, Bytes behind) {}

  private static final Message LOST = new Message(JsonObject.of("lost", true), Bytes.EMPTY);

  private MountLink(SocketChannel channel) {
    this.channel = channel;
    OutputStream out = Channels.newOutputStream(channel);
    this.lines =
        new ControlLines(new BufferedInputStream(Channels.newInputStream(channel), 1 << 16), out);
  }

  /**
   * Connects.
   *
   * @throws ConfigException when no node runs there
   */
  static MountLink open(Path data) throws IOException, FaultException {
    return open(data, GREETING);
  }

  static MountLink open(Path data, Duration greeting) throws IOException, FaultException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    MountLink link = new MountLink(channel);
    CountDownLatch greeted = new CountDownLatch(1);
    Thread.ofVirtual().name("mount-greeting").start(() -> closeUnless(greeted, greeting, channel));
    try {
      channel.connect(UnixDomainSocketAddress.of(ControlClient.socketIn(data)));
      link.lines.send(JsonObject.of("command", MountConversation.COMMAND));
      JsonObject first = link.lines.read();
      if (first.optionalObject("result").isEmpty()) {
        throw new ConfigException("the node on " + data + " does not know mounts: " + first);
      }
    } catch (AsynchronousCloseException e) {
      throw new ConfigException(
          "the node on " + data + " has not answered for " + greeting.toSeconds() + " s");
    } catch (IOException e) {
      channel.close();
      throw new ConfigException(
          "no node runs on " + data + " (" + e.getMessage() + "); 'spindrift up' starts one");
    } catch (FaultException e) {
      channel.close();
      throw e;
    } finally {
      greeted.countDown();
    }
    Thread.ofVirtual().name("mount-link").start(link::read);
    return link;
  }

  /** A node that was stopped takes connections and says nothing. */
  private static void closeUnless(
      CountDownLatch greeted, Duration greeting, SocketChannel channel) {
    try {
      if (!greeted.await(greeting.toNanos(), TimeUnit.NANOSECONDS)) {
        channel.close();
      }
    } catch (IOException | InterruptedException e) {
      LOG.log(Level.DEBUG, "mount-link closed badly", e);
    }
  }

  /** A question, until its answer has ended. For one thread. */
  final class Call implements AutoCloseable {
    private final long id;
    private final LinkedBlockingQueue<Message> messages = new LinkedBlockingQueue<>();
    private boolean closed;

    private Call(long id) {
      this.id = id;
    }

    /**
     * The next message of the answer; empty at its end.
     *
     * @throws LostNodeException when the node has gone
     * @throws IOException when nothing comes in time, or the node says that it cannot
     */
    Optional<Message> next(long until) throws IOException, FaultException {
      Message message = take(until);
      JsonObject head = message.head();
      if (message.equals(LOST)) {
        throw new LostNodeException("the connection with the node has ended");
      }
      Optional<String> error = head.optionalText("error");
      if (error.isPresent()) {
        throw raise(error.get(), head.optionalText("fault"));
      }
      return head.find("end").isPresent() ? Optional.empty() : Optional.of(message);
    }

    private Message take(long until) throws IOException {
      try {
        Message message = messages.poll(until - System.nanoTime(), TimeUnit.NANOSECONDS);
        if (message == null) {
          throw new IOException("the node did not answer in time");
        }
        untaken.release(message.behind().size());
        return message;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while the node was awaited");
      }
    }

    /** Takes what has come, unless nobody waits any more. */
    private synchronized boolean add(Message message) {
      return !closed && messages.add(message);
    }

    @Override
    public synchronized void close() {
      closed = true;
      calls.remove(id);
      messages.forEach(message -> untaken.release(message.behind().size()));
    }
  }

  /**
   * Asks.
   *
   * @param behind the bytes that come behind the question, which says how many they are
   */
  Call ask(JsonObject question, Bytes behind) throws IOException {
    Call call = new Call(ids.incrementAndGet());
    calls.put(call.id, call);
    if (lost) {
      call.messages.add(LOST);
      return call;
    }
    try {
      writer.execute(() -> send(question.with("id", call.id), behind, call));
    } catch (RejectedExecutionException e) {
      call.messages.add(LOST);
    }
    return call;
  }

  private void send(JsonObject question, Bytes behind, Call call) {
    try {
      lines.send(question, behind);
    } catch (IOException e) {
      call.messages.add(LOST);
    }
  }

  private void read() {
    try {
      while (true) {
        JsonObject head = lines.read();
        int size = MountMessages.bytesBehind(head);
        untaken.acquireUninterruptibly(size);
        Bytes behind = lines.readBytes(size);
        Call call = calls.get(head.whole("id"));
        if (call == null || !call.add(new Message(head, behind))) {
          untaken.release(size);
        }
      }
    } catch (IOException | FaultException e) {
      LOG.log(Level.DEBUG, "mount-link ended", e);
    } finally {
      lost = true;
      calls.values().forEach(call -> call.messages.add(LOST));
      close();
    }
  }

  private static FaultException raise(String message, Optional<String> fault) throws IOException {
    if (fault.isEmpty()) {
      throw new IOException(message);
    }
    Optional<Fault> known =
        Arrays.stream(Fault.values()).filter(one -> one.name().equals(fault.get())).findFirst();
    return switch (known.orElseThrow(() -> new IOException(message))) {
      case ABSENT -> new AbsentException(message);
      case CONFIG -> new ConfigException(message);
      case INTEGRITY -> new IntegrityException("the NAR of its narinfo", message, "the node");
      case MALFORMED, PROTOCOL, LIMIT, REFUSED -> new RefusedException(message);
    };
  }

  @Override
  public void close() {
    writer.shutdown();
    try {
      channel.close();
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "mount-link closed badly", e);
    }
  }
}
