package spindrift.p2p;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import spindrift.base.FaultException;

/** Makes a wire into a connection: agrees on Noise, shakes hands, agrees on Yamux. */
final class Upgrader {
  /** Ours: for all of it. */
  static final Duration TIME = Duration.ofSeconds(10);

  private static final List<String> MUXERS = List.of(YamuxFrame.PROTOCOL);

  private final Identity identity;
  private final YamuxSettings yamux;
  private final HostThreads threads;

  Upgrader(Identity identity, YamuxSettings yamux, HostThreads threads) {
    this.identity = identity;
    this.yamux = yamux;
    this.threads = threads;
  }

  /**
   * Makes a connection of a wire, which belongs to it then. The wire is closed where that fails.
   *
   * @param address of the other side
   * @param expected nobody else is accepted; empty where anybody is
   */
  Connection upgrade(
      Wire wire,
      PeerInfo.Direction direction,
      Multiaddr address,
      Optional<PeerId> expected,
      Deadline deadline)
      throws IOException, FaultException {
    boolean done = false;
    try (HostThreads.Alarm _ = threads.after(deadline.within(TIME).left(), wire::close)) {
      Connection connection =
          switch (direction) {
            case OUTBOUND -> dial(wire, address, expected);
            case INBOUND -> accept(wire, address, expected);
          };
      done = true;
      return connection;
    } finally {
      if (!done) {
        wire.close();
      }
    }
  }

  private Connection dial(Wire wire, Multiaddr address, Optional<PeerId> expected)
      throws IOException, FaultException {
    Multistream.select(WireStreams.in(wire), WireStreams.out(wire), List.of(NoiseChannel.PROTOCOL));
    NoiseChannel channel = NoiseHandshake.dial(wire, identity, MUXERS, expected);
    if (channel.muxer().isEmpty()) {
      Multistream.select(new ChannelInput(channel), new ChannelOutput(channel), MUXERS);
    }
    return connection(channel, PeerInfo.Direction.OUTBOUND, address, YamuxSide.DIALER);
  }

  private Connection accept(Wire wire, Multiaddr address, Optional<PeerId> expected)
      throws IOException, FaultException {
    Multistream.answer(WireStreams.in(wire), WireStreams.out(wire), NoiseChannel.PROTOCOL::equals);
    NoiseChannel channel = NoiseHandshake.accept(wire, identity, MUXERS, expected);
    if (channel.muxer().isEmpty()) {
      Multistream.answer(new ChannelInput(channel), new ChannelOutput(channel), MUXERS::contains);
    }
    return connection(channel, PeerInfo.Direction.INBOUND, address, YamuxSide.LISTENER);
  }

  private Connection connection(
      NoiseChannel channel, PeerInfo.Direction direction, Multiaddr address, YamuxSide side) {
    channel.growWithin(yamux.memory().pieces());
    return new Connection(
        PeerId.of(channel.remoteKey()), direction, address, Yamux.start(channel, side, yamux));
  }

  /** What is read before there is a muxer; reads no more than it is asked for. */
  private static final class ChannelInput extends InputStream {
    private final SecureChannel channel;

    ChannelInput(SecureChannel channel) {
      this.channel = channel;
    }

    @Override
    public int read() throws IOException {
      byte[] single = new byte[1];
      return read(single, 0, 1) < 0 ? -1 : single[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int from, int length) throws IOException {
      try {
        return channel.read(buffer, from, length);
      } catch (FaultException e) {
        throw new IOException(e.getMessage(), e);
      }
    }
  }

  private static final class ChannelOutput extends OutputStream {
    private final SecureChannel channel;

    ChannelOutput(SecureChannel channel) {
      this.channel = channel;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] buffer, int from, int length) throws IOException {
      channel.write(buffer, from, length);
    }
  }
}
