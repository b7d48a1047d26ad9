package spindrift.server;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.common.socket.PeerInfo;
import io.helidon.http.DirectHandler;
import io.helidon.http.RequestException;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.Router;
import io.helidon.webserver.ServerConnectionException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of one connection, both ways: Helidon's parser reads and its heads are written through
 * this, and bodies are sent past Helidon. All but {@link #close} is for the connection's thread.
 */
final class Wire implements ConnectionContext, DataWriter {
  /** The wire that the current request came by. */
  static final ScopedValue<Wire> CURRENT = ScopedValue.newInstance();

  /** Bytes of request line and headers; far above Nix's few hundred, and bounds what is kept. */
  static final int MAX_HEAD_BYTES = 32 * 1024;

  /** Bytes asked for at once: a head fits, and an idle connection holds no more. */
  private static final int SMALL_READ = 4 * 1024;

  /** Bytes asked for at once while an upload fills every read. */
  private static final int LARGE_READ = 64 * 1024;

  /**
   * How long a client may take to read its error and close, while what it still sends is dropped.
   */
  private static final int LINGER_MILLIS = 2000;

  /** The most that is dropped so. */
  private static final long LINGER_BYTES = 16L * 1024 * 1024;

  private final ConnectionContext context;
  private final SocketChannel channel;
  private final Watch watch;
  private final DataReader reader = DataReader.create(this::receive);
  private ByteBuffer in = ByteBuffer.allocate(SMALL_READ);
  private int headBytes;
  private boolean ended;
  private boolean lastExchange;

  /** Where a head is gathered instead of being sent, while there is one to gather. */
  private @Nullable ByteArrayOutputStream gathered;

  Wire(ConnectionContext context, SocketChannel channel, Watch watch) {
    this.context = context;
    this.channel = channel;
    this.watch = watch;
  }

  /** A request's head is complete and is about to be answered. */
  void exchangeBegins() {
    if (lastExchange) {
      throw new CloseConnectionException("the last response said so");
    }
    watch.enter(Watch.Phase.EXCHANGE);
  }

  void exchangeEnds() {
    if (in.capacity() > SMALL_READ) {
      in = ByteBuffer.allocate(SMALL_READ);
    }
    headBytes = 0;
    watch.enter(Watch.Phase.IDLE);
  }

  /** No request after this one is answered, and what is left of its body is not read. */
  void closeAfterExchange() {
    lastExchange = true;
  }

  /** Whether the current exchange is the last. */
  boolean closes() {
    return lastExchange;
  }

  @SuppressWarnings("ThreadPriorityCheck") // yield() is for speed, not for correctness
  private byte[] receive() {
    if (ended || (lastExchange && watch.phase() != Watch.Phase.EXCHANGE)) {
      throw new CloseConnectionException("no more requests");
    }
    if (watch.phase() != Watch.Phase.EXCHANGE && headBytes >= MAX_HEAD_BYTES) {
      throw RequestException.builder()
          .type(DirectHandler.EventType.BAD_REQUEST)
          .status(Status.create(431, "Request Header Fields Too Large"))
          .message("request headers are limited to " + MAX_HEAD_BYTES + " bytes")
          .setKeepAlive(false)
          .build();
    }
    // Lets the other connections run first: under load the next request is then already here, and
    // the read costs no trip through the poller (8 and 28 % more requests a second in two runs).
    Thread.yield();
    in.clear();
    watch.begin();
    int size;
    try {
      size = channel.read(in);
    } catch (IOException e) {
      ended = true;
      throw new ServerConnectionException("cannot read from the client", e);
    } finally {
      watch.end();
    }
    if (size < 0) {
      ended = true;
      throw new CloseConnectionException("closed by the client");
    }
    return received(size);
  }

  private byte[] received(int size) {
    byte[] bytes = Arrays.copyOf(in.array(), size);
    if (watch.phase() == Watch.Phase.EXCHANGE) {
      if (size == in.capacity() && size < LARGE_READ) {
        in = ByteBuffer.allocate(LARGE_READ);
      }
    } else {
      if (watch.phase() == Watch.Phase.IDLE) {
        watch.enter(Watch.Phase.HEAD);
      }
      headBytes += size;
    }
    return bytes;
  }

  /**
   * Sends all remaining bytes of the buffers.
   *
   * @throws ClientGoneException when the client is gone or was given up
   */
  void send(ByteBuffer... buffers) throws ClientGoneException {
    watch.begin();
    try {
      for (int i = 0; i < buffers.length; ) {
        channel.write(buffers, i, buffers.length - i);
        watch.begin();
        while (i < buffers.length && !buffers[i].hasRemaining()) {
          i++;
        }
      }
    } catch (IOException e) {
      ended = true;
      throw new ClientGoneException(e);
    } finally {
      watch.end();
    }
  }

  /**
   * Sends what the socket takes at once of a file's bytes, without their passing through memory of
   * ours, and says how many that were: 0 when the socket is full, or the file ends.
   *
   * @throws IOException when the file cannot be read
   */
  long sendNow(FileChannel file, long position, long count) throws IOException {
    watch.begin();
    try {
      return file.transferTo(position, count, channel);
    } catch (IOException e) {
      if (!channel.isOpen() || !file.isOpen() || !isReadable(file, position)) {
        throw e;
      }
      ended = true;
      throw new ClientGoneException(e);
    } finally {
      watch.end();
    }
  }

  private static boolean isReadable(FileChannel file, long position) {
    try {
      return file.read(ByteBuffer.allocate(1), position) > 0;
    } catch (IOException e) {
      return false;
    }
  }

  /** What {@code head} writes to this wire, kept back instead of being sent. */
  ByteBuffer gather(Runnable head) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
    gathered = bytes;
    try {
      head.run();
    } finally {
      gathered = null;
    }
    return ByteBuffer.wrap(bytes.toByteArray());
  }

  @Override
  public void write(BufferData data) {
    if (gathered != null) {
      data.writeTo(gathered);
      return;
    }
    if (lastExchange && watch.phase() != Watch.Phase.EXCHANGE) {
      // The rest of a body that nobody read was taken for a request.
      throw new CloseConnectionException("the last response was sent");
    }
    ByteBuffer bytes = ByteBuffer.allocate(data.available());
    data.writeTo(bytes, data.available());
    try {
      send(bytes.flip());
    } catch (ClientGoneException e) {
      throw new ServerConnectionException("cannot write to the client", e);
    }
  }

  @Override
  public void write(BufferData... data) {
    for (BufferData one : data) {
      write(one);
    }
  }

  @Override
  public void writeNow(BufferData data) {
    write(data);
  }

  @Override
  public void writeNow(BufferData... data) {
    write(data);
  }

  /**
   * Says good-bye so that the client sees the last response: closing a socket with unread bytes in
   * it would reset the connection, and the client's kernel would drop the response.
   */
  void linger() {
    if (ended || !channel.isOpen()) {
      return;
    }
    long deadline = System.nanoTime() + LINGER_MILLIS * 1_000_000L;
    try {
      channel.shutdownOutput();
      channel.socket().setSoTimeout(LINGER_MILLIS);
      InputStream rest = channel.socket().getInputStream();
      byte[] dropped = new byte[SMALL_READ];
      long total = 0;
      int size = 0;
      while (size >= 0 && total < LINGER_BYTES && System.nanoTime() < deadline) {
        size = rest.read(dropped);
        total += size;
      }
    } catch (IOException e) {
      ended = true;
    }
  }

  /** Cuts the connection, whoever is using it; safe from any thread, any number of times. */
  void cut() {
    try {
      channel.close();
    } catch (IOException e) {
      // A channel that cannot be closed is as good as closed.
      System.getLogger(Wire.class.getName()).log(System.Logger.Level.DEBUG, "close failed", e);
    }
  }

  @Override
  public void close() {
    // Helidon closes the socket.
  }

  @Override
  public DataReader dataReader() {
    return reader;
  }

  @Override
  public DataWriter dataWriter() {
    return this;
  }

  @Override
  public ListenerContext listenerContext() {
    return context.listenerContext();
  }

  @Override
  public ExecutorService executor() {
    return context.executor();
  }

  @Override
  public Router router() {
    return context.router();
  }

  @Override
  public PeerInfo remotePeer() {
    return context.remotePeer();
  }

  @Override
  public PeerInfo localPeer() {
    return context.localPeer();
  }

  @Override
  public boolean isSecure() {
    return context.isSecure();
  }

  @Override
  public String socketId() {
    return context.socketId();
  }

  @Override
  public String childSocketId() {
    return context.childSocketId();
  }

  @Override
  public HelidonSocket serverSocket() {
    return context.serverSocket();
  }
}
