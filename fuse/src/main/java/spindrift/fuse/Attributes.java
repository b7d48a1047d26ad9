package spindrift.fuse;

/**
 * What {@code stat} tells of a file. The kernel remembers it for ever.
 *
 * @param inode the number shown to programs; equal numbers mean hard links of one file
 * @param permissions the lower twelve bits of the mode
 * @param size in bytes; of a symbolic link the length of its target
 * @param blocks space taken, in units of 512 bytes, as {@code du} counts it
 * @param links how many names the file has
 * @param modified seconds since 1970, for all three times
 */
public record Attributes(
    long inode,
    FileType type,
    int permissions,
    long size,
    long blocks,
    int links,
    long modified,
    int owner,
    int group) {
  public Attributes {
    if ((permissions & ~07777) != 0 || size < 0 || blocks < 0 || links < 0) {
      throw new IllegalArgumentException(
          "attributes out of range: permissions=%o size=%d blocks=%d links=%d"
              .formatted(permissions, size, blocks, links));
    }
  }

  /** The mode as programs see it: type and permissions. */
  int mode() {
    return type.mode() | permissions;
  }
}
