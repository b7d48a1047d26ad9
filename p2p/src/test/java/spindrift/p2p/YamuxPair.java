package spindrift.p2p;

import java.io.IOException;
import java.time.Duration;

/** Two Yamux that speak with each other. */
record YamuxPair(Yamux dialer, Yamux listener) implements AutoCloseable {
  static final Duration PATIENCE = ScriptedYamux.PATIENCE;

  /** The two ends of one stream. */
  record Ends(MuxedStream near, MuxedStream far) {}

  static YamuxPair over(SecureChannel dialer, SecureChannel listener, YamuxSettings settings) {
    return new YamuxPair(
        Yamux.start(dialer, YamuxSide.DIALER, settings),
        Yamux.start(listener, YamuxSide.LISTENER, settings));
  }

  static YamuxPair inMemory() {
    MemoryChannel.Pair pair = MemoryChannel.pair();
    return over(pair.dialer(), pair.listener(), settings());
  }

  static YamuxPair overTcp() throws IOException {
    SocketChannelPair pair = SocketChannelPair.open();
    return over(pair.dialer(), pair.listener(), settings());
  }

  static YamuxSettings settings() {
    return YamuxSettings.of(256, new MemoryBudget(64 << 20), RateLimit.none());
  }

  /** A stream that the dialer opens. */
  Ends open() throws Exception {
    MuxedStream near = dialer.open(PATIENCE);
    return new Ends(near, listener.accept().orElseThrow());
  }

  @Override
  public void close() {
    dialer.close();
    listener.close();
  }
}
