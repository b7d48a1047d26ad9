package spindrift.ipld;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a UnixFS node says of its file besides the content.
 *
 * @param mode POSIX permission bits in the lowest twelve; other bits are kept as they are
 */
public record UnixFsAttributes(OptionalInt mode, Optional<UnixFsTime> mtime) {
  /** Nothing said. */
  public static final UnixFsAttributes NONE =
      new UnixFsAttributes(OptionalInt.empty(), Optional.empty());

  /** A mode and no time. */
  public static UnixFsAttributes ofMode(int mode) {
    return new UnixFsAttributes(OptionalInt.of(mode), Optional.empty());
  }

  /** Whether the owner may execute the file. */
  public boolean isExecutable() {
    return mode.isPresent() && (mode.getAsInt() & 0100) != 0;
  }
}
