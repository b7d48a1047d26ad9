package spindrift.substitute;

import java.io.EOFException;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import spindrift.base.AbsentException;
import spindrift.base.ByteTarget;
import spindrift.base.FaultException;
import spindrift.upstream.NarStream;

/** The NAR as an upstream has it. */
final class UpstreamSource implements NarSource {
  private static final int BUFFER_BYTES = 64 << 10;

  private final UpstreamOffer offer;
  private final Verdicts.Trust trust;
  private final SourceHealth health;
  private final RunningTransfer transfer;
  private Optional<NarStream> open = Optional.empty();
  private boolean aborted;

  UpstreamSource(
      UpstreamOffer offer, Verdicts.Trust trust, SourceHealth health, RunningTransfer transfer) {
    this.offer = offer;
    this.trust = trust;
    this.health = health;
    this.transfer = transfer;
  }

  @Override
  public String name() {
    return offer.upstream().name();
  }

  @Override
  public Origin origin() {
    return new Origin.Cache(name());
  }

  @Override
  public Verdicts.Trust trust() {
    return trust;
  }

  @Override
  public List<String> healthNames() {
    return List.of(name());
  }

  @Override
  public OptionalLong usualRate() {
    return health.usualRate(name());
  }

  @Override
  public boolean isSeekable() {
    return offer.upstream().isSeekable(offer.theirs());
  }

  @Override
  public void deliver(ByteTarget target, long from, long to) throws IOException, FaultException {
    NarStream stream =
        offer
            .upstream()
            .nar(offer.theirs(), from, to)
            .orElseThrow(() -> new AbsentException("the NAR is gone"));
    SourceMeter meter = new SourceMeter(name());
    try (stream) {
      opened(stream);
      transfer.uses(meter);
      byte[] buffer = new byte[Math.clamp(to - from, 1, BUFFER_BYTES)];
      for (long at = from; at < to; ) {
        meter.waits();
        int count = stream.read(buffer, 0, (int) Math.min(buffer.length, to - at));
        meter.came(Math.max(count, 0));
        if (count < 0) {
          throw new EOFException("it ended after " + at + " bytes of " + to);
        }
        target.write(buffer, 0, count);
        at += count;
      }
    } finally {
      transfer.usedEnough(meter);
      if (meter.bytes() > 0) {
        health.transferred(name(), meter.bytes(), meter.waited());
      }
    }
  }

  private synchronized void opened(NarStream stream) throws IOException {
    if (aborted) {
      throw new IOException("aborted");
    }
    open = Optional.of(stream);
  }

  @Override
  public synchronized void abort() {
    aborted = true;
    open.ifPresent(NarStream::close);
  }
}
