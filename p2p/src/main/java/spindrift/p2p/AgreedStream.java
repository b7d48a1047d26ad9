package spindrift.p2p;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/** A stream of a connection whose protocol is agreed on. */
final class AgreedStream implements P2pStream {
  private final PeerId peer;
  private final String protocol;
  private final MuxedStream stream;
  private final Runnable ended;
  private final AtomicBoolean open = new AtomicBoolean(true);

  /**
   * @param ended is run once, when this side is done with the stream
   */
  AgreedStream(PeerId peer, String protocol, MuxedStream stream, Runnable ended) {
    this.peer = peer;
    this.protocol = protocol;
    this.stream = stream;
    this.ended = ended;
  }

  @Override
  public PeerId peer() {
    return peer;
  }

  @Override
  public String protocol() {
    return protocol;
  }

  @Override
  public InputStream in() {
    return stream.in();
  }

  @Override
  public OutputStream out() {
    return stream.out();
  }

  @Override
  public void timeout(Duration timeout) {
    stream.timeout(timeout);
  }

  @Override
  public void closeWrite() throws IOException {
    stream.closeWrite();
  }

  @Override
  public void reset() {
    stream.reset();
    end();
  }

  @Override
  public void close() {
    stream.close();
    end();
  }

  private void end() {
    if (open.getAndSet(false)) {
      ended.run();
    }
  }
}
