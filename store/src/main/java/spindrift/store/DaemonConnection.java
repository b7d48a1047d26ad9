package spindrift.store;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import spindrift.base.IntegrityException;
import spindrift.base.MalformedDataException;

/**
 * One greeted connection to a daemon, on which one call runs at a time. After any failure other
 * than a {@link DaemonException} its state is unknown, and it must be closed.
 */
final class DaemonConnection implements Closeable {
  /** Nix 2.3's. */
  static final int MIN_MINOR = 21;

  /** Nix 2.24's and, with features that are not needed here, 2.35's. */
  static final int MAX_MINOR = 38;

  private static final long CLIENT_MAGIC = 0x6e697863;
  private static final long SERVER_MAGIC = 0x6478696f;
  private static final int MAJOR = 1;

  private static final long MESSAGE_NEXT = 0x6f6c6d67;
  private static final long MESSAGE_READ = 0x64617461;
  private static final long MESSAGE_LAST = 0x616c7473;
  private static final long MESSAGE_ERROR = 0x63787470;
  private static final long MESSAGE_START_ACTIVITY = 0x53545254;
  private static final long MESSAGE_STOP_ACTIVITY = 0x53544f50;
  private static final long MESSAGE_RESULT = 0x52534c54;

  /** Ours: the most that the daemon gets at once when it asks for a piece of a NAR. */
  private static final int PIECE = 1 << 16;

  /** A call: sends a request and reads the reply. */
  interface Exchange<T> {
    T run(DaemonConnection connection) throws IOException, MalformedDataException;
  }

  /** Reads the contents that follow a reply. */
  interface Copying {
    void run(DaemonConnection connection) throws IOException, IntegrityException;
  }

  private final GuardedLink link;
  private final WireReader in;
  private final WireWriter out;
  private final DaemonInfo info;
  private final int minor;

  private DaemonConnection(GuardedLink link) throws IOException, MalformedDataException {
    this.link = link;
    this.in = new WireReader(link);
    this.out = new WireWriter(link);
    this.minor = agree();
    if (minor >= 38) {
      out.texts(List.of()).flush();
      in.readTexts(WireReader.MAX_SMALL_LIST);
    }
    // CPU affinity and space to reserve: two relics that are read and not used.
    out.number(0).number(0).flush();
    String nixVersion = minor >= 33 ? in.readText(WireReader.MAX_TEXT) : "";
    long trust = minor >= 35 ? in.readWord() : 0;
    this.info =
        new DaemonInfo(
            minor,
            PlainText.of(nixVersion),
            trust == 1
                ? DaemonInfo.Trust.TRUSTED
                : trust == 2 ? DaemonInfo.Trust.NOT_TRUSTED : DaemonInfo.Trust.UNKNOWN);
    awaitReply();
    link.disarm();
  }

  /** Connects and greets, within one deadline each. */
  static DaemonConnection open(DaemonEndpoint endpoint, Watchdog watchdog, Duration limit)
      throws IOException, MalformedDataException {
    DaemonLink raw;
    try {
      raw = endpoint.connect(watchdog, limit);
    } catch (IOException e) {
      throw new IOException(endpoint + " cannot be reached: " + e.getMessage(), e);
    }
    try {
      return new DaemonConnection(new GuardedLink(raw, endpoint.toString(), watchdog, limit));
    } catch (IOException | MalformedDataException | RuntimeException e) {
      raw.close();
      throw e;
    }
  }

  DaemonInfo info() {
    return info;
  }

  /** Whether the protocol is 1.{@code minimum} or later. */
  boolean speaks(int minimum) {
    return minor >= minimum;
  }

  /** For arguments; {@link #awaitReply} sends them. */
  WireWriter out() {
    return out;
  }

  /** For the reply. */
  WireReader in() {
    return in;
  }

  /** Runs a call under the deadline. */
  <T> T call(Exchange<T> exchange) throws IOException, MalformedDataException {
    link.arm();
    try {
      return exchange.run(this);
    } finally {
      link.disarm();
    }
  }

  /** As {@link #call}, for the copying of a NAR. */
  void copy(Copying copying) throws IOException, IntegrityException {
    link.arm();
    try {
      copying.run(this);
    } finally {
      link.disarm();
    }
  }

  /** Starts the deadline of the running call anew. */
  void progress() {
    link.progress();
  }

  /**
   * Sends what was written and reads messages until the daemon says that its reply follows.
   *
   * @throws DaemonException when the daemon reports an error instead
   */
  void awaitReply() throws IOException, MalformedDataException {
    out.flush();
    readMessages(InputStream.nullInputStream());
  }

  /** As {@link #awaitReply}, and gives the daemon pieces of {@code source} as it asks for them. */
  void awaitReplyFeeding(InputStream source) throws IOException, MalformedDataException {
    out.flush();
    readMessages(source);
  }

  /**
   * Sends exactly {@code size} bytes of {@code source} in frames, and awaits the reply. Messages
   * are read meanwhile by a second thread, so that an error ends the sending at once.
   */
  void awaitReplySending(InputStream source, long size) throws IOException, MalformedDataException {
    out.flush();
    FutureTask<Void> reply =
        new FutureTask<>(
            () -> {
              try {
                readMessages(InputStream.nullInputStream());
              } catch (IOException | MalformedDataException e) {
                // Ends the sending, even when it is blocked.
                link.close();
                throw e;
              }
              return null;
            });
    Thread.ofVirtual().name("nix-daemon-messages").start(reply);
    try {
      sendFrames(source, size, reply);
    } catch (LostLinkException e) {
      // The daemon may have said why it hung up; that is the better message.
      result(reply);
      throw e;
    } catch (IOException | RuntimeException e) {
      link.close();
      throw e;
    }
    result(reply);
  }

  @Override
  public void close() throws IOException {
    link.close();
  }

  private int agree() throws IOException, MalformedDataException {
    out.number(CLIENT_MAGIC).number(MAJOR << 8 | MAX_MINOR).flush();
    if (in.readWord() != SERVER_MAGIC) {
      throw in.malformed("this is not a Nix daemon");
    }
    long version = in.readNumber("a protocol version", 0xffff);
    int theirs = (int) version & 0xff;
    if (version >> 8 != MAJOR || theirs < MIN_MINOR) {
      throw in.malformed(
          "protocol " + (version >> 8) + "." + theirs + ", where 1." + MIN_MINOR + " is the least");
    }
    return Math.min(theirs, MAX_MINOR);
  }

  private void sendFrames(InputStream source, long size, FutureTask<Void> reply)
      throws IOException {
    byte[] piece = new byte[PIECE];
    for (long left = size; left > 0 && !reply.isDone(); ) {
      int n = source.read(piece, 0, (int) Math.min(piece.length, left));
      if (n < 0) {
        throw new EOFException("the NAR ended " + left + " bytes early");
      }
      if (n > 0) {
        out.frame(piece, 0, n);
        left -= n;
        progress();
      }
    }
    out.number(0).flush();
  }

  private static void result(FutureTask<Void> reply) throws IOException, MalformedDataException {
    try {
      reply.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted").initCause(e);
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException cause -> throw cause;
        case MalformedDataException cause -> throw cause;
        case null, default -> throw new IllegalStateException(e);
      }
    }
  }

  private void readMessages(InputStream source) throws IOException, MalformedDataException {
    while (true) {
      long kind = in.readWord();
      if (kind == MESSAGE_LAST) {
        return;
      } else if (kind == MESSAGE_ERROR) {
        throw new DaemonException(readError());
      } else if (kind == MESSAGE_READ) {
        feed(source);
      } else if (kind == MESSAGE_NEXT) {
        in.readText(WireReader.MAX_MESSAGE);
      } else if (kind == MESSAGE_START_ACTIVITY) {
        skipWords(3);
        in.readText(WireReader.MAX_MESSAGE);
        skipFields();
        skipWords(1);
      } else if (kind == MESSAGE_STOP_ACTIVITY) {
        skipWords(1);
      } else if (kind == MESSAGE_RESULT) {
        skipWords(2);
        skipFields();
      } else {
        throw in.malformed("an unknown message, 0x" + Long.toHexString(kind));
      }
    }
  }

  private void feed(InputStream source) throws IOException, MalformedDataException {
    int wanted = (int) Math.min(in.readNumber("a wanted piece", Long.MAX_VALUE), PIECE);
    byte[] piece = new byte[wanted];
    int n = Math.max(0, source.read(piece, 0, wanted));
    // An empty string is the end of the file.
    out.string(piece, 0, n).flush();
    if (n > 0) {
      progress();
    }
  }

  private String readError() throws IOException, MalformedDataException {
    if (minor < 26) {
      String message = in.readText(WireReader.MAX_MESSAGE);
      skipWords(1);
      return PlainText.of(message);
    }
    in.readText(WireReader.MAX_TEXT);
    skipWords(1);
    in.readText(WireReader.MAX_TEXT);
    final String message = in.readText(WireReader.MAX_MESSAGE);
    skipWords(1);
    int traces = (int) in.readNumber("traces of an error", WireReader.MAX_SMALL_LIST);
    for (int i = 0; i < traces; i++) {
      skipWords(1);
      in.readText(WireReader.MAX_MESSAGE);
    }
    return PlainText.of(message);
  }

  private void skipFields() throws IOException, MalformedDataException {
    int count = (int) in.readNumber("fields of a message", WireReader.MAX_SMALL_LIST);
    for (int i = 0; i < count; i++) {
      long type = in.readWord();
      if (type == 0) {
        skipWords(1);
      } else if (type == 1) {
        in.readText(WireReader.MAX_MESSAGE);
      } else {
        throw in.malformed("a field of unknown type " + type);
      }
    }
  }

  private void skipWords(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      in.readWord();
    }
  }
}
