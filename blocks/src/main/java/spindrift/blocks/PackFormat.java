package spindrift.blocks;

import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalInt;
import spindrift.base.Bytes;
import spindrift.base.Varint;
import spindrift.ipld.Cid;

/**
 * The bytes of a pack: a CAR v1 file.
 *
 * <pre>
 * pack    = header *section
 * section = varint(size of cid and content) cid content
 * </pre>
 *
 * <p>A pack has no root; the header names the empty identity CID in its place, as other writers do,
 * because some readers insist on one.
 *
 * @see <a href="https://ipld.io/specs/transport/car/carv1/">CAR v1</a>
 */
final class PackFormat {
  /** {@code {"roots": [CID bafkqaaa], "version": 1}} in DAG-CBOR, with its length before it. */
  static final Bytes HEADER =
      Bytes.of(
          0x19, 0xa2, 0x65, 'r', 'o', 'o', 't', 's', 0x81, 0xd8, 0x2a, 0x45, 0x00, 0x01, 0x55, 0x00,
          0x00, 0x67, 'v', 'e', 'r', 's', 'i', 'o', 'n', 0x01);

  /** No section that this program wrote is longer, without its length. */
  static final int MAX_SECTION_BYTES = BlockWriter.MAX_BLOCK_BYTES + Cid.MAX_BYTES;

  private static final String SUFFIX = ".car";
  private static final int NAME_DIGITS = 8;

  private PackFormat() {}

  static String name(int id) {
    return String.format(Locale.ROOT, "%08d", id) + SUFFIX;
  }

  /** The number of a pack by its file name; empty for any other file. */
  static OptionalInt id(Path file) {
    String name = String.valueOf(file.getFileName());
    if (name.length() != NAME_DIGITS + SUFFIX.length() || !name.endsWith(SUFFIX)) {
      return OptionalInt.empty();
    }
    String digits = name.substring(0, NAME_DIGITS);
    return digits.chars().allMatch(c -> c >= '0' && c <= '9')
        ? OptionalInt.of(Integer.parseInt(digits))
        : OptionalInt.empty();
  }

  /** A whole section; the content is its last {@code content.size()} bytes. */
  static byte[] section(Cid cid, Bytes content) {
    int inner = cid.byteSize() + content.size();
    byte[] out = new byte[Varint.size(inner) + inner];
    int at = cid.write(out, Varint.write(inner, out, 0));
    content.copyTo(out, at);
    return out;
  }
}
