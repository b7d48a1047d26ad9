package spindrift.substitute;

import java.time.Duration;
import java.util.OptionalLong;

/** Knows of no source how it behaves. */
final class UnknownHealth implements SourceHealth {
  @Override
  public boolean mayAsk(String source) {
    return true;
  }

  @Override
  public void answered(String source, Duration took) {
    // Not remembered.
  }

  @Override
  public void transferred(String source, long bytes, Duration took) {
    // Not remembered.
  }

  @Override
  public void failed(String source, Exception why) {
    // Not remembered.
  }

  @Override
  public void lied(String source) {
    // Not remembered.
  }

  @Override
  public boolean hasLied(String source) {
    return false;
  }

  @Override
  public OptionalLong usualRate(String source) {
    return OptionalLong.empty();
  }

  @Override
  public void networkChanged() {
    // Nothing to forget.
  }
}
