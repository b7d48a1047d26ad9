package spindrift.p2p;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import spindrift.base.FaultException;

/** A muxer on which nothing happens until it is closed. */
final class IdleMuxer implements Muxer {
  private final CountDownLatch closed = new CountDownLatch(1);

  boolean closed() {
    return closed.getCount() == 0;
  }

  @Override
  public MuxedStream open(Duration timeout) throws IOException {
    throw new IOException("nothing happens here");
  }

  @Override
  public Optional<MuxedStream> accept() throws InterruptedException {
    closed.await();
    return Optional.empty();
  }

  @Override
  public Optional<Duration> roundTrip() {
    return Optional.empty();
  }

  @Override
  public Optional<FaultException> fault() {
    return Optional.empty();
  }

  @Override
  public long bytesIn() {
    return 1;
  }

  @Override
  public long bytesOut() {
    return 2;
  }

  @Override
  public void close() {
    closed.countDown();
  }
}
