package spindrift.fuse;

import java.nio.file.Path;
import spindrift.base.RawPath;

/** Takes mounts away: by umount2(2) as root, else by fusermount3. */
final class Unmounting {
  private Unmounting() {}

  /** Fails while programs use it. */
  static void orderly(Path directory) throws MountException {
    unmount(directory, Libc.UMOUNT_NOFOLLOW);
  }

  /** Takes it out of sight, and away when the last program is done with it. */
  static void lazily(Path directory) throws MountException {
    unmount(directory, Libc.UMOUNT_NOFOLLOW | Libc.MNT_DETACH);
  }

  private static void unmount(Path directory, int flags) throws MountException {
    int failed = Libc.unmount(RawPath.bytes(directory), flags);
    if (failed == -Errno.EPERM.number()) {
      Fusermount.find().unmount(directory, (flags & Libc.MNT_DETACH) != 0);
    } else if (failed == -Errno.EBUSY.number()) {
      throw busy(directory);
    } else if (failed == -Errno.EINVAL.number() || failed == -Errno.ENOENT.number()) {
      throw notMounted(directory);
    } else if (failed != 0) {
      throw new MountException(
          MountException.Reason.FAILED, "cannot unmount " + directory + ": " + Errno.name(-failed));
    }
  }

  static MountException busy(Path directory) {
    return new MountException(
        MountException.Reason.BUSY,
        directory
            + " is in use: programs have files open there or stand in it (fuser -vm "
            + directory
            + " lists them); end them, or unmount lazily (--lazy)");
  }

  static MountException notMounted(Path directory) {
    return new MountException(
        MountException.Reason.NOT_MOUNTED, "nothing of ours is mounted at " + directory);
  }
}
