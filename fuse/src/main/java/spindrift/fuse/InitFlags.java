package spindrift.fuse;

/** What kernel and server may agree on: FUSE_… of include/uapi/linux/fuse.h. */
final class InitFlags {
  /** Several reads of one file at once: read-ahead. */
  static final long ASYNC_READ = 1L;

  /** Attributes come with names. */
  static final long DO_READDIRPLUS = 1L << 13;

  /** But only where the kernel guesses that somebody wants them. */
  static final long READDIRPLUS_AUTO = 1L << 14;

  /** ENOSYS to OPEN means: never ask, and keep what is cached. */
  static final long NO_OPEN_SUPPORT = 1L << 17;

  /** Look-ups and lists in one directory at once. */
  static final long PARALLEL_DIROPS = 1L << 18;

  /** Readers of the device are told of an abort by ECONNABORTED. */
  static final long ABORT_ERROR = 1L << 21;

  /** More than 32 pages a request. */
  static final long MAX_PAGES = 1L << 22;

  /** Links are asked for once. */
  static final long CACHE_SYMLINKS = 1L << 23;

  /** ENOSYS to OPENDIR means: never ask, and keep what is cached. */
  static final long NO_OPENDIR_SUPPORT = 1L << 24;

  /** Contents stay cached until we say otherwise, whatever the attributes do. */
  static final long EXPLICIT_INVAL_DATA = 1L << 25;

  /** There are flags above 31. */
  static final long INIT_EXT = 1L << 30;

  /** Requests that a dead server has read can be had again. */
  static final long HAS_RESEND = 1L << 39;

  /** All that we can make use of. */
  static final long WANTED =
      ASYNC_READ
          | DO_READDIRPLUS
          | READDIRPLUS_AUTO
          | NO_OPEN_SUPPORT
          | PARALLEL_DIROPS
          | ABORT_ERROR
          | MAX_PAGES
          | CACHE_SYMLINKS
          | NO_OPENDIR_SUPPORT
          | EXPLICIT_INVAL_DATA
          | INIT_EXT
          | HAS_RESEND;

  private InitFlags() {}
}
