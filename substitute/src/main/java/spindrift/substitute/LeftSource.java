package spindrift.substitute;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.List;
import java.util.OptionalLong;
import spindrift.base.ByteTarget;

/** The beginning of a NAR that had come when the node ended the last time. */
final class LeftSource implements NarSource {
  private static final int BUFFER_BYTES = 64 << 10;

  private final FileChannel file;
  private final RunningTransfer transfer;

  /**
   * @param file is closed when this has been read, or is aborted
   */
  LeftSource(FileChannel file, RunningTransfer transfer) {
    this.file = file;
    this.transfer = transfer;
  }

  @Override
  public String name() {
    return "spool";
  }

  @Override
  public Origin origin() {
    return new Origin.Left();
  }

  @Override
  public Verdicts.Trust trust() {
    return Verdicts.Trust.UNTRIED;
  }

  @Override
  public List<String> healthNames() {
    return List.of();
  }

  @Override
  public OptionalLong usualRate() {
    return OptionalLong.empty();
  }

  @Override
  public boolean isSeekable() {
    return false;
  }

  /** Writes what there is, which is less than all. */
  @Override
  public void deliver(ByteTarget target, long from, long to) throws IOException {
    try (file) {
      byte[] buffer = new byte[BUFFER_BYTES];
      long at = from;
      while (at < to) {
        int count =
            file.read(ByteBuffer.wrap(buffer, 0, (int) Math.min(buffer.length, to - at)), at);
        if (count < 0) {
          return;
        }
        target.write(buffer, 0, count);
        transfer.hadLocally(count);
        at += count;
      }
    }
  }

  @Override
  public void abort() {
    try {
      file.close();
    } catch (IOException e) {
      // Nothing of it is needed any more.
    }
  }
}
