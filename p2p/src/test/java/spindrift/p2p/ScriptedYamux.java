package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import spindrift.base.Bytes;

/** A listening {@link Yamux} whose other side says what a test tells it to, frame by frame. */
final class ScriptedYamux implements AutoCloseable {
  /** Longer than a loaded machine needs for anything here. */
  static final Duration PATIENCE = Duration.ofSeconds(30);

  /** What came from the Yamux under test. */
  record Frame(int type, int flags, int stream, long length, Bytes payload) {}

  private final MemoryChannel channel;
  private final MemoryBudget memory;
  private final Yamux yamux;

  ScriptedYamux(YamuxSettings settings) {
    MemoryChannel.Pair pair = MemoryChannel.pair(16 << 20, Duration.ZERO);
    channel = pair.dialer();
    memory = settings.memory();
    yamux = Yamux.start(pair.listener(), YamuxSide.LISTENER, settings);
  }

  ScriptedYamux() {
    this(YamuxSettings.of(100, new MemoryBudget(64 << 20), RateLimit.none()));
  }

  Yamux yamux() {
    return yamux;
  }

  MemoryBudget memory() {
    return memory;
  }

  MemoryChannel channel() {
    return channel;
  }

  void send(int type, int flags, int stream, long length) throws IOException {
    byte[] head = new byte[YamuxFrame.HEAD];
    YamuxFrame.put(head, 0, type, flags, stream, (int) length);
    channel.write(head, 0, head.length);
  }

  void data(int flags, int stream, byte[] payload) throws IOException {
    send(YamuxFrame.DATA, flags, stream, payload.length);
    if (payload.length > 0) {
      channel.write(payload, 0, payload.length);
    }
  }

  /** Opens a stream and has the Yamux accept it. */
  MuxedStream open(int number) throws Exception {
    send(YamuxFrame.WINDOW_UPDATE, YamuxFrame.SYN, number, 0);
    MuxedStream stream = yamux.accept().orElseThrow();
    expect(YamuxFrame.WINDOW_UPDATE, YamuxFrame.ACK, number, 0);
    return stream;
  }

  /** The next frame, whatever it is. */
  Frame anyFrame() throws IOException {
    byte[] head = read(YamuxFrame.HEAD);
    int type = YamuxFrame.type(head, 0);
    long length = YamuxFrame.length(head, 0);
    Bytes payload = Bytes.owning(read(type == YamuxFrame.DATA ? (int) length : 0));
    return new Frame(type, YamuxFrame.flags(head, 0), YamuxFrame.stream(head, 0), length, payload);
  }

  /** The next frame that is not a ping; pings are answered. */
  Frame frame() throws IOException {
    while (true) {
      Frame frame = anyFrame();
      if (frame.type != YamuxFrame.PING || (frame.flags & YamuxFrame.SYN) == 0) {
        return frame;
      }
      send(YamuxFrame.PING, YamuxFrame.ACK, 0, frame.length);
    }
  }

  void expect(int type, int flags, int stream, long length) throws IOException {
    assertThat(frame())
        .extracting(Frame::type, Frame::flags, Frame::stream, Frame::length)
        .containsExactly(type, flags, stream, length);
  }

  /** Passes over frames until the Yamux ends the connection for what this side did. */
  void expectCut(String rule) throws Exception {
    Frame last = null;
    while (true) {
      try {
        last = frame();
      } catch (EOFException end) {
        break;
      }
    }
    assertThat(last).isNotNull();
    assertThat(last.type).isEqualTo(YamuxFrame.GO_AWAY);
    assertThat(last.length).isEqualTo(YamuxFrame.PROTOCOL_ERROR);
    assertThat(yamux.accept()).isEmpty();
    assertThat(yamux.fault().orElseThrow()).hasMessageContaining(rule);
    assertThat(memory.used()).isZero();
  }

  private byte[] read(int count) throws IOException {
    byte[] bytes = new byte[count];
    for (int at = 0; at < count; ) {
      int n = channel.read(bytes, at, count - at);
      if (n < 0) {
        throw new EOFException("the connection ended");
      }
      at += n;
    }
    return bytes;
  }

  /** Waits until a condition holds, and fails when it does not. */
  static void await(java.util.function.BooleanSupplier condition) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waited for too long").isLessThan(deadline);
      java.util.concurrent.locks.LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
  }

  @Override
  public void close() {
    yamux.close();
    channel.close();
  }
}
