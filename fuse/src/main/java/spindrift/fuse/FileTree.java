package spindrift.fuse;

import java.util.List;
import java.util.Optional;
import spindrift.base.Bytes;

/**
 * A read-only tree of files that the kernel can be made to show.
 *
 * <p>A node is named by a number that the tree chooses; it means the same file for as long as the
 * tree is mounted, and across a {@link FuseSession#resume resumption} too, for the kernel keeps
 * numbers, attributes, links and contents for ever. The kernel never says when it is done with a
 * number.
 *
 * <p>All methods are called by the few threads that read requests, several at once, and none may
 * block: what takes longer than a look into memory or a local file is given back as {@link
 * Answer#later}. A {@link FuseException} becomes its errno; anything else thrown becomes EIO and a
 * line in the log.
 */
public interface FileTree {
  /** The node of the top directory. */
  long ROOT = 1;

  /** What has this name (without a slash; at most 255 bytes) in a directory. */
  Answer<Lookup> lookup(long parent, Bytes name) throws FuseException;

  /** What is known of a node that was handed out before; always at once. */
  Attributes attributes(long node) throws FuseException;

  /** The names in a directory. */
  Answer<Directory> directory(long node) throws FuseException;

  /** Where a symbolic link points: 1 to 4095 bytes. */
  Answer<Bytes> linkTarget(long node) throws FuseException;

  /**
   * Bytes of a regular file, exactly {@code size} of them, as the kernel takes fewer for the end of
   * the file: an answer of another size fails with EIO.
   *
   * @param offset from 0; {@code offset + size} is never past the size in the attributes
   * @param size from 1 to {@link FuseSession#MAX_READ_BYTES}
   */
  Answer<Content> read(long node, long offset, int size) throws FuseException;

  /** The names of a node's extended attributes, each with its name space, as in "user.mime". */
  default Answer<List<Bytes>> extendedAttributes(long node) throws FuseException {
    return Answer.now(List.of());
  }

  /** The value of an extended attribute, at most 65536 bytes; empty where there is none. */
  default Answer<Optional<Bytes>> extendedAttribute(long node, Bytes name) throws FuseException {
    return Answer.now(Optional.empty());
  }

  /** What {@code df} shows; always at once. */
  Capacity capacity();
}
