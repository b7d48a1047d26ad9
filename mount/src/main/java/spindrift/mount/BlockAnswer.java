package spindrift.mount;

import java.nio.file.Path;
import spindrift.base.Bytes;
import spindrift.base.FileIdentity;

/** What became of a block that was asked for. */
public sealed interface BlockAnswer {
  /**
   * It lies in a file of this machine, and is believed while that has this identity.
   *
   * @param offset of its first byte
   * @param length in bytes
   */
  record InFile(Path file, long offset, int length, FileIdentity identity) implements BlockAnswer {}

  /** Its bytes, checked by nobody yet. */
  record Content(Bytes bytes) implements BlockAnswer {}

  /** It is not to be had now. */
  record Absent(String why) implements BlockAnswer {}
}
