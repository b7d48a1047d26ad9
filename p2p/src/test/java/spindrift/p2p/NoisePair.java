package spindrift.p2p;

import java.util.List;
import java.util.Optional;

/** Two channels that were joined by a handshake over a connection in memory. */
record NoisePair(NoiseChannel dialer, NoiseChannel listener) implements AutoCloseable {
  static final List<String> MUXERS = List.of("/yamux/1.0.0");

  static NoisePair over(MemoryWire.Pair wires) throws Exception {
    return over(wires.dialer(), wires.listener(), MUXERS, MUXERS);
  }

  static NoisePair over(
      Wire dialer, Wire listener, List<String> dialersMuxers, List<String> listenersMuxers)
      throws Exception {
    Identity identity = Identity.generate();
    try (Aside<NoiseChannel> accepting =
        Aside.run(
            () -> NoiseHandshake.accept(listener, identity, listenersMuxers, Optional.empty()))) {
      NoiseChannel channel =
          NoiseHandshake.dial(
              dialer, Identity.generate(), dialersMuxers, Optional.of(identity.peerId()));
      return new NoisePair(channel, accepting.result());
    }
  }

  /** Reads exactly so many bytes, or what there is before the end. */
  static byte[] read(SecureChannel channel, int count) throws Exception {
    byte[] target = new byte[count];
    int at = 0;
    while (at < count) {
      int read = channel.read(target, at, count - at);
      if (read < 0) {
        return java.util.Arrays.copyOf(target, at);
      }
      at += read;
    }
    return target;
  }

  @Override
  public void close() {
    dialer.close();
    listener.close();
  }
}
