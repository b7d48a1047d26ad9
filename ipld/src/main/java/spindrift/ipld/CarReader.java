package spindrift.ipld;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import spindrift.base.ByteReader;
import spindrift.base.Bytes;
import spindrift.base.IntegrityException;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;

/**
 * Reads a CAR file as a stream, version 1, or the version 1 file inside one of version 2.
 *
 * <p>For one thread. The stream stays the caller's, who closes it; it is read ahead. Holds one
 * block at a time. After an exception {@link #position} still says how far the file is good, and
 * nothing more can be read.
 *
 * @see <a href="https://ipld.io/specs/transport/car/">CAR</a>
 */
public final class CarReader {
  /** Some 6 000 roots. Ours: the specification has no limit. */
  public static final int MAX_HEADER_BYTES = 1 << 18;

  static final String ROOTS = "roots";
  static final String VERSION = "version";

  private static final String FORMAT = "CAR";

  /** Behind the header of version 2: characteristics (16 bytes) and three numbers. */
  private static final int V2_BYTES = 40;

  /** What to do with a block besides reading it. */
  public enum Check {
    /** Hash it: nothing that its CID does not name comes out. */
    VERIFY,
    /** Take it as it is, because the file is our own or the caller hashes. */
    TRUST
  }

  private final InputStream in;
  private final Check check;
  private final List<Cid> roots;

  /** Offset of the next byte to be read. */
  private long offset;

  private long position;

  /** Where the inner file of a version 2 file ends; the end of the stream for version 1. */
  private long end = Long.MAX_VALUE;

  private CarReader(InputStream in, Check check)
      throws IOException, MalformedDataException, LimitExceededException {
    this.in = new BufferedInputStream(in, 1 << 16);
    this.check = check;
    Header header = readHeader();
    if (header.version == 2) {
      enterInnerFile();
      header = readHeader();
    }
    if (header.version != 1) {
      throw malformed("version " + header.version);
    }
    this.roots = header.roots;
    this.position = offset;
  }

  /** Reads the header and stops before the first block. */
  public static CarReader open(InputStream in, Check check)
      throws IOException, MalformedDataException, LimitExceededException {
    return new CarReader(in, check);
  }

  /** The roots that the file names; they prove nothing, and there may be none. */
  public List<Cid> roots() {
    return roots;
  }

  /** Where the header, or the section that was read last, ends: bytes from the file's start. */
  public long position() {
    return position;
  }

  /**
   * The next block, or empty at the end of the file.
   *
   * @throws MalformedDataException when the file ends inside a section, or is no CAR file
   * @throws IntegrityException when a block is not the one that its CID names, or cannot be proved
   *     to be
   */
  public Optional<CarSection> next()
      throws IOException, MalformedDataException, LimitExceededException, IntegrityException {
    long start = offset;
    if (start == end) {
      return Optional.empty();
    }
    in.mark(1);
    if (in.read() < 0) {
      if (end != Long.MAX_VALUE) {
        throw malformed("truncated: " + (end - start) + " bytes left");
      }
      return Optional.empty();
    }
    in.reset();
    long length = readVarint();
    if (length > Cid.MAX_BYTES + Block.MAX_BYTES) {
      throw new LimitExceededException(
          "size of a section in a CAR file", Cid.MAX_BYTES + Block.MAX_BYTES);
    }
    long contentOffset = offset;
    byte[] content = readFully((int) length);
    ByteReader reader = ByteReader.of(FORMAT, content, 0, content.length);
    Cid cid = readCid(reader, contentOffset);
    Bytes bytes = Bytes.owning(content).slice(reader.offset(), content.length);
    if (bytes.size() > Block.MAX_BYTES) {
      throw new LimitExceededException("size of a block", Block.MAX_BYTES);
    }
    if (check == Check.VERIFY) {
      cid.verify(bytes, "CAR file at byte " + contentOffset);
    }
    position = offset;
    return Optional.of(
        new CarSection(new Block(cid, bytes), start, contentOffset + reader.offset()));
  }

  private static Cid readCid(ByteReader reader, long contentOffset) throws MalformedDataException {
    try {
      return Cid.read(reader);
    } catch (MalformedDataException e) {
      throw new MalformedDataException(FORMAT, contentOffset + e.offset(), e.rule());
    }
  }

  private Header readHeader() throws IOException, MalformedDataException, LimitExceededException {
    long length = readVarint();
    if (length > MAX_HEADER_BYTES) {
      throw new LimitExceededException("size of a CAR header", MAX_HEADER_BYTES);
    }
    if (!(DagCbor.decode(Bytes.owning(readFully((int) length)))
            instanceof DagCborValue.Fields fields)
        || !(fields.values().get(VERSION) instanceof DagCborValue.Int version)
        || version.value().bitLength() >= Integer.SIZE) {
      throw malformed("header without version");
    }
    if (version.value().intValue() != 1) {
      return new Header(version.value().intValue(), List.of());
    }
    if (!(fields.values().get(ROOTS) instanceof DagCborValue.Items items)) {
      throw malformed("header without roots");
    }
    List<Cid> found = new ArrayList<>(items.values().size());
    for (DagCborValue item : items.values()) {
      if (!(item instanceof DagCborValue.Link(Cid cid))) {
        throw malformed("root that is not a link");
      }
      found.add(cid);
    }
    return new Header(1, List.copyOf(found));
  }

  private void enterInnerFile() throws IOException, MalformedDataException {
    ByteReader header = Bytes.owning(readFully(V2_BYTES)).reader(FORMAT);
    header.skip(16);
    long start = header.readLong(ByteOrder.LITTLE_ENDIAN);
    long size = header.readLong(ByteOrder.LITTLE_ENDIAN);
    if (start < offset || size < 0 || start + size < 0) {
      throw malformed("version 2 header with data at " + start + ", " + size + " bytes");
    }
    try {
      in.skipNBytes(start - offset);
    } catch (EOFException e) {
      throw malformed("truncated before the data at " + start);
    }
    offset = start;
    end = start + size;
  }

  private long readVarint() throws IOException, MalformedDataException {
    long value = 0;
    for (int shift = 0; shift < 63; shift += 7) {
      int b = offset < end ? in.read() : -1;
      if (b < 0) {
        throw malformed("truncated in a length");
      }
      offset++;
      value |= (long) (b & 0x7f) << shift;
      if (b == 0 && shift > 0) {
        throw malformed("length not in its shortest form");
      }
      if (b < 0x80) {
        return value;
      }
    }
    throw malformed("length of more than nine bytes");
  }

  /** The size was checked against a limit. */
  private byte[] readFully(int size) throws IOException, MalformedDataException {
    if (size > end - offset) {
      throw malformed("truncated: " + size + " bytes wanted, " + (end - offset) + " left");
    }
    byte[] content = new byte[size];
    int read = in.readNBytes(content, 0, size);
    if (read < size) {
      throw malformed("truncated: " + size + " bytes wanted, " + read + " left");
    }
    offset += size;
    return content;
  }

  private MalformedDataException malformed(String rule) {
    return new MalformedDataException(FORMAT, offset, rule);
  }

  private record Header(int version, List<Cid> roots) {}
}
