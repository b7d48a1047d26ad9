package spindrift.fuse;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import spindrift.base.RawPath;

/** Makes the kernel mount a file system that a descriptor of /dev/fuse serves. */
final class Mounting {
  private static final String DEVICE = "/dev/fuse";

  private Mounting() {}

  /**
   * The directory, without symbolic links, once it is known to be fit.
   *
   * @throws MountException saying what is wrong with it
   */
  static Path check(MountOptions options) throws MountException {
    Path directory = options.directory().toAbsolutePath().normalize();
    boolean hide = options.flags().contains(MountOptions.Flag.HIDE_WHAT_IS_THERE);
    try {
      // First, for a mount whose process is gone answers nothing else.
      if (!hide && MountTable.at(directory).isPresent()) {
        throw mountedAlready(directory);
      }
      directory = directory.toRealPath();
      if (!hide && MountTable.at(directory).isPresent()) {
        throw mountedAlready(directory);
      }
      if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
        throw new MountException(
            MountException.Reason.NOT_A_DIRECTORY, directory + " is not a directory");
      }
      if (!hide && hasFiles(directory)) {
        throw new MountException(
            MountException.Reason.NOT_EMPTY,
            directory + " is not empty; what is in it would be hidden");
      }
      return directory;
    } catch (NoSuchFileException e) {
      throw new MountException(
          MountException.Reason.NO_DIRECTORY, "there is no directory " + directory);
    } catch (AccessDeniedException e) {
      throw new MountException(
          MountException.Reason.NOT_PERMITTED, "this user may not look into " + e.getFile());
    } catch (MountException e) {
      throw e;
    } catch (IOException e) {
      throw new MountException(
          MountException.Reason.FAILED, "cannot look at " + directory + ": " + e.getMessage());
    }
  }

  private static boolean hasFiles(Path directory) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      return files.iterator().hasNext();
    }
  }

  private static MountException mountedAlready(Path directory) {
    return new MountException(
        MountException.Reason.ALREADY_MOUNTED,
        "something is mounted at " + directory + " already; unmount it first");
  }

  /** Mounts on a directory that was checked, and answers the descriptor to serve it by. */
  static int mount(Path directory, MountOptions options) throws MountException {
    return switch (options.way()) {
      case MOUNT_CALL -> byCall(directory, options);
      case FUSERMOUNT -> byProgram(directory, options);
      case WHICHEVER_WORKS -> {
        if (Libc.effectiveUser() != 0) {
          yield byProgram(directory, options);
        }
        try {
          yield byCall(directory, options);
        } catch (MountException e) {
          if (e.reason() != MountException.Reason.NOT_PERMITTED) {
            throw e;
          }
          // Root of a container, that may not mount.
          yield byProgram(directory, options);
        }
      }
    };
  }

  private static int byProgram(Path directory, MountOptions options) throws MountException {
    if (Files.notExists(Path.of(DEVICE))) {
      throw noDevice();
    }
    String more = "ro,nosuid,nodev,noatime,subtype=spindrift,fsname=" + options.source() + ",";
    return Fusermount.find().mount(directory, more + common(options));
  }

  private static int byCall(Path directory, MountOptions options) throws MountException {
    int descriptor = Libc.open(DEVICE, Libc.O_RDWR | Libc.O_CLOEXEC);
    if (descriptor < 0) {
      throw descriptor == -Errno.EACCES.number() || descriptor == -Errno.EPERM.number()
          ? deviceNotPermitted()
          : noDevice();
    }
    String data =
        "fd=%d,rootmode=40000,user_id=%d,group_id=%d,%s"
            .formatted(descriptor, Libc.effectiveUser(), Libc.effectiveGroup(), common(options));
    int failed =
        Libc.mount(
            options.source(),
            RawPath.bytes(directory),
            MountTable.TYPE,
            Libc.MS_RDONLY | Libc.MS_NOSUID | Libc.MS_NODEV | Libc.MS_NOATIME,
            data);
    if (failed != 0) {
      Libc.close(descriptor);
      throw refused(directory, -failed);
    }
    return descriptor;
  }

  private static String common(MountOptions options) {
    String data = "default_permissions,max_read=" + FuseSession.MAX_READ_BYTES;
    return options.flags().contains(MountOptions.Flag.ALLOW_OTHER) ? data + ",allow_other" : data;
  }

  private static MountException refused(Path directory, int errno) {
    if (errno == Errno.EPERM.number() || errno == Errno.EACCES.number()) {
      return new MountException(
          MountException.Reason.NOT_PERMITTED,
          "this user may not mount on " + directory + " directly; fusermount3 may");
    }
    return errno == Errno.ENODEV.number()
        ? noDevice()
        : new MountException(
            MountException.Reason.FAILED,
            "the kernel refused to mount on " + directory + ": " + Errno.name(errno));
  }

  static MountException noDevice() {
    return new MountException(
        MountException.Reason.NO_DEVICE,
        "there is no working /dev/fuse: load the module (modprobe fuse), or give the container"
            + " the device (--device /dev/fuse)");
  }

  static MountException deviceNotPermitted() {
    return new MountException(
        MountException.Reason.NOT_PERMITTED,
        "this user may not open /dev/fuse: it is usually open to all (chmod 0666 /dev/fuse), or"
            + " mount as root");
  }
}
