package spindrift.fuse;

import static spindrift.fuse.Struct.at;
import static spindrift.fuse.Struct.u16;
import static spindrift.fuse.Struct.u32;
import static spindrift.fuse.Struct.u64;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import spindrift.base.Bytes;
import spindrift.base.MalformedDataException;

/**
 * Reads a request as the kernel writes it: a {@link Struct#IN_HEADER}, the structure of its
 * operation, then names. Nothing of it is taken on trust: every length is checked.
 */
final class RequestDecoder {
  static final int HEADER_BYTES = (int) Struct.IN_HEADER.byteSize();

  /** FUSE_NAME_MAX of newer kernels, PATH_MAX - 1. */
  static final int MAX_NAME_BYTES = 4095;

  private static final long LEN = at(Struct.IN_HEADER, "len");
  private static final long OPCODE = at(Struct.IN_HEADER, "opcode");
  private static final long UNIQUE = at(Struct.IN_HEADER, "unique");
  private static final long NODE = at(Struct.IN_HEADER, "nodeid");
  private static final long PID = at(Struct.IN_HEADER, "pid");
  private static final long EXTENSIONS = at(Struct.IN_HEADER, "total_extlen");

  private static final long MAJOR = HEADER_BYTES + at(Struct.INIT_IN, "major");
  private static final long MINOR = HEADER_BYTES + at(Struct.INIT_IN, "minor");
  private static final long MAX_READ_AHEAD = HEADER_BYTES + at(Struct.INIT_IN, "max_readahead");
  private static final long FLAGS = HEADER_BYTES + at(Struct.INIT_IN, "flags");
  private static final long FLAGS2 = HEADER_BYTES + at(Struct.INIT_IN, "flags2");
  private static final long READ_OFFSET = HEADER_BYTES + at(Struct.READ_IN, "offset");
  private static final long READ_SIZE = HEADER_BYTES + at(Struct.READ_IN, "size");
  private static final long EXTENDED_SIZE = HEADER_BYTES + at(Struct.GETXATTR_IN, "size");
  private static final long TARGET = HEADER_BYTES + at(Struct.INTERRUPT_IN, "unique");
  private static final long FORGOTTEN = HEADER_BYTES + at(Struct.BATCH_FORGET_IN, "count");

  private final MemorySegment in;
  private final long end;
  private final long unique;
  private final long node;

  private RequestDecoder(MemorySegment in, long end) {
    this.in = in;
    this.end = end;
    this.unique = u64(in, UNIQUE);
    this.node = u64(in, NODE);
  }

  /** The number of a request of which at least the beginning is there; 0 where it is not. */
  static long unique(MemorySegment in, long length) {
    return length < UNIQUE + 8 ? 0 : u64(in, UNIQUE);
  }

  /** The thread that waits for a request that was decoded; 0 where we cannot see it. */
  static int thread(MemorySegment in) {
    return u32(in, PID);
  }

  /** Reads the request in the first {@code length} bytes. */
  static Request decode(MemorySegment in, long length) throws MalformedDataException {
    if (length < HEADER_BYTES) {
      throw new MalformedDataException("fuse", length, "a request without a whole header");
    }
    if (Integer.toUnsignedLong(u32(in, LEN)) != length) {
      throw new MalformedDataException("fuse", LEN, "another length than was read");
    }
    long end = length - 8L * u16(in, EXTENSIONS);
    if (end < HEADER_BYTES) {
      throw new MalformedDataException("fuse", EXTENSIONS, "extensions longer than the request");
    }
    return new RequestDecoder(in, end).decode(u32(in, OPCODE));
  }

  private Request decode(int opcode) throws MalformedDataException {
    return switch (opcode) {
      case Opcode.LOOKUP -> new Request.Find(unique, node, name(HEADER_BYTES));
      case Opcode.GETATTR -> new Request.GetAttributes(unique, node);
      case Opcode.READ -> read();
      case Opcode.READDIR -> list(false);
      case Opcode.READDIRPLUS -> list(true);
      case Opcode.READLINK -> new Request.ReadLink(unique, node);
      case Opcode.OPEN -> new Request.Open(unique, node);
      case Opcode.OPENDIR -> new Request.OpenDirectory(unique, node);
      case Opcode.GETXATTR -> extended();
      case Opcode.LISTXATTR -> new Request.ListExtended(unique, node, extendedSize());
      case Opcode.FORGET, Opcode.BATCH_FORGET -> forget(opcode);
      case Opcode.INTERRUPT -> interrupt();
      case Opcode.STATFS -> new Request.GetCapacity(unique, node);
      case Opcode.RELEASE, Opcode.RELEASEDIR, Opcode.DESTROY -> new Request.Release(unique, node);
      case Opcode.INIT -> init();
      default ->
          Opcode.changes(opcode)
              ? new Request.Change(unique, node, opcode)
              : new Request.Other(unique, node, opcode);
    };
  }

  private Request init() throws MalformedDataException {
    if (end < FLAGS2) {
      throw shorter();
    }
    long flags = Integer.toUnsignedLong(u32(in, FLAGS));
    if ((flags & InitFlags.INIT_EXT) != 0) {
      need(Struct.INIT_IN);
      flags |= Integer.toUnsignedLong(u32(in, FLAGS2)) << 32;
    }
    return new Request.Init(unique, u32(in, MAJOR), u32(in, MINOR), u32(in, MAX_READ_AHEAD), flags);
  }

  private Request read() throws MalformedDataException {
    need(Struct.READ_IN);
    int size = u32(in, READ_SIZE);
    if (size < 0 || size > FuseSession.MAX_READ_BYTES) {
      throw new MalformedDataException("fuse", READ_SIZE, "more than was agreed on");
    }
    return new Request.Read(unique, node, offset(), size);
  }

  private Request list(boolean plus) throws MalformedDataException {
    need(Struct.READ_IN);
    int size = u32(in, READ_SIZE);
    return new Request.List(unique, node, offset(), size < 0 ? Integer.MAX_VALUE : size, plus);
  }

  private long offset() throws MalformedDataException {
    long offset = u64(in, READ_OFFSET);
    if (offset < 0) {
      throw new MalformedDataException("fuse", READ_OFFSET, "a negative offset");
    }
    return offset;
  }

  private Request extended() throws MalformedDataException {
    int size = extendedSize();
    return new Request.GetExtended(
        unique, node, name(HEADER_BYTES + Struct.GETXATTR_IN.byteSize()), size);
  }

  private int extendedSize() throws MalformedDataException {
    need(Struct.GETXATTR_IN);
    int size = u32(in, EXTENDED_SIZE);
    return size < 0 ? Integer.MAX_VALUE : size;
  }

  private Request interrupt() throws MalformedDataException {
    need(Struct.INTERRUPT_IN);
    return new Request.Interrupt(unique, node, u64(in, TARGET));
  }

  private Request forget(int opcode) throws MalformedDataException {
    if (opcode == Opcode.FORGET) {
      need(Struct.FORGET_IN);
    } else {
      need(Struct.BATCH_FORGET_IN);
      long first = HEADER_BYTES + Struct.BATCH_FORGET_IN.byteSize();
      long count = Integer.toUnsignedLong(u32(in, FORGOTTEN));
      if (end - first < count * Struct.FORGET_ONE.byteSize()) {
        throw shorter();
      }
    }
    return new Request.Forget(unique, node);
  }

  /** The bytes from an offset to the first NUL. */
  private Bytes name(long from) throws MalformedDataException {
    long last = Math.min(end, from + MAX_NAME_BYTES + 1);
    for (long at = from; at < last; at++) {
      if (in.get(ValueLayout.JAVA_BYTE, at) == 0) {
        if (at == from) {
          throw new MalformedDataException("fuse", from, "an empty name");
        }
        return Bytes.owning(in.asSlice(from, at - from).toArray(ValueLayout.JAVA_BYTE));
      }
    }
    throw new MalformedDataException("fuse", from, "a name without an end");
  }

  private void need(StructLayout body) throws MalformedDataException {
    if (end < HEADER_BYTES + body.byteSize()) {
      throw shorter();
    }
  }

  private MalformedDataException shorter() {
    return new MalformedDataException("fuse", end, "shorter than its operation needs");
  }
}
