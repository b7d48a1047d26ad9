package spindrift.fuse;

/** The kinds of files that a tree can have. */
public enum FileType {
  DIRECTORY(4),
  REGULAR(8),
  SYMLINK(10);

  private final int directoryEntryType;

  FileType(int directoryEntryType) {
    this.directoryEntryType = directoryEntryType;
  }

  /** As directories name it: DT_DIR, DT_REG, DT_LNK of dirent.h. */
  int directoryEntryType() {
    return directoryEntryType;
  }

  /** As modes name it: S_IFDIR, S_IFREG, S_IFLNK of stat.h. */
  int mode() {
    return directoryEntryType << 12;
  }
}
