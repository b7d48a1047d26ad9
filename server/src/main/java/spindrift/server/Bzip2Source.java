package spindrift.server;

import java.io.IOException;
import java.io.OutputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import spindrift.base.ByteSource;
import spindrift.base.ByteTarget;
import spindrift.base.ByteWindow;
import spindrift.base.FaultException;

/**
 * A file packed with bzip2, which has no stored blocks: packed once to know its size, and again
 * each time it is sent. For the rare client that pushed in this format and comes back for its file.
 */
record Bzip2Source(ByteSource content, long size) implements ByteSource {
  static Bzip2Source of(ByteSource content) throws IOException, FaultException {
    ByteWindow counter = new ByteWindow((buffer, from, length) -> {}, 0, 0);
    pack(content, counter);
    return new Bzip2Source(content, counter.position());
  }

  @Override
  public void writeTo(ByteTarget target, long from, long to) throws IOException, FaultException {
    pack(content, new ByteWindow(target, from, to));
  }

  private static void pack(ByteSource content, OutputStream out)
      throws IOException, FaultException {
    try (BZip2CompressorOutputStream bzip2 = new BZip2CompressorOutputStream(out)) {
      content.writeTo(ByteTarget.of(bzip2), 0, content.size());
    }
  }
}
