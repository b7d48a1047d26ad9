package spindrift.fuse;

/** The kernel's names of errors that a file system may need; include/uapi/asm-generic/errno.h. */
public enum Errno {
  EPERM(1),
  ENOENT(2),
  EINTR(4),
  EIO(5),
  EBADF(9),
  EAGAIN(11),
  EACCES(13),
  EFAULT(14),
  EBUSY(16),
  ENODEV(19),
  ENOTDIR(20),
  EISDIR(21),
  EINVAL(22),
  ENOSPC(28),
  EROFS(30),
  ERANGE(34),
  ENAMETOOLONG(36),
  ENOSYS(38),
  ENODATA(61),
  EOPNOTSUPP(95),
  ECONNABORTED(103),
  ENOTCONN(107),
  ETIMEDOUT(110),
  ESTALE(116);

  private final int number;

  Errno(int number) {
    this.number = number;
  }

  /** The number that programs see. */
  public int number() {
    return number;
  }

  /** The name of a number, or the number itself. */
  static String name(int number) {
    for (Errno errno : values()) {
      if (errno.number == number) {
        return errno.name();
      }
    }
    return "errno " + number;
  }
}
