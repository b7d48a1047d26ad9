package spindrift.substitute;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Optional;
import spindrift.base.ByteTarget;
import spindrift.nix.NixHash;

/**
 * What is held of a NAR that is on its way: the newest part in memory, in chunks, and before that
 * perhaps a part in a file. Guarded by its {@link NarSpool}.
 */
final class HeldPart {
  static final int CHUNK_BYTES = 256 << 10;

  private final Spool spool;
  private final Deque<Chunk> memory = new ArrayDeque<>();
  private final SpoolFile file;

  /** Nothing before this is held; from here to {@link #memoryFrom} it is in the file. */
  private long from;

  private long memoryFrom;
  private long to;

  /**
   * @param narHash by which a later start of the node finds what came, if there is one
   */
  HeldPart(Spool spool, Optional<NixHash> narHash) {
    this.spool = spool;
    this.file = new SpoolFile(spool, narHash);
  }

  /** A piece of the NAR; its bytes do not change once they count as filled. */
  static final class Chunk {
    private final long offset;
    private final byte[] bytes;
    private int filled;
    private int users;

    private Chunk(long offset, byte[] bytes) {
      this.offset = offset;
      this.bytes = bytes;
    }

    int room() {
      return bytes.length - filled;
    }

    /** Puts bytes behind those that count. Needs no guard: one thread at a time writes. */
    void put(byte[] buffer, int from, int length) {
      System.arraycopy(buffer, from, bytes, filled, length);
    }

    /** Whether nobody reads it, nor writes. */
    private boolean isIdle() {
      return users == 0 && filled == bytes.length;
    }

    long end() {
      return offset + filled;
    }

    /** A reader of it is done. */
    void leave() {
      users--;
    }
  }

  /** What can be read at once. */
  record Slice(Source source, int length, Optional<Chunk> chunk) {
    void writeTo(ByteTarget target) throws IOException {
      source.writeTo(target);
    }

    private interface Source {
      void writeTo(ByteTarget target) throws IOException;
    }
  }

  /** Its first byte. */
  long from() {
    return from;
  }

  /** Behind its last byte: how much of the NAR has come. */
  long to() {
    return to;
  }

  int chunks() {
    return memory.size();
  }

  /** Up to where the oldest chunk goes. There is one. */
  long oldestEnd() {
    return memory.element().end();
  }

  /** The last chunk, where it is not full. */
  Optional<Chunk> unfilled() {
    return Optional.ofNullable(memory.peekLast()).filter(last -> last.room() > 0);
  }

  /** Adds a chunk for bytes to come, for which the memory has been taken. */
  Chunk add(int bytes) {
    Chunk chunk = new Chunk(to, spool.array(bytes));
    memory.add(chunk);
    return chunk;
  }

  /** Has bytes count that were put into the last chunk. */
  void count(Chunk chunk, int bytes) {
    chunk.filled += bytes;
    to += bytes;
  }

  /** What there is at a position that is held, up to a limit. */
  Slice slice(long position, long limit) {
    if (position < memoryFrom) {
      FileChannel channel = file.channel();
      int count = (int) (Math.min(limit, Math.min(memoryFrom, position + CHUNK_BYTES)) - position);
      return new Slice(
          target -> target.transfer(channel, position, count), count, Optional.empty());
    }
    Iterator<Chunk> chunks = memory.iterator();
    Chunk chunk = chunks.next();
    while (chunk.end() <= position) {
      chunk = chunks.next();
    }
    chunk.users++;
    byte[] bytes = chunk.bytes;
    int at = (int) (position - chunk.offset);
    int count = (int) (Math.min(limit, chunk.end()) - position);
    return new Slice(target -> target.write(bytes, at, count), count, Optional.of(chunk));
  }

  /** Moves the oldest chunk to the file; false where it takes no more. */
  boolean moveOldestToFile() {
    Chunk oldest = memory.element();
    boolean taken = file.take(oldest.bytes, oldest.filled, oldest.offset);
    if (taken) {
      removeOldest();
    }
    return taken;
  }

  /** Lets go of the oldest chunk, and so of all before it. */
  void dropOldest() {
    removeOldest();
    from = memoryFrom;
    file.empty(); // all of it is before what is held, and nobody reads it any more
  }

  private void removeOldest() {
    Chunk oldest = memory.remove();
    memoryFrom = oldest.end();
    giveBack(oldest);
  }

  private void giveBack(Chunk chunk) {
    if (chunk.isIdle()) {
      spool.recycle(chunk.bytes);
    }
    spool.returnMemory(chunk.bytes.length);
  }

  /** Sees to it that no later start of the node goes on with it. */
  void dropName() {
    file.dropName();
  }

  void close() {
    file.close();
    letGo();
  }

  /** As {@link #close}, but leaves all that has come, if it is all there, to a later start. */
  void closeKeeping() {
    while (!memory.isEmpty() && moveOldestToFile()) {
      // until it is all there, or the disk is full
    }
    file.closeKeeping();
    letGo();
  }

  private void letGo() {
    memory.forEach(this::giveBack);
    memory.clear();
  }
}
