package spindrift.server;

import java.io.IOException;
import java.net.URLConnection;
import spindrift.base.ByteSource;
import spindrift.base.Bytes;
import spindrift.base.FaultException;

/** What a browser is told of a file: its type by name, else text or not by how it begins. */
final class MediaTypes {
  private static final int SNIFFED = 1024;

  private MediaTypes() {}

  static String of(String fileName, ByteSource content) throws IOException, FaultException {
    String byName = URLConnection.guessContentTypeFromName(fileName);
    if (byName != null) {
      return byName.startsWith("text/") ? byName + "; charset=utf-8" : byName;
    }
    int size = (int) Math.min(SNIFFED, content.size());
    byte[] start = new byte[size];
    int[] filled = {0};
    content.writeTo(
        (buffer, from, length) -> {
          System.arraycopy(buffer, from, start, filled[0], length);
          filled[0] += length;
        },
        0,
        size);
    return isText(start) ? "text/plain; charset=utf-8" : "application/octet-stream";
  }

  private static boolean isText(byte[] start) {
    for (byte b : start) {
      boolean control = b >= 0 && b < ' ' && b != '\n' && b != '\t' && b != '\r' && b != '\f';
      if (control || b == 0x7f) {
        return false;
      }
    }
    // A character may be cut at the end of what was looked at.
    for (int cut = 0; cut < Math.min(4, start.length + 1); cut++) {
      if (Bytes.copyOf(start, 0, start.length - cut).utf8().isPresent()) {
        return true;
      }
    }
    return false;
  }
}
