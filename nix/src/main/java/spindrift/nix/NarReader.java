package spindrift.nix;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;

/**
 * Reads one NAR from a stream and tells a visitor of it, holding no more than one name at a time
 * for each directory. Every rule of the grammar is enforced.
 *
 * <p>Not one byte behind the NAR's end is read, so that a NAR can be part of a longer stream; the
 * price is several small reads for each file, for which a stream of a file or a socket wants a
 * {@link java.io.BufferedInputStream} around it. The stream is never closed here. For one thread.
 */
public final class NarReader {
  /** Longest group of tokens read at once: a target with what follows. */
  private static final int SCRATCH = NarFormat.MAX_TARGET + 1 + 64;

  private static final int TYPE = 16;
  private static final int CLOSE = NarFormat.CLOSE.length;

  private final InputStream in;
  private final byte[] scratch = new byte[SCRATCH];
  private final Contents contents = new Contents();
  private Bytes[] lastNames = new Bytes[8];
  private int depth;
  private long offset;
  private long groupOffset;

  public NarReader(InputStream in) {
    this.in = in;
  }

  /** Reads the one NAR at the stream's present position and returns its size in bytes. */
  public static long read(InputStream in, NarVisitor visitor) throws IOException, FaultException {
    NarReader reader = new NarReader(in);
    reader.read(visitor);
    return reader.size();
  }

  /**
   * Reads the NAR, up to its end and no further; once only.
   *
   * @throws MalformedDataException when the bytes are not a NAR, or end too early
   * @throws LimitExceededException when names, targets or nesting are too large
   */
  public void read(NarVisitor visitor) throws IOException, FaultException {
    if (offset != 0) {
      throw new IllegalStateException("this NAR has been read");
    }
    take(NarFormat.MAGIC.length + NarFormat.NODE.length + TYPE);
    expect(NarFormat.MAGIC, 0);
    expect(NarFormat.NODE, NarFormat.MAGIC.length);
    readNode(visitor, NarFormat.MAGIC.length + NarFormat.NODE.length);
    while (depth > 0) {
      take(NarFormat.ENTRY.length);
      if (matches(NarFormat.ENTRY)) {
        readEntry(visitor);
      } else {
        expect(NarFormat.CLOSE, 0);
        depth--;
        visitor.endDirectory();
        takeEntryEnd();
      }
    }
  }

  /** Bytes read so far; after {@link #read(NarVisitor)}, the size of the NAR. */
  public long size() {
    return offset;
  }

  /** Fails unless the stream ends here; for a stream that is to hold a NAR and nothing else. */
  public void expectEnd() throws IOException, MalformedDataException {
    if (in.read() >= 0) {
      throw new MalformedDataException(NarFormat.NAME, offset, "bytes behind the end");
    }
  }

  private void readEntry(NarVisitor visitor) throws IOException, FaultException {
    take(NarFormat.NAME_OF_ENTRY.length + 8);
    expect(NarFormat.NAME_OF_ENTRY, 0);
    long size = length(NarFormat.NAME_OF_ENTRY.length);
    if (size > NarFormat.MAX_NAME) {
      throw new LimitExceededException("length of a name in a NAR", NarFormat.MAX_NAME);
    }
    int padded = (int) size + NarFormat.padding(size);
    take(padded + NarFormat.NODE_OF_ENTRY.length + TYPE);
    Bytes name = Bytes.copyOf(scratch, 0, (int) size);
    NarFormat.checkName(name, groupOffset);
    expectZeros((int) size, padded);
    if (lastNames[depth - 1].compareTo(name) >= 0) {
      throw malformed(0, "names are not in ascending order: " + name.display());
    }
    lastNames[depth - 1] = name;
    expect(NarFormat.NODE_OF_ENTRY, padded);
    visitor.entry(name);
    readNode(visitor, padded + NarFormat.NODE_OF_ENTRY.length);
  }

  /** Reads what follows {@code ( type}; the first 16 bytes of it are in the scratch already. */
  private void readNode(NarVisitor visitor, int at) throws IOException, FaultException {
    if (matches(NarFormat.REGULAR, at, TYPE)) {
      readRegular(visitor);
    } else if (matches(NarFormat.SYMLINK, at, TYPE)) {
      readSymlink(visitor);
    } else if (matches(NarFormat.DIRECTORY, at, TYPE)) {
      take(NarFormat.DIRECTORY.length - TYPE);
      if (!matches(NarFormat.DIRECTORY, TYPE, 0, NarFormat.DIRECTORY.length - TYPE)) {
        throw malformed(0, "unknown type of a node");
      }
      push();
      visitor.startDirectory();
    } else {
      throw malformed(at, "unknown type of a node");
    }
  }

  private void readRegular(NarVisitor visitor) throws IOException, FaultException {
    FileMode mode = FileMode.REGULAR;
    int group = NarFormat.CONTENTS.length + 8;
    take(group);
    // "executable" happens to be as long as "contents" with the size behind it.
    if (matches(NarFormat.EXECUTABLE, 0, group)) {
      mode = FileMode.EXECUTABLE;
      int rest = NarFormat.EXECUTABLE.length - group;
      take(rest + group);
      if (!matches(NarFormat.EXECUTABLE, group, 0, rest)) {
        throw malformed(0, "the mark of an executable file has a value");
      }
      expect(NarFormat.CONTENTS, rest);
      readContents(visitor, mode, length(rest + NarFormat.CONTENTS.length));
    } else {
      expect(NarFormat.CONTENTS, 0);
      readContents(visitor, mode, length(NarFormat.CONTENTS.length));
    }
  }

  private void readContents(NarVisitor visitor, FileMode mode, long size)
      throws IOException, FaultException {
    contents.remaining = size;
    try {
      visitor.regular(mode, size, contents);
      contents.skipRest();
    } catch (Truncation e) {
      throw truncated();
    } finally {
      contents.remaining = 0;
    }
    int padding = NarFormat.padding(size);
    take(padding + CLOSE + (depth > 0 ? CLOSE : 0));
    expectZeros(0, padding);
    expect(NarFormat.CLOSE, padding);
    if (depth > 0) {
      expect(NarFormat.CLOSE, padding + CLOSE);
    }
  }

  private void readSymlink(NarVisitor visitor) throws IOException, FaultException {
    int rest = NarFormat.SYMLINK.length - TYPE;
    take(rest + 8);
    if (!matches(NarFormat.SYMLINK, TYPE, 0, rest)) {
      throw malformed(0, "a symlink has no target");
    }
    long size = length(rest);
    if (size > NarFormat.MAX_TARGET) {
      throw new LimitExceededException("length of a link's target in a NAR", NarFormat.MAX_TARGET);
    }
    int padded = (int) size + NarFormat.padding(size);
    take(padded + CLOSE);
    Bytes target = Bytes.copyOf(scratch, 0, (int) size);
    NarFormat.checkTarget(target, groupOffset);
    expectZeros((int) size, padded);
    expect(NarFormat.CLOSE, padded);
    visitor.symlink(target);
    takeEntryEnd();
  }

  /** Behind the node of an entry, and not behind the root, a second parenthesis closes. */
  private void takeEntryEnd() throws IOException, MalformedDataException {
    if (depth > 0) {
      take(CLOSE);
      expect(NarFormat.CLOSE, 0);
    }
  }

  private void push() throws LimitExceededException {
    NarFormat.checkDepth(depth + 1);
    if (depth == lastNames.length) {
      lastNames = Arrays.copyOf(lastNames, depth * 2);
    }
    // The empty name is below all others, and is itself no name.
    lastNames[depth++] = Bytes.EMPTY;
  }

  /** Reads exactly so many bytes into the scratch. */
  private void take(int size) throws IOException, MalformedDataException {
    groupOffset = offset;
    int got = in.readNBytes(scratch, 0, size);
    offset += got;
    if (got < size) {
      throw truncated();
    }
  }

  private long length(int at) throws MalformedDataException {
    long length = (long) NarFormat.LONG.get(scratch, at);
    if (length < 0) {
      throw malformed(at, "a length of 2^63 or more");
    }
    return length;
  }

  private boolean matches(byte[] token) {
    return matches(token, 0, token.length);
  }

  /** Whether the scratch has, at an offset, the first {@code size} bytes of a token. */
  private boolean matches(byte[] token, int at, int size) {
    return matches(token, 0, at, size);
  }

  private boolean matches(byte[] token, int from, int at, int size) {
    return Arrays.equals(token, from, from + size, scratch, at, at + size);
  }

  private void expect(byte[] token, int at) throws MalformedDataException {
    if (!matches(token, at, token.length)) {
      String text = Bytes.copyOf(token, 8, token.length - 8).display().replaceAll("\\p{Cc}+", " ");
      throw malformed(at, "expected \"" + text.strip() + "\"");
    }
  }

  private void expectZeros(int from, int to) throws MalformedDataException {
    for (int i = from; i < to; i++) {
      if (scratch[i] != 0) {
        throw malformed(i, "padding is not zero");
      }
    }
  }

  private MalformedDataException malformed(int at, String rule) {
    return new MalformedDataException(NarFormat.NAME, groupOffset + at, rule);
  }

  private MalformedDataException truncated() {
    return new MalformedDataException(NarFormat.NAME, offset, "truncated");
  }

  /** The NAR ended within a file's contents; becomes a fault as soon as the visitor let it pass. */
  private static final class Truncation extends EOFException {
    private static final long serialVersionUID = 1;

    Truncation(long offset) {
      super("NAR truncated at byte " + offset);
    }
  }

  /** A window on the stream; one object serves all files. */
  private final class Contents extends InputStream {
    private long remaining;

    @Override
    public int read() throws IOException {
      if (remaining == 0) {
        return -1;
      }
      int value = in.read();
      advance(value < 0 ? -1 : 1);
      return value;
    }

    @Override
    public int read(byte[] target, int from, int size) throws IOException {
      if (remaining == 0 || size == 0) {
        return size == 0 ? 0 : -1;
      }
      return (int) advance(in.read(target, from, (int) Math.min(size, remaining)));
    }

    @Override
    public long skip(long size) throws IOException {
      return size <= 0 ? 0 : advance(in.skip(Math.min(size, remaining)));
    }

    @Override
    public int available() throws IOException {
      return (int) Math.min(in.available(), remaining);
    }

    void skipRest() throws IOException {
      while (remaining > 0) {
        try {
          in.skipNBytes(1);
        } catch (EOFException e) {
          throw new Truncation(offset);
        }
        advance(1);
        skip(remaining);
      }
    }

    private long advance(long count) throws Truncation {
      if (count < 0) {
        throw new Truncation(offset);
      }
      remaining -= count;
      offset += count;
      return count;
    }
  }
}
