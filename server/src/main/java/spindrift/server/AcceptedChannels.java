package spindrift.server;

import io.helidon.common.socket.SocketOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The channels that were accepted and are not yet spoken to, by the client's address. Helidon hands
 * each channel to its socket options before it wraps it out of reach; this is where bodies get
 * theirs.
 */
final class AcceptedChannels implements SocketOptions {
  /** Above this many, forget those that were closed before anyone spoke to them. */
  private static final int SWEEP_AT = 64;

  private final SocketOptions options = SocketOptions.builder().tcpNoDelay(true).build();
  private final Map<SocketAddress, SocketChannel> waiting = new ConcurrentHashMap<>();

  @Override
  public void configureSocket(SocketChannel channel) {
    options.configureSocket(channel);
    try {
      if (waiting.size() >= SWEEP_AT) {
        waiting.values().removeIf(other -> !other.isOpen());
      }
      waiting.put(channel.getRemoteAddress(), channel);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Takes the channel of the client at an address; empty where there is none. */
  Optional<SocketChannel> take(SocketAddress client) {
    return Optional.ofNullable(waiting.remove(client));
  }

  @Override
  public Map<SocketOption<?>, Object> socketOptions() {
    return options.socketOptions();
  }

  @Override
  public Duration connectTimeout() {
    return options.connectTimeout();
  }

  @Override
  public Duration readTimeout() {
    return options.readTimeout();
  }

  @Override
  public Optional<Integer> socketReceiveBufferSize() {
    return options.socketReceiveBufferSize();
  }

  @Override
  public Optional<Integer> socketSendBufferSize() {
    return options.socketSendBufferSize();
  }

  @Override
  public boolean socketReuseAddress() {
    return options.socketReuseAddress();
  }

  @Override
  public boolean socketKeepAlive() {
    return options.socketKeepAlive();
  }

  @Override
  public boolean tcpNoDelay() {
    return options.tcpNoDelay();
  }
}
