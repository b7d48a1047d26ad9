package spindrift.ipld;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import spindrift.base.ByteReader;
import spindrift.base.Bytes;
import spindrift.base.MalformedDataException;

/**
 * The message inside the data of a UnixFS node, field by field.
 *
 * <p>Written as deployed nodes write it: fields by number, block sizes unpacked, a zero file size
 * present. Read as Protocol Buffers ask: fields in any order, block sizes also packed, unknown
 * fields skipped; a field that must not be repeated is refused when it is.
 */
record UnixFsData(
    int type,
    Optional<Bytes> data,
    OptionalLong fileSize,
    List<Long> blockSizes,
    OptionalLong hashType,
    OptionalLong fanout,
    UnixFsAttributes attributes) {

  static final int RAW = 0;
  static final int DIRECTORY = 1;
  static final int FILE = 2;
  static final int SYMLINK = 4;
  static final int HAMT_SHARD = 5;

  private static final String FORMAT = "UnixFS";
  private static final int MAX_NANOS = 999_999_999;

  private static final int TAG_TYPE = 1 << 3;
  private static final int TAG_DATA = 2 << 3 | 2;
  private static final int TAG_FILE_SIZE = 3 << 3;
  private static final int TAG_BLOCK_SIZE = 4 << 3;
  private static final int TAG_BLOCK_SIZES = 4 << 3 | 2;
  private static final int TAG_HASH_TYPE = 5 << 3;
  private static final int TAG_FANOUT = 6 << 3;
  private static final int TAG_MODE = 7 << 3;
  private static final int TAG_MTIME = 8 << 3 | 2;
  private static final int TAG_SECONDS = 1 << 3;
  private static final int TAG_NANOS = 2 << 3 | 5;

  UnixFsData {
    blockSizes = List.copyOf(blockSizes);
  }

  static UnixFsData of(int type, Optional<Bytes> data, UnixFsAttributes attributes) {
    return new UnixFsData(
        type,
        data,
        OptionalLong.empty(),
        List.of(),
        OptionalLong.empty(),
        OptionalLong.empty(),
        attributes);
  }

  static UnixFsData file(
      int type,
      Optional<Bytes> data,
      long size,
      List<Long> blockSizes,
      UnixFsAttributes attributes) {
    return new UnixFsData(
        type,
        data,
        OptionalLong.of(size),
        blockSizes,
        OptionalLong.empty(),
        OptionalLong.empty(),
        attributes);
  }

  Bytes encode() {
    ByteSink out = new ByteSink(32 + blockSizes.size() * 6 + data.map(Bytes::size).orElse(0));
    out.put(TAG_TYPE);
    out.putVarint(type);
    if (data.isPresent()) {
      out.put(TAG_DATA);
      out.putVarint(data.get().size());
      out.put(data.get());
    }
    putVarint(out, TAG_FILE_SIZE, fileSize);
    for (long size : blockSizes) {
      out.put(TAG_BLOCK_SIZE);
      out.putVarint(size);
    }
    putVarint(out, TAG_HASH_TYPE, hashType);
    putVarint(out, TAG_FANOUT, fanout);
    if (attributes.mode().isPresent()) {
      out.put(TAG_MODE);
      out.putVarint(Integer.toUnsignedLong(attributes.mode().getAsInt()));
    }
    if (attributes.mtime().isPresent()) {
      Bytes mtime = encode(attributes.mtime().get());
      out.put(TAG_MTIME);
      out.putVarint(mtime.size());
      out.put(mtime);
    }
    return out.toBytes();
  }

  private static void putVarint(ByteSink out, int tag, OptionalLong value) {
    if (value.isPresent()) {
      out.put(tag);
      out.putVarint(value.getAsLong());
    }
  }

  private static Bytes encode(UnixFsTime time) {
    ByteSink out = new ByteSink(16);
    out.put(TAG_SECONDS);
    long rest = time.seconds();
    while ((rest & ~0x7fL) != 0) {
      out.put((int) ((rest & 0x7f) | 0x80));
      rest >>>= 7;
    }
    out.put((int) rest);
    if (time.nanos() != 0) {
      out.put(TAG_NANOS);
      out.putBigEndian(Integer.reverseBytes(time.nanos()), Integer.BYTES);
    }
    return out.toBytes();
  }

  static UnixFsData decode(Bytes message) throws MalformedDataException {
    Parser parser = new Parser(message.reader(FORMAT));
    return parser.parse();
  }

  private static final class Parser {
    private final ByteReader in;
    private OptionalLong type = OptionalLong.empty();
    private Optional<Bytes> data = Optional.empty();
    private OptionalLong fileSize = OptionalLong.empty();
    private final List<Long> blockSizes = new ArrayList<>();
    private OptionalLong hashType = OptionalLong.empty();
    private OptionalLong fanout = OptionalLong.empty();
    private OptionalLong mode = OptionalLong.empty();
    private Optional<UnixFsTime> mtime = Optional.empty();

    Parser(ByteReader in) {
      this.in = in;
    }

    UnixFsData parse() throws MalformedDataException {
      while (!in.atEnd()) {
        long tag = in.readVarint();
        if (tag > Integer.MAX_VALUE) {
          throw in.malformed("field number too large");
        }
        parseField((int) tag);
      }
      if (type.isEmpty() || type.getAsLong() > HAMT_SHARD) {
        throw in.malformed("no type, or an unknown one");
      }
      OptionalInt bits =
          mode.isPresent() ? OptionalInt.of((int) mode.getAsLong()) : OptionalInt.empty();
      return new UnixFsData(
          (int) type.getAsLong(),
          data,
          fileSize,
          blockSizes,
          hashType,
          fanout,
          new UnixFsAttributes(bits, mtime));
    }

    private void parseField(int tag) throws MalformedDataException {
      switch (tag) {
        case TAG_TYPE -> type = once(type);
        case TAG_DATA -> {
          refuseSecond(data.isPresent());
          data = Optional.of(in.readBytes(in.readVarint()));
        }
        case TAG_FILE_SIZE -> fileSize = once(fileSize);
        case TAG_BLOCK_SIZE -> blockSizes.add(in.readVarint());
        case TAG_BLOCK_SIZES -> {
          ByteReader packed = in.readSlice(in.readVarint());
          while (!packed.atEnd()) {
            blockSizes.add(packed.readVarint());
          }
        }
        case TAG_HASH_TYPE -> hashType = once(hashType);
        case TAG_FANOUT -> fanout = once(fanout);
        case TAG_MODE -> {
          mode = once(mode);
          if (mode.getAsLong() > 0xffff_ffffL) {
            throw in.malformed("mode of more than 32 bits");
          }
        }
        case TAG_MTIME -> {
          refuseSecond(mtime.isPresent());
          mtime = Optional.of(parseTime(in.readSlice(in.readVarint())));
        }
        default -> skip(in, tag);
      }
    }

    private OptionalLong once(OptionalLong before) throws MalformedDataException {
      refuseSecond(before.isPresent());
      return OptionalLong.of(in.readVarint());
    }

    private void refuseSecond(boolean present) throws MalformedDataException {
      if (present) {
        throw in.malformed("field given twice");
      }
    }

    private static UnixFsTime parseTime(ByteReader in) throws MalformedDataException {
      long seconds = 0;
      int nanos = 0;
      while (!in.atEnd()) {
        long tag = in.readVarint();
        if (tag == TAG_SECONDS) {
          seconds = readInt64(in);
        } else if (tag == TAG_NANOS) {
          nanos = in.readInt(ByteOrder.LITTLE_ENDIAN);
        } else {
          skip(in, tag);
        }
      }
      if (nanos < 0 || nanos > MAX_NANOS) {
        throw in.malformed("nanoseconds out of range");
      }
      return new UnixFsTime(seconds, nanos);
    }

    /** Unlike a multiformats varint this one may fill 64 bits: seconds can be negative. */
    private static long readInt64(ByteReader in) throws MalformedDataException {
      long value = 0;
      for (int shift = 0; shift < Long.SIZE; shift += 7) {
        int b = in.readByte();
        value |= (long) (b & 0x7f) << shift;
        if (b < 0x80) {
          return value;
        }
      }
      throw in.malformed("varint longer than ten bytes");
    }

    private static void skip(ByteReader in, long tag) throws MalformedDataException {
      switch ((int) (tag & 7)) {
        case 0 -> readInt64(in);
        case 1 -> in.skip(Long.BYTES);
        case 2 -> in.skip(in.readVarint());
        case 5 -> in.skip(Integer.BYTES);
        default -> throw in.malformed("wire type of tag " + tag);
      }
    }
  }
}
