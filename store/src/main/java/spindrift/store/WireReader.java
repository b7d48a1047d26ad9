package spindrift.store;

import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import spindrift.base.MalformedDataException;

/**
 * Reads the worker protocol's values and believes no length: memory is taken for what has arrived,
 * not for what was announced. For one thread.
 */
final class WireReader {
  /** Ours: no store path, hash, signature or key is longer; paths end at PATH_MAX. */
  static final int MAX_TEXT = 4096;

  /** Ours: a log line or an error with its context; a builder can print long lines. */
  static final int MAX_MESSAGE = 1 << 20;

  /** Ours: ten times the paths of the largest stores that people keep on one machine. */
  static final int MAX_PATHS = 10_000_000;

  /** Ours: an object refers to a few hundred others at the most. */
  static final int MAX_REFERENCES = 100_000;

  /** Ours: signatures, features, fields of a log message, traces of an error. */
  static final int MAX_SMALL_LIST = 1000;

  private static final String FORMAT = "worker protocol";
  private static final int BUFFER = 1 << 16;

  private final DaemonLink link;
  private final byte[] buffer = new byte[BUFFER];
  private int position;
  private int end;
  private long consumed;

  WireReader(DaemonLink link) {
    this.link = link;
  }

  /** Bytes of this link read so far. */
  long offset() {
    return consumed + position;
  }

  MalformedDataException malformed(String rule) {
    return new MalformedDataException(FORMAT, offset(), rule);
  }

  /** All 64 bits. */
  long readWord() throws IOException {
    fill(Long.BYTES);
    long value = ByteBuffer.wrap(buffer, position, 8).order(ByteOrder.LITTLE_ENDIAN).getLong();
    position += Long.BYTES;
    return value;
  }

  /** A number in 0…max. */
  long readNumber(String what, long max) throws IOException, MalformedDataException {
    long value = readWord();
    if (value < 0 || value > max) {
      throw malformed(what + " of " + Long.toUnsignedString(value) + ", more than " + max);
    }
    return value;
  }

  /** Nix writes 0 or 1 and takes any other number for true. */
  boolean readFlag() throws IOException {
    return readWord() != 0;
  }

  /** A text of at most {@code max} bytes of UTF-8; what is not UTF-8 becomes U+FFFD. */
  String readText(int max) throws IOException, MalformedDataException {
    int size = (int) readNumber("a string's length", max);
    String text;
    if (size <= BUFFER) {
      fill(size);
      text = new String(buffer, position, size, StandardCharsets.UTF_8);
      position += size;
    } else {
      text = new String(readLong(size), StandardCharsets.UTF_8);
    }
    skipPadding(size);
    return text;
  }

  /** A list of texts, each of at most {@link #MAX_TEXT} bytes. */
  List<String> readTexts(int maxCount) throws IOException, MalformedDataException {
    int count = (int) readNumber("a list's length", maxCount);
    List<String> texts = new ArrayList<>(Math.min(count, 1024));
    for (int i = 0; i < count; i++) {
      texts.add(readText(MAX_TEXT));
    }
    return texts;
  }

  /** Reads 1…size raw bytes into the target. */
  int readSome(byte[] target, int offset, int size) throws IOException {
    fill(1);
    int n = Math.min(size, end - position);
    System.arraycopy(buffer, position, target, offset, n);
    position += n;
    return n;
  }

  /** Moves raw bytes on to a stream. */
  int moveSome(OutputStream out, long most) throws IOException {
    fill(1);
    int n = (int) Math.min(most, end - position);
    out.write(buffer, position, n);
    position += n;
    return n;
  }

  /** Whether bytes have arrived that nobody has asked for yet. */
  boolean hasLeftOver() {
    return position < end;
  }

  private byte[] readLong(int size) throws IOException {
    byte[] bytes = new byte[BUFFER];
    for (int n = 0; n < size; ) {
      if (n == bytes.length) {
        bytes = Arrays.copyOf(bytes, Math.min(size, 2 * n));
      }
      n += readSome(bytes, n, Math.min(bytes.length, size) - n);
    }
    return Arrays.copyOf(bytes, size);
  }

  private void skipPadding(int size) throws IOException, MalformedDataException {
    int padding = -size & 7;
    fill(padding);
    for (int i = 0; i < padding; i++) {
      if (buffer[position++] != 0) {
        throw malformed("padding that is not zero");
      }
    }
  }

  /** Makes this many bytes, at most {@link #BUFFER}, available at the position. */
  private void fill(int size) throws IOException {
    if (end - position >= size) {
      return;
    }
    System.arraycopy(buffer, position, buffer, 0, end - position);
    consumed += position;
    end -= position;
    position = 0;
    while (end < size) {
      int n = link.read(buffer, end, buffer.length - end);
      if (n <= 0) {
        throw new EOFException("the connection ended after byte " + (consumed + end));
      }
      end += n;
    }
  }
}
