package spindrift.fuse;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;

/**
 * The structures of include/uapi/linux/fuse.h that are read or written here, with its names, in the
 * order of the machine. What varies (names, contents) follows the last field.
 */
final class Struct {
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;

  static final StructLayout IN_HEADER =
      struct(
          u32("len"),
          u32("opcode"),
          u64("unique"),
          u64("nodeid"),
          u32("uid"),
          u32("gid"),
          u32("pid"),
          u16("total_extlen"),
          u16("padding"));

  static final StructLayout OUT_HEADER = struct(u32("len"), u32("error"), u64("unique"));

  /** Kernels before 7.36 send the first four fields only. */
  static final StructLayout INIT_IN =
      struct(u32("major"), u32("minor"), u32("max_readahead"), u32("flags"), u32("flags2"));

  static final StructLayout INIT_OUT =
      struct(
          u32("major"),
          u32("minor"),
          u32("max_readahead"),
          u32("flags"),
          u16("max_background"),
          u16("congestion_threshold"),
          u32("max_write"),
          u32("time_gran"),
          u16("max_pages"),
          u16("map_alignment"),
          u32("flags2"),
          MemoryLayout.sequenceLayout(7, INT).withName("unused"));

  static final StructLayout ATTR =
      struct(
          u64("ino"),
          u64("size"),
          u64("blocks"),
          u64("atime"),
          u64("mtime"),
          u64("ctime"),
          u32("atimensec"),
          u32("mtimensec"),
          u32("ctimensec"),
          u32("mode"),
          u32("nlink"),
          u32("uid"),
          u32("gid"),
          u32("rdev"),
          u32("blksize"),
          u32("flags"));

  /** An {@link #ATTR} follows. */
  static final StructLayout ENTRY_OUT =
      struct(
          u64("nodeid"),
          u64("generation"),
          u64("entry_valid"),
          u64("attr_valid"),
          u32("entry_valid_nsec"),
          u32("attr_valid_nsec"));

  /** An {@link #ATTR} follows. */
  static final StructLayout ATTR_OUT =
      struct(u64("attr_valid"), u32("attr_valid_nsec"), u32("dummy"));

  static final StructLayout OPEN_OUT = struct(u64("fh"), u32("open_flags"), u32("padding"));

  /** Of READ, READDIR and READDIRPLUS. */
  static final StructLayout READ_IN =
      struct(
          u64("fh"),
          u64("offset"),
          u32("size"),
          u32("read_flags"),
          u64("lock_owner"),
          u32("flags"),
          u32("padding"));

  /** The name follows, and zeros up to a multiple of eight bytes. */
  static final StructLayout DIRENT = struct(u64("ino"), u64("off"), u32("namelen"), u32("type"));

  static final StructLayout STATFS_OUT =
      struct(
          u64("blocks"),
          u64("bfree"),
          u64("bavail"),
          u64("files"),
          u64("ffree"),
          u32("bsize"),
          u32("namelen"),
          u32("frsize"),
          u32("padding"),
          MemoryLayout.sequenceLayout(6, INT).withName("spare"));

  /** Of GETXATTR (the name follows, and a NUL) and LISTXATTR. */
  static final StructLayout GETXATTR_IN = struct(u32("size"), u32("padding"));

  static final StructLayout GETXATTR_OUT = struct(u32("size"), u32("padding"));

  static final StructLayout INTERRUPT_IN = struct(u64("unique"));

  static final StructLayout FORGET_IN = struct(u64("nlookup"));

  /** As many pairs of node and count follow as it says. */
  static final StructLayout BATCH_FORGET_IN = struct(u32("count"), u32("dummy"));

  static final StructLayout FORGET_ONE = struct(u64("nodeid"), u64("nlookup"));

  static final StructLayout NOTIFY_INVAL_INODE_OUT = struct(u64("ino"), u64("off"), u64("len"));

  private Struct() {}

  /** Where a field of a structure begins. */
  static long at(StructLayout struct, String field) {
    return struct.byteOffset(PathElement.groupElement(field));
  }

  static int u32(MemorySegment memory, long offset) {
    return memory.get(INT, offset);
  }

  static long u64(MemorySegment memory, long offset) {
    return memory.get(LONG, offset);
  }

  static int u16(MemorySegment memory, long offset) {
    return Short.toUnsignedInt(memory.get(SHORT, offset));
  }

  static void u32(MemorySegment memory, long offset, int value) {
    memory.set(INT, offset, value);
  }

  static void u64(MemorySegment memory, long offset, long value) {
    memory.set(LONG, offset, value);
  }

  static void u16(MemorySegment memory, long offset, int value) {
    memory.set(SHORT, offset, (short) value);
  }

  private static StructLayout struct(MemoryLayout... fields) {
    return MemoryLayout.structLayout(fields);
  }

  private static MemoryLayout u16(String name) {
    return SHORT.withName(name);
  }

  private static MemoryLayout u32(String name) {
    return INT.withName(name);
  }

  private static MemoryLayout u64(String name) {
    return LONG.withName(name);
  }
}
