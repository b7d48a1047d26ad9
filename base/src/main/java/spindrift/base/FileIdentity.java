package spindrift.base;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * By what a file is known to be unchanged: while all of this is as it was, its contents are, too,
 * short of somebody setting the clock back on purpose.
 *
 * @param device the number of the file system
 * @param inode the number of the file in it
 * @param size in bytes
 * @param modified when the contents changed last, in nanoseconds since 1970
 * @param changed when the inode changed last, in nanoseconds since 1970; unlike {@code modified} no
 *     program can set it
 */
public record FileIdentity(long device, long inode, long size, long modified, long changed) {
  /** The attributes to ask for when more than the identity is wanted in one system call. */
  public static final String ATTRIBUTES = "unix:dev,ino,size,lastModifiedTime,ctime";

  /** The identity that a file has now; of a symbolic link, the link's own. */
  public static FileIdentity of(Path file) throws IOException {
    return of(Files.readAttributes(file, ATTRIBUTES, LinkOption.NOFOLLOW_LINKS));
  }

  /** Reads it from attributes asked for with {@link #ATTRIBUTES}. */
  public static FileIdentity of(Map<String, Object> attributes) {
    return new FileIdentity(
        (long) attribute(attributes, "dev"),
        (long) attribute(attributes, "ino"),
        (long) attribute(attributes, "size"),
        nanos(attribute(attributes, "lastModifiedTime")),
        nanos(attribute(attributes, "ctime")));
  }

  private static Object attribute(Map<String, Object> attributes, String name) {
    Object value = attributes.get(name);
    if (value == null) {
      throw new IllegalStateException("this platform does not tell a file's " + name);
    }
    return value;
  }

  private static long nanos(Object time) {
    return ((FileTime) time).to(TimeUnit.NANOSECONDS);
  }
}
