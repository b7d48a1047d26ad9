package spindrift.fuse;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;

/**
 * Where and how a tree is mounted. It is always read-only, and the kernel checks permissions by
 * modes and owners.
 *
 * @param directory an existing directory
 * @param source what {@code mount} shows as the device
 * @param readAheadKib how far the kernel reads ahead of a sequential reader, in KiB, where it lets
 *     us say so: only root may go above 128
 */
public record MountOptions(
    Path directory, String source, Set<Flag> flags, Way way, int readAheadKib) {
  /** Enough for 600 MB/s at 20 ms a block: what lies further ahead gains little. */
  public static final int DEFAULT_READ_AHEAD_KIB = 16384;

  public MountOptions {
    if (!source.matches("[A-Za-z0-9./:_+-]{1,200}")) {
      throw new IllegalArgumentException("not fit for a list of mounts: " + source);
    }
    if (readAheadKib < 4 || readAheadKib > 1 << 20) {
      throw new IllegalArgumentException("read-ahead out of range: " + readAheadKib);
    }
    flags = Set.copyOf(flags);
  }

  /** The defaults for a directory. */
  public static MountOptions at(Path directory) {
    return new MountOptions(
        directory, "spindrift", Set.of(), Way.WHICHEVER_WORKS, DEFAULT_READ_AHEAD_KIB);
  }

  /** The same with one more flag. */
  public MountOptions with(Flag flag) {
    Set<Flag> more = EnumSet.of(flag);
    more.addAll(flags);
    return new MountOptions(directory, source, more, way, readAheadKib);
  }

  /** The same with another way. */
  public MountOptions by(Way other) {
    return new MountOptions(directory, source, flags, other, readAheadKib);
  }

  /** The same with another source. */
  public MountOptions from(String other) {
    return new MountOptions(directory, other, flags, way, readAheadKib);
  }

  /** What can be allowed. */
  public enum Flag {
    /** All users see the files; else only the one who mounts, and not even root. */
    ALLOW_OTHER,
    /** The directory may have files in it, or be a mount point; they are hidden. */
    HIDE_WHAT_IS_THERE
  }

  /** How the kernel is asked. */
  public enum Way {
    /** By mount(2) as root, else by fusermount3. */
    WHICHEVER_WORKS,
    MOUNT_CALL,
    FUSERMOUNT
  }
}
