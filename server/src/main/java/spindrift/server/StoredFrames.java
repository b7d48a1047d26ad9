package spindrift.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32;
import spindrift.base.ByteSource;
import spindrift.base.ByteTarget;
import spindrift.base.ByteWindow;
import spindrift.base.FaultException;

/**
 * Files in a compressed format that compress nothing: the content lies in them in stored blocks, so
 * that their size is known without looking at it and no time goes into packing.
 *
 * <p>A client that pushed a path keeps the narinfo that it wrote, for a month, and later asks for
 * the NAR under the name and in the format of that; the file itself is not kept.
 */
enum StoredFrames {
  /** RFC 8878: raw blocks of 128 KiB. */
  ZSTD(128 << 10) {
    @Override
    byte[] head(long size) {
      // Magic, an eight-byte content size follows, a window of 128 KiB.
      return littleEndian(14)
          .putInt(0xFD2FB528)
          .put((byte) 0xC0)
          .put((byte) 0x38)
          .putLong(size)
          .array();
    }

    @Override
    byte[] blockHead(int size, Place place) {
      int header = size << 3 | (place.isLast() ? 1 : 0);
      return new byte[] {(byte) header, (byte) (header >> 8), (byte) (header >> 16)};
    }

    @Override
    byte[] tail(long size, CRC32 checksum) {
      return new byte[0];
    }
  },

  /** The .xz format 1.1.0: one block without a check, LZMA2 chunks without compression. */
  XZ(64 << 10) {
    private static final int DICTIONARY_1_MIB = 16;

    @Override
    byte[] head(long size) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      byte[] flags = {0, 0};
      out.writeBytes(new byte[] {(byte) 0xfd, '7', 'z', 'X', 'Z', 0});
      out.writeBytes(flags);
      out.writeBytes(crc(flags));
      byte[] block = {2, 0, 0x21, 1, DICTIONARY_1_MIB, 0, 0, 0};
      out.writeBytes(block);
      out.writeBytes(crc(block));
      return out.toByteArray();
    }

    @Override
    byte[] blockHead(int size, Place place) {
      int less = size - 1;
      byte control = (byte) (place.isFirst() ? 1 : 2);
      return new byte[] {control, (byte) (less >> 8), (byte) less};
    }

    @Override
    byte[] tail(long size, CRC32 checksum) {
      long blockBytes = 12 + size + 3 * blocks(size) + 1;
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      out.write(0);
      pad(out, blockBytes);
      ByteArrayOutputStream index = new ByteArrayOutputStream();
      index.writeBytes(new byte[] {0, 1});
      writeVarint(index, blockBytes);
      writeVarint(index, size);
      pad(index, index.size());
      out.writeBytes(index.toByteArray());
      out.writeBytes(crc(index.toByteArray()));
      int backward = (index.size() + 4) / 4 - 1;
      byte[] footer = littleEndian(6).putInt(backward).array();
      out.writeBytes(crc(footer));
      out.writeBytes(footer);
      out.writeBytes(new byte[] {'Y', 'Z'});
      return out.toByteArray();
    }
  },

  /** RFC 1952 over RFC 1951: stored blocks. */
  GZIP(65_535) {
    @Override
    byte[] head(long size) {
      return new byte[] {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, (byte) 255};
    }

    @Override
    byte[] blockHead(int size, Place place) {
      return littleEndian(5)
          .put((byte) (place.isLast() ? 1 : 0))
          .putShort((short) size)
          .putShort((short) ~size)
          .array();
    }

    @Override
    byte[] tail(long size, CRC32 checksum) {
      return littleEndian(8).putInt((int) checksum.getValue()).putInt((int) size).array();
    }
  };

  private final int maxBlock;

  /** Where a block is in the file. */
  record Place(long index, long blocks) {
    boolean isFirst() {
      return index == 0;
    }

    boolean isLast() {
      return index == blocks - 1;
    }
  }

  StoredFrames(int maxBlock) {
    this.maxBlock = maxBlock;
  }

  abstract byte[] head(long size);

  abstract byte[] blockHead(int size, Place place);

  /** What follows the last block; only its bytes depend on the checksum, never its length. */
  abstract byte[] tail(long size, CRC32 checksum);

  long blocks(long size) {
    return (size + maxBlock - 1) / maxBlock;
  }

  /** The file with this content, which is at least one byte. */
  ByteSource wrap(ByteSource content) {
    long size = content.size();
    Place only = new Place(0, 1);
    long all =
        head(size).length
            + size
            + blocks(size) * blockHead(1, only).length
            + tail(size, new CRC32()).length;
    return new Wrapped(this, content, all);
  }

  private record Wrapped(StoredFrames format, ByteSource content, long size) implements ByteSource {
    @Override
    public void writeTo(ByteTarget target, long from, long to) throws IOException, FaultException {
      Blocks out = new Blocks(format, content.size(), new ByteWindow(target, from, to));
      content.writeTo(ByteTarget.of(out), 0, content.size());
      out.finish();
    }
  }

  /** Puts block heads between what is written. */
  private static final class Blocks extends OutputStream {
    private final StoredFrames format;
    private final long size;
    private final ByteWindow out;
    private final CRC32 checksum = new CRC32();
    private long position;

    Blocks(StoredFrames format, long size, ByteWindow out) throws IOException {
      this.format = format;
      this.size = size;
      this.out = out;
      out.write(format.head(size));
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] buffer, int from, int length) throws IOException {
      checksum.update(buffer, from, length);
      int at = from;
      int rest = length;
      while (rest > 0) {
        int into = (int) (position % format.maxBlock);
        if (into == 0) {
          int block = (int) Math.min(format.maxBlock, size - position);
          Place place = new Place(position / format.maxBlock, format.blocks(size));
          out.write(format.blockHead(block, place));
        }
        int piece = Math.min(rest, format.maxBlock - into);
        out.write(buffer, at, piece);
        position += piece;
        at += piece;
        rest -= piece;
      }
    }

    void finish() throws IOException {
      out.write(format.tail(size, checksum));
    }
  }

  private static ByteBuffer littleEndian(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static byte[] crc(byte[] bytes) {
    CRC32 crc = new CRC32();
    crc.update(bytes);
    return littleEndian(4).putInt((int) crc.getValue()).array();
  }

  private static void pad(ByteArrayOutputStream out, long size) {
    out.writeBytes(new byte[(int) -size & 3]);
  }

  private static void writeVarint(ByteArrayOutputStream out, long value) {
    long rest = value;
    while (rest >= 0x80) {
      out.write((int) ((rest & 0x7f) | 0x80));
      rest >>>= 7;
    }
    out.write((int) rest);
  }
}
