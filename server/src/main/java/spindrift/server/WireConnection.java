package spindrift.server;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.time.Duration;
import java.util.Set;

/** An HTTP/1.1 connection of Helidon's over a {@link Wire}, cut when the client stalls. */
final class WireConnection implements ServerConnection {
  private final Wire wire;
  private final Watch watch;
  private final ServerConnection http;

  private WireConnection(Wire wire, Watch watch, ServerConnection http) {
    this.wire = wire;
    this.watch = watch;
    this.http = http;
  }

  @Override
  public void handle(Limit limit) throws InterruptedException {
    ScopedValue.where(Wire.CURRENT, wire)
        .<Boolean, InterruptedException>call(
            () -> {
              try {
                http.handle(limit);
              } finally {
                wire.linger();
              }
              return true;
            });
  }

  /** How long the client is past its time: the reaper closes whatever is not zero. */
  @Override
  public Duration idleTime() {
    return watch.overdue(System.nanoTime());
  }

  /**
   * Ends the connection: at once where the client is past its time or {@code interrupt} is set,
   * else after the request that is being answered. Never interrupts a thread that answers one: that
   * would close the files it reads, which others may share.
   */
  @Override
  public void close(boolean interrupt) {
    if (interrupt || watch.overdue(System.nanoTime()).isPositive()) {
      wire.cut();
    } else {
      http.close(false);
    }
  }

  /** Makes such connections; {@code http} makes what runs over the wire. */
  record Selector(HttpSettings settings, AcceptedChannels channels, ServerConnectionSelector http)
      implements ServerConnectionSelector {
    @Override
    public int bytesToIdentifyConnection() {
      return http.bytesToIdentifyConnection();
    }

    @Override
    public Support supports(BufferData data) {
      return http.supports(data);
    }

    @Override
    public Set<String> supportedApplicationProtocols() {
      return http.supportedApplicationProtocols();
    }

    @Override
    public ServerConnection connection(ConnectionContext context) {
      Watch watch = new Watch(settings);
      Wire wire =
          channels
              .take(context.remotePeer().address())
              .map(channel -> new Wire(context, channel, watch))
              .orElseThrow(() -> new CloseConnectionException("the client is gone already"));
      return new WireConnection(wire, watch, http.connection(wire));
    }
  }
}
