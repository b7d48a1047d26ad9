package spindrift.ipld;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import spindrift.base.Bytes;
import spindrift.base.Varint;

/**
 * Writes a CAR file, version 1: a header with roots, then blocks one after another.
 *
 * <p>For one thread. The stream stays the caller's: this neither buffers, flushes nor closes it.
 * After an exception the file ends in an unfinished section.
 *
 * @see <a href="https://ipld.io/specs/transport/car/carv1/">CARv1</a>
 */
public final class CarWriter {
  private final OutputStream out;
  private long position;

  private CarWriter(OutputStream out, long position) {
    this.out = out;
    this.position = position;
  }

  /** Begins a file by writing its header. */
  public static CarWriter begin(OutputStream out, List<Cid> roots) throws IOException {
    CarWriter writer = new CarWriter(out, 0);
    writer.writeHeader(roots);
    return writer;
  }

  /**
   * Goes on with a file that has a header already.
   *
   * @param position size of the file so far, which must be the end of the header or of a section
   */
  public static CarWriter append(OutputStream out, long position) {
    return new CarWriter(out, position);
  }

  /** Bytes in the file so far. */
  public long position() {
    return position;
  }

  /**
   * Adds a block of at most {@link Block#MAX_BYTES} and says where its bytes begin, counted from
   * the start of the file. Does not hash it.
   */
  public long write(Block block) throws IOException {
    int size = block.bytes().size();
    if (size > Block.MAX_BYTES) {
      throw new IllegalArgumentException("block of " + size + " bytes");
    }
    int cidSize = block.cid().byteSize();
    byte[] head = new byte[Varint.size(cidSize + size) + cidSize];
    block.cid().write(head, Varint.write(cidSize + size, head, 0));
    out.write(head);
    block.bytes().writeTo(out);
    long dataOffset = position + head.length;
    position = dataOffset + size;
    return dataOffset;
  }

  private void writeHeader(List<Cid> roots) throws IOException {
    List<DagCborValue> links = new ArrayList<>(roots.size());
    for (Cid root : roots) {
      links.add(new DagCborValue.Link(root));
    }
    Bytes header =
        DagCbor.encode(
            new DagCborValue.Fields(
                Map.of(
                    CarReader.ROOTS,
                    new DagCborValue.Items(links),
                    CarReader.VERSION,
                    DagCborValue.Int.of(1))));
    if (header.size() > CarReader.MAX_HEADER_BYTES) {
      throw new IllegalArgumentException("header of " + header.size() + " bytes");
    }
    Varint.write(header.size(), out);
    header.writeTo(out);
    position += Varint.size(header.size()) + header.size();
  }
}
