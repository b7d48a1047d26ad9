package spindrift.nix;

import java.io.ByteArrayOutputStream;
import spindrift.base.Bytes;

/** NARs put together token by token, so that they can break every rule. */
final class NarTokens {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  static NarTokens nar() {
    return new NarTokens().text("nix-archive-1");
  }

  NarTokens text(String... texts) {
    for (String text : texts) {
      bytes(Bytes.utf8(text));
    }
    return this;
  }

  NarTokens bytes(Bytes bytes) {
    length(bytes.size());
    raw(bytes);
    return raw(Bytes.owning(new byte[-bytes.size() & 7]));
  }

  NarTokens length(long length) {
    for (int i = 0; i < 8; i++) {
      out.write((int) (length >>> (8 * i)));
    }
    return this;
  }

  NarTokens raw(Bytes bytes) {
    out.writeBytes(bytes.toArray());
    return this;
  }

  /** An empty file as the entry of a directory. */
  NarTokens entry(String name) {
    return text("entry", "(", "name", name, "node").file().text(")");
  }

  NarTokens file() {
    return text("(", "type", "regular", "contents", "", ")");
  }

  Bytes done() {
    return Bytes.owning(out.toByteArray());
  }
}
