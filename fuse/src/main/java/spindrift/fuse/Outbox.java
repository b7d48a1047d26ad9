package spindrift.fuse;

import static spindrift.fuse.Struct.at;
import static spindrift.fuse.Struct.u32;
import static spindrift.fuse.Struct.u64;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import spindrift.base.Bytes;

/**
 * Where one answer at a time is put together and sent to the kernel in one call: a {@link
 * Struct#OUT_HEADER}, a body written here, and pieces of memory that lie elsewhere. For one thread
 * at a time.
 */
final class Outbox {
  static final int HEADER_BYTES = (int) Struct.OUT_HEADER.byteSize();

  /** Fits the largest extended attribute, and a good part of a directory. */
  static final int BODY_BYTES = 1 << 17;

  /** The C library takes 1024 pieces; contents with as many are better copied together. */
  static final int MAX_PIECES = 256;

  private static final long LEN = at(Struct.OUT_HEADER, "len");
  private static final long ERROR = at(Struct.OUT_HEADER, "error");
  private static final long UNIQUE = at(Struct.OUT_HEADER, "unique");

  private static final int IOVEC_BYTES = 16;

  private final Arena arena = Arena.ofAuto();
  private final MemorySegment memory = arena.allocate(HEADER_BYTES + BODY_BYTES, 8);
  private final MemorySegment body = memory.asSlice(HEADER_BYTES);
  private final MemorySegment vector = arena.allocate((long) IOVEC_BYTES * MAX_PIECES, 8);
  private final MemorySegment errno = Libc.errnoIn(arena);
  private int position;
  private int pieces;
  private long pieceBytes;

  /** Begins an answer; what was put together before is gone. */
  Outbox begin() {
    position = 0;
    pieces = 1;
    pieceBytes = 0;
    return this;
  }

  /** The body, {@link #BODY_BYTES} long, of which {@link #position} bytes are written. */
  MemorySegment body() {
    return body;
  }

  int position() {
    return position;
  }

  /** Adds bytes to the body, which are zero until they are written; answers where they begin. */
  int reserve(long bytes) {
    int from = position;
    if (bytes > BODY_BYTES - from) {
      throw new IllegalStateException("an answer longer than " + BODY_BYTES + " bytes");
    }
    body.asSlice(from, bytes).fill((byte) 0);
    position += (int) bytes;
    return from;
  }

  /** Adds bytes to the body. */
  void append(Bytes bytes) {
    if (bytes.size() > BODY_BYTES - position) {
      throw new IllegalStateException("an answer longer than " + BODY_BYTES + " bytes");
    }
    MemorySegment.copy(
        MemorySegment.ofBuffer(bytes.asByteBuffer()), 0, body, position, bytes.size());
    position += bytes.size();
  }

  /** Adds a NUL to the body. */
  void terminate() {
    body.set(ValueLayout.JAVA_BYTE, reserve(1), (byte) 0);
  }

  /** Whether three more pieces can be added. */
  boolean takesPieces() {
    return pieces <= MAX_PIECES - 3;
  }

  /** Adds memory outside the heap that lies elsewhere, after the body and earlier pieces. */
  void piece(MemorySegment piece) {
    if (pieces == MAX_PIECES || !piece.scope().isAlive()) {
      throw new IllegalStateException("too many pieces, or memory that was given back");
    }
    long entry = (long) IOVEC_BYTES * pieces++;
    u64(vector, entry, piece.address());
    u64(vector, entry + 8, piece.byteSize());
    pieceBytes += piece.byteSize();
  }

  /** Sends what was put together. Answers 0, or a negative errno. */
  int send(int device, long unique) {
    return send(device, unique, 0);
  }

  /** Sends an error instead. */
  int sendError(int device, long unique, Errno error) {
    begin();
    return send(device, unique, -error.number());
  }

  /** Sends something that nobody asked for. */
  int sendNotice(int device, int code) {
    return send(device, 0, code);
  }

  private int send(int device, long unique, int error) {
    long own = HEADER_BYTES + (long) position;
    u32(memory, LEN, (int) (own + pieceBytes));
    u32(memory, ERROR, error);
    u64(memory, UNIQUE, unique);
    u64(vector, 0, memory.address());
    u64(vector, 8, own);
    long sent = Libc.writev(device, vector, pieces, errno);
    return sent < 0 ? (int) sent : 0;
  }
}
