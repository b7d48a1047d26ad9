package spindrift.fuse;

import static spindrift.fuse.Struct.at;
import static spindrift.fuse.Struct.u32;
import static spindrift.fuse.Struct.u64;

import java.lang.foreign.MemorySegment;
import spindrift.base.Bytes;

/**
 * A part of a directory, written as READDIR or READDIRPLUS want it.
 *
 * <p>The kernel's positions are 0 for the beginning, 1 behind ".", 2 behind "..", and two more than
 * its cursor behind any other name.
 */
final class DirectoryReply implements Directory.Sink {
  private static final int DOTS = 2;

  /** DT_UNKNOWN of dirent.h. */
  private static final int UNKNOWN_TYPE = 0;

  private static final Bytes DOT = Bytes.of('.');
  private static final Bytes DOT_DOT = Bytes.of('.', '.');

  private static final long INO = at(Struct.DIRENT, "ino");
  private static final long OFF = at(Struct.DIRENT, "off");
  private static final long NAMELEN = at(Struct.DIRENT, "namelen");
  private static final long TYPE = at(Struct.DIRENT, "type");
  private static final int DIRENT_BYTES = (int) Struct.DIRENT.byteSize();
  private static final int ENTRY_BYTES =
      (int) (Struct.ENTRY_OUT.byteSize() + Struct.ATTR.byteSize());

  private final Outbox out;
  private final boolean plus;
  private final int limit;

  private DirectoryReply(Outbox out, Request.List request) {
    this.out = out;
    this.plus = request.plus();
    this.limit = Math.min(request.size(), Outbox.BODY_BYTES);
  }

  /** Writes as many names as fit. */
  static void write(Outbox out, Request.List request, Directory directory, FileTree tree)
      throws FuseException {
    DirectoryReply reply = new DirectoryReply(out, request);
    long offset = request.offset();
    if (offset == 0 && !reply.dots(DOT, 1, tree.attributes(request.node()))) {
      return;
    }
    if (offset <= 1 && !reply.dots(DOT_DOT, DOTS, tree.attributes(directory.parent()))) {
      return;
    }
    directory.list(Math.max(0, offset - DOTS), reply);
  }

  /** One of the two names that every directory has; without a node, for the kernel knows it. */
  private boolean dots(Bytes name, long position, Attributes attributes) {
    if (!fits(name)) {
      return false;
    }
    if (plus) {
      out.reserve(ENTRY_BYTES);
    }
    entry(name, position, attributes.inode(), attributes.type().directoryEntryType());
    return true;
  }

  @Override
  public boolean add(Bytes name, long cursor, Lookup.Entry entry) {
    if (name.isEmpty() || name.size() > Replies.MAX_NAME_BYTES || cursor < 1) {
      throw new IllegalArgumentException("not a name in a directory: " + name + " at " + cursor);
    }
    if (!fits(name)) {
      return false;
    }
    if (plus) {
      Replies.entry(out, entry);
    }
    Attributes attributes = entry.attributes();
    entry(name, cursor + DOTS, attributes.inode(), attributes.type().directoryEntryType());
    return true;
  }

  @Override
  public boolean addName(Bytes name, long cursor, long inode) {
    if (name.isEmpty() || name.size() > Replies.MAX_NAME_BYTES || cursor < 1) {
      throw new IllegalArgumentException("not a name in a directory: " + name + " at " + cursor);
    }
    if (!fits(name)) {
      return false;
    }
    if (plus) {
      out.reserve(ENTRY_BYTES); // no node: the kernel looks the name up when it needs one
    }
    entry(name, cursor + DOTS, inode, UNKNOWN_TYPE);
    return true;
  }

  private boolean fits(Bytes name) {
    int size = (plus ? ENTRY_BYTES : 0) + aligned(DIRENT_BYTES + name.size());
    return size <= limit - out.position();
  }

  private void entry(Bytes name, long position, long inode, int type) {
    int from = out.reserve(DIRENT_BYTES);
    MemorySegment body = out.body();
    u64(body, from + INO, inode);
    u64(body, from + OFF, position);
    u32(body, from + NAMELEN, name.size());
    u32(body, from + TYPE, type);
    out.append(name);
    out.reserve(aligned(DIRENT_BYTES + name.size()) - (DIRENT_BYTES + name.size()));
  }

  private static int aligned(int size) {
    return (size + 7) & ~7;
  }
}
