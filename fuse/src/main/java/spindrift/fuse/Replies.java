package spindrift.fuse;

import static spindrift.fuse.Struct.at;
import static spindrift.fuse.Struct.u16;
import static spindrift.fuse.Struct.u32;
import static spindrift.fuse.Struct.u64;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import spindrift.base.Bytes;

/** Writes the bodies of answers, each into an {@link Outbox} that was begun. */
final class Replies {
  /** Seconds: 68 years, which no kernel takes for something else. */
  static final long FOR_EVER = Integer.MAX_VALUE;

  /**
   * Reads by way of the page cache: when so many wait, all others wait behind them in the kernel,
   * whatever they read. 12 is the kernel's own choice; 64 readers that stall must not hold up the
   * next.
   */
  static final int MAX_BACKGROUND = 256;

  /** Files are not written, so the smallest that there is. */
  static final int MAX_WRITE_BYTES = 4096;

  static final int MAX_PAGES = 256;

  /** FOPEN_KEEP_CACHE and, of directories, FOPEN_CACHE_DIR. */
  private static final int KEEP_CACHE = 1 << 1;

  private static final int CACHE_DIR = 1 << 3;

  static final int BLOCK_BYTES = 4096;
  static final int MAX_NAME_BYTES = 255;

  /** PATH_MAX with its NUL. */
  static final int MAX_TARGET_BYTES = 4095;

  /** XATTR_SIZE_MAX and XATTR_LIST_MAX of include/uapi/linux/limits.h. */
  static final int MAX_EXTENDED_BYTES = 65536;

  private static final long ATTR_OF_ENTRY = Struct.ENTRY_OUT.byteSize();
  private static final long ATTR_OF_ATTR_OUT = Struct.ATTR_OUT.byteSize();
  private static final long ATTR_VALID = at(Struct.ATTR_OUT, "attr_valid");
  private static final long EXTENDED_SIZE = at(Struct.GETXATTR_OUT, "size");
  private static final long ENTRY_NODE = at(Struct.ENTRY_OUT, "nodeid");
  private static final long ENTRY_VALID = at(Struct.ENTRY_OUT, "entry_valid");
  private static final long ENTRY_VALID_NSEC = at(Struct.ENTRY_OUT, "entry_valid_nsec");
  private static final long ENTRY_ATTR_VALID = at(Struct.ENTRY_OUT, "attr_valid");
  private static final long INO = at(Struct.ATTR, "ino");
  private static final long SIZE = at(Struct.ATTR, "size");
  private static final long BLOCKS = at(Struct.ATTR, "blocks");
  private static final long ATIME = at(Struct.ATTR, "atime");
  private static final long MTIME = at(Struct.ATTR, "mtime");
  private static final long CTIME = at(Struct.ATTR, "ctime");
  private static final long MODE = at(Struct.ATTR, "mode");
  private static final long NLINK = at(Struct.ATTR, "nlink");
  private static final long UID = at(Struct.ATTR, "uid");
  private static final long GID = at(Struct.ATTR, "gid");
  private static final long BLKSIZE = at(Struct.ATTR, "blksize");

  private Replies() {}

  static void init(Outbox out, Agreement agreed) {
    int from = out.reserve(Struct.INIT_OUT.byteSize());
    MemorySegment body = out.body();
    u32(body, from + at(Struct.INIT_OUT, "major"), Agreement.MAJOR);
    u32(body, from + at(Struct.INIT_OUT, "minor"), agreed.minor());
    u32(body, from + at(Struct.INIT_OUT, "max_readahead"), agreed.maxReadAhead());
    u32(body, from + at(Struct.INIT_OUT, "flags"), (int) agreed.flags());
    u16(body, from + at(Struct.INIT_OUT, "max_background"), MAX_BACKGROUND);
    u16(body, from + at(Struct.INIT_OUT, "congestion_threshold"), MAX_BACKGROUND * 3 / 4);
    u32(body, from + at(Struct.INIT_OUT, "max_write"), MAX_WRITE_BYTES);
    u32(body, from + at(Struct.INIT_OUT, "time_gran"), 1);
    u16(body, from + at(Struct.INIT_OUT, "max_pages"), MAX_PAGES);
    u32(body, from + at(Struct.INIT_OUT, "flags2"), (int) (agreed.flags() >>> 32));
  }

  static void lookup(Outbox out, Lookup found) throws FuseException {
    switch (found) {
      case Lookup.Entry entry -> entry(out, entry);
      case Lookup.Absent absent -> absent(out, absent.remembered());
    }
  }

  /** An entry without a node is remembered as absent; kernels do not remember ENOENT. */
  private static void absent(Outbox out, Duration remembered) throws FuseException {
    if (remembered.isZero()) {
      throw new FuseException(Errno.ENOENT, "absent");
    }
    int from = out.reserve(ATTR_OF_ENTRY + Struct.ATTR.byteSize());
    long seconds = Math.min(remembered.getSeconds(), FOR_EVER);
    u64(out.body(), from + ENTRY_VALID, seconds);
    u32(out.body(), from + ENTRY_VALID_NSEC, remembered.getNano());
  }

  static void entry(Outbox out, Lookup.Entry entry) {
    int from = out.reserve(ATTR_OF_ENTRY + Struct.ATTR.byteSize());
    MemorySegment body = out.body();
    u64(body, from + ENTRY_NODE, entry.node());
    u64(body, from + ENTRY_VALID, FOR_EVER);
    u64(body, from + ENTRY_ATTR_VALID, FOR_EVER);
    attr(body, from + ATTR_OF_ENTRY, entry.attributes());
  }

  static void attributes(Outbox out, Attributes attributes) {
    int from = out.reserve(Struct.ATTR_OUT.byteSize() + Struct.ATTR.byteSize());
    u64(out.body(), from + ATTR_VALID, FOR_EVER);
    attr(out.body(), from + ATTR_OF_ATTR_OUT, attributes);
  }

  private static void attr(MemorySegment body, long from, Attributes attributes) {
    u64(body, from + INO, attributes.inode());
    u64(body, from + SIZE, attributes.size());
    u64(body, from + BLOCKS, attributes.blocks());
    u64(body, from + ATIME, attributes.modified());
    u64(body, from + MTIME, attributes.modified());
    u64(body, from + CTIME, attributes.modified());
    u32(body, from + MODE, attributes.mode());
    u32(body, from + NLINK, attributes.links());
    u32(body, from + UID, attributes.owner());
    u32(body, from + GID, attributes.group());
    u32(body, from + BLKSIZE, BLOCK_BYTES);
  }

  static void opened(Outbox out, FileType type) {
    int from = out.reserve(Struct.OPEN_OUT.byteSize());
    int flags = type == FileType.DIRECTORY ? KEEP_CACHE | CACHE_DIR : KEEP_CACHE;
    u32(out.body(), from + at(Struct.OPEN_OUT, "open_flags"), flags);
  }

  static void target(Outbox out, Bytes target) throws FuseException {
    if (target.isEmpty() || target.size() > MAX_TARGET_BYTES) {
      throw new FuseException(Errno.EIO, "a link of " + target.size() + " bytes");
    }
    out.append(target);
  }

  static void capacity(Outbox out, Capacity capacity) {
    int from = out.reserve(Struct.STATFS_OUT.byteSize());
    MemorySegment body = out.body();
    u64(body, from + at(Struct.STATFS_OUT, "blocks"), Math.ceilDiv(capacity.bytes(), BLOCK_BYTES));
    u64(body, from + at(Struct.STATFS_OUT, "files"), capacity.files());
    u32(body, from + at(Struct.STATFS_OUT, "bsize"), BLOCK_BYTES);
    u32(body, from + at(Struct.STATFS_OUT, "frsize"), BLOCK_BYTES);
    u32(body, from + at(Struct.STATFS_OUT, "namelen"), MAX_NAME_BYTES);
  }

  /** The value of an extended attribute, or its size for one who asks with a size of 0. */
  static void extended(Outbox out, Optional<Bytes> found, int size) throws FuseException {
    Bytes value =
        found.orElseThrow(() -> new FuseException(Errno.ENODATA, "no such extended attribute"));
    if (extendedFits(out, value.size(), size)) {
      out.append(value);
    }
  }

  /** The names of extended attributes, each with a NUL behind it. */
  static void extendedNames(Outbox out, List<Bytes> names, int size) throws FuseException {
    long total = 0;
    for (Bytes name : names) {
      total += name.size() + 1L;
    }
    if (extendedFits(out, total, size)) {
      for (Bytes name : names) {
        out.append(name);
        out.terminate();
      }
    }
  }

  private static boolean extendedFits(Outbox out, long bytes, int size) throws FuseException {
    if (bytes > MAX_EXTENDED_BYTES) {
      throw new FuseException(Errno.EIO, "extended attributes of " + bytes + " bytes");
    }
    if (size == 0) {
      int from = out.reserve(Struct.GETXATTR_OUT.byteSize());
      u32(out.body(), from + EXTENDED_SIZE, (int) bytes);
      return false;
    }
    if (bytes > size) {
      throw new FuseException(Errno.ERANGE, "more than the caller has room for");
    }
    return true;
  }
}
