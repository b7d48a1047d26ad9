package spindrift.p2p;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import spindrift.base.ByteReader;
import spindrift.base.Bytes;
import spindrift.base.MalformedDataException;

/**
 * A domain name. Case of ASCII letters does not count: it is made lower when a name is read.
 *
 * @param labels from the most special to the most general, each of 1…63 characters that stand for a
 *     byte each
 */
record DnsName(List<String> labels) {
  /** The protocol's. */
  static final int MAX_LABEL_BYTES = 63;

  /** The protocol's, with all lengths and the end. */
  static final int MAX_BYTES = 255;

  private static final int POINTER = 0xc0;

  DnsName {
    labels = List.copyOf(labels);
  }

  /** The name with labels between dots. */
  static DnsName of(String text) {
    return new DnsName(List.of(text.split("\\.", -1)));
  }

  /** This name below another. */
  DnsName below(DnsName parent) {
    List<String> all = new ArrayList<>(labels);
    all.addAll(parent.labels);
    return new DnsName(all);
  }

  /**
   * Reads a name, which may end in that of another place in the message.
   *
   * @param message all of it
   * @param in at the name; is left behind it
   */
  static DnsName read(Bytes message, ByteReader in) throws MalformedDataException {
    List<String> labels = new ArrayList<>();
    int bytes = 1;
    int start = in.offset();
    ByteReader at = in;
    while (true) {
      int length = at.readByte();
      if (length >= POINTER) {
        int target = ((length & ~POINTER) << Byte.SIZE) | at.readByte();
        // Only ever backwards, so that it comes to an end.
        if (target >= start) {
          throw at.malformed("a name that points forward");
        }
        start = target;
        at = message.reader(DnsMessage.FORMAT);
        at.skip(target);
      } else if (length > MAX_LABEL_BYTES) {
        throw at.malformed("label of type " + (length >> 6));
      } else if (length == 0) {
        return new DnsName(labels);
      } else {
        bytes += 1 + length;
        if (bytes > MAX_BYTES) {
          throw at.malformed("name over " + MAX_BYTES + " bytes");
        }
        labels.add(label(at.readBytes(length)));
      }
    }
  }

  private static String label(Bytes bytes) {
    return new String(bytes.toArray(), StandardCharsets.ISO_8859_1).toLowerCase(Locale.ROOT);
  }

  /** Writes the name, whole. */
  Bytes toBytes() {
    Bytes out = Bytes.EMPTY;
    for (String label : labels) {
      Bytes bytes = Bytes.owning(label.getBytes(StandardCharsets.ISO_8859_1));
      out = out.concat(Bytes.of(bytes.size())).concat(bytes);
    }
    return out.concat(Bytes.of(0));
  }

  @Override
  public String toString() {
    return String.join(".", labels);
  }
}
