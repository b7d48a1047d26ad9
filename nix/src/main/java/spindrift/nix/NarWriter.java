package spindrift.nix;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import spindrift.base.Bytes;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;

/**
 * Writes one NAR to a stream from what it is told.
 *
 * <p>Names, targets, sizes and nesting are checked, since they may come from outside; calls in an
 * order that no tree has are a mistake of the caller ({@link IllegalStateException}). Writes are
 * gathered: everything is in the stream after the root's node, and before {@link #startRegular}
 * returns. The stream is neither flushed nor closed. For one thread.
 */
public final class NarWriter implements NarVisitor {
  private static final int BUFFER = 1 << 16;

  private enum State {
    NODE,
    DIRECTORY,
    CONTENTS,
    END
  }

  private final OutputStream out;
  private final byte[] buffer = new byte[BUFFER];
  private int count;
  private long flushed;
  private State state = State.NODE;
  private Bytes[] lastNames = new Bytes[8];
  private int depth;
  private long contentSize;

  public NarWriter(OutputStream out) {
    this.out = out;
    System.arraycopy(NarFormat.MAGIC, 0, buffer, 0, NarFormat.MAGIC.length);
    count = NarFormat.MAGIC.length;
  }

  @Override
  public void startDirectory() throws IOException, LimitExceededException {
    require(State.NODE);
    NarFormat.checkDepth(depth + 1);
    put(NarFormat.NODE);
    put(NarFormat.DIRECTORY);
    if (depth == lastNames.length) {
      lastNames = Arrays.copyOf(lastNames, depth * 2);
    }
    lastNames[depth++] = Bytes.EMPTY;
    state = State.DIRECTORY;
  }

  @Override
  public void entry(Bytes name) throws IOException, MalformedDataException, LimitExceededException {
    require(State.DIRECTORY);
    NarFormat.checkName(name, offset());
    if (lastNames[depth - 1].compareTo(name) >= 0) {
      throw new MalformedDataException(
          NarFormat.NAME, offset(), "names are not in ascending order: " + name.display());
    }
    lastNames[depth - 1] = name;
    put(NarFormat.ENTRY);
    put(NarFormat.NAME_OF_ENTRY);
    putString(name);
    // The entry's "node"; what follows it in that token is the node's own beginning.
    put(NarFormat.NODE_OF_ENTRY, NarFormat.NODE_OF_ENTRY.length - NarFormat.NODE.length);
    state = State.NODE;
  }

  @Override
  public void endDirectory() throws IOException {
    require(State.DIRECTORY);
    depth--;
    endNode();
  }

  /**
   * A regular file with all of its contents.
   *
   * @throws IOException also when the contents are shorter or longer than {@code size}
   */
  @Override
  public void regular(FileMode mode, long size, InputStream contents) throws IOException {
    putRegularStart(mode, size);
    long remaining = size;
    while (remaining > 0) {
      if (count == BUFFER) {
        drain();
      }
      int got = contents.read(buffer, count, (int) Math.min(BUFFER - count, remaining));
      if (got < 0) {
        throw new EOFException("contents end " + remaining + " bytes too early");
      }
      count += got;
      remaining -= got;
    }
    if (contents.read() >= 0) {
      throw new IOException("contents are longer than " + size + " bytes");
    }
    putRegularEnd();
  }

  /**
   * Writes everything up to the contents of a regular file, for a caller who then writes exactly
   * {@code size} bytes to the stream by other means, and calls {@link #endRegular}.
   */
  public void startRegular(FileMode mode, long size) throws IOException {
    putRegularStart(mode, size);
    drain();
    flushed += size;
  }

  /** Writes the padding and closes the file begun by {@link #startRegular}. */
  public void endRegular() throws IOException {
    require(State.CONTENTS);
    putRegularEnd();
  }

  @Override
  public void symlink(Bytes target)
      throws IOException, MalformedDataException, LimitExceededException {
    require(State.NODE);
    NarFormat.checkTarget(target, offset());
    put(NarFormat.NODE);
    put(NarFormat.SYMLINK);
    putString(target);
    endNode();
  }

  /** Bytes of the NAR so far; contents count as a whole from {@link #startRegular} on. */
  public long offset() {
    return flushed + count;
  }

  /**
   * The size of the NAR, which must be complete.
   *
   * @throws IllegalStateException when it is not
   */
  public long finish() {
    require(State.END);
    return offset();
  }

  private void putRegularStart(FileMode mode, long size) throws IOException {
    require(State.NODE);
    if (size < 0) {
      throw new IllegalArgumentException("negative size: " + size);
    }
    put(NarFormat.NODE);
    put(NarFormat.REGULAR);
    if (mode == FileMode.EXECUTABLE) {
      put(NarFormat.EXECUTABLE);
    }
    put(NarFormat.CONTENTS);
    putLong(size);
    contentSize = size;
    // Until the end is written: a file whose contents failed half-way leaves no NAR to go on with.
    state = State.CONTENTS;
  }

  private void putRegularEnd() throws IOException {
    putPadding(contentSize);
    endNode();
  }

  private void endNode() throws IOException {
    put(NarFormat.CLOSE);
    if (depth > 0) {
      put(NarFormat.CLOSE);
      state = State.DIRECTORY;
    } else {
      drain();
      state = State.END;
    }
  }

  private void putString(Bytes text) throws IOException {
    putLong(text.size());
    ensure(text.size());
    text.copyTo(buffer, count);
    count += text.size();
    putPadding(text.size());
  }

  private void putLong(long value) throws IOException {
    ensure(8);
    NarFormat.LONG.set(buffer, count, value);
    count += 8;
  }

  private void putPadding(long size) throws IOException {
    int padding = NarFormat.padding(size);
    ensure(padding);
    Arrays.fill(buffer, count, count + padding, (byte) 0);
    count += padding;
  }

  private void put(byte[] token) throws IOException {
    put(token, token.length);
  }

  private void put(byte[] token, int size) throws IOException {
    ensure(size);
    System.arraycopy(token, 0, buffer, count, size);
    count += size;
  }

  private void ensure(int size) throws IOException {
    if (BUFFER - count < size) {
      drain();
    }
  }

  private void drain() throws IOException {
    out.write(buffer, 0, count);
    flushed += count;
    count = 0;
  }

  private void require(State required) {
    if (state != required) {
      throw new IllegalStateException("a NAR wants " + state + ", not " + required);
    }
  }
}
