package spindrift.substitute;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import spindrift.base.Bytes;
import spindrift.base.FaultException;

/** Messages that another implementation wrote. */
final class Vectors {
  private Vectors() {}

  /** A delimited message. */
  static Bytes delimited(String name) throws IOException, FaultException {
    try (InputStream in = Vectors.class.getResourceAsStream("/vectors/lookup/" + name + ".hex")) {
      return Bytes.parseHex(new String(in.readAllBytes(), StandardCharsets.US_ASCII).strip());
    }
  }

  /** A message without its length. */
  static Bytes message(String name) throws IOException, FaultException {
    return MessageStream.read(
            new ByteArrayInputStream(delimited(name).toArray()), 1 << 20, "vector")
        .orElseThrow();
  }
}
