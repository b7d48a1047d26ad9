package spindrift.nix;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import spindrift.base.Bytes;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;

/** The tokens and limits of a NAR that its reader, its writer and its arithmetic share. */
final class NarFormat {
  static final String NAME = "NAR";

  /**
   * Directories within each other. Ours: Nix 2.34 reads 64, older versions wrote 200 and more, and
   * PATH_MAX allows some 2,000.
   */
  static final int MAX_DEPTH = 1024;

  /** Bytes of a name: Nix's and NAME_MAX of Linux. */
  static final int MAX_NAME = 255;

  /** Bytes of a symbolic link's target: Nix's and PATH_MAX of Linux less the NUL. */
  static final int MAX_TARGET = 4095;

  static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  static final byte[] MAGIC = tokens("nix-archive-1");
  static final byte[] NODE = tokens("(", "type");
  static final byte[] REGULAR = tokens("regular");
  static final byte[] EXECUTABLE = tokens("executable", "");
  static final byte[] CONTENTS = tokens("contents");
  static final byte[] SYMLINK = tokens("symlink", "target");
  static final byte[] DIRECTORY = tokens("directory");
  static final byte[] ENTRY = tokens("entry");
  static final byte[] NAME_OF_ENTRY = tokens("(", "name");
  static final byte[] NODE_OF_ENTRY = tokens("node", "(", "type");
  static final byte[] CLOSE = tokens(")");

  private NarFormat() {}

  /** Zero bytes behind a string of this size. */
  static int padding(long size) {
    return (int) -size & 7;
  }

  /** The rule that a name breaks on its own, or nothing. */
  static void checkName(Bytes name, long offset)
      throws MalformedDataException, LimitExceededException {
    int size = name.size();
    if (size > MAX_NAME) {
      throw new LimitExceededException("length of a name in a NAR", MAX_NAME);
    }
    if (size == 0 || (size <= 2 && name.at(0) == '.' && name.at(size - 1) == '.')) {
      throw new MalformedDataException(NAME, offset, "a name is empty, . or ..");
    }
    for (int i = 0; i < size; i++) {
      if (name.at(i) == '/' || name.at(i) == 0) {
        throw new MalformedDataException(NAME, offset, "a name has a slash or a NUL");
      }
    }
  }

  /** Checks a target: not empty, no NUL, which no file system can hold. */
  static void checkTarget(Bytes target, long offset)
      throws MalformedDataException, LimitExceededException {
    if (target.size() > MAX_TARGET) {
      throw new LimitExceededException("length of a link's target in a NAR", MAX_TARGET);
    }
    if (target.isEmpty()) {
      throw new MalformedDataException(NAME, offset, "a link's target is empty");
    }
    for (int i = 0; i < target.size(); i++) {
      if (target.at(i) == 0) {
        throw new MalformedDataException(NAME, offset, "a link's target has a NUL");
      }
    }
  }

  static void checkDepth(int depth) throws LimitExceededException {
    if (depth > MAX_DEPTH) {
      throw new LimitExceededException("directories within each other in a NAR", MAX_DEPTH);
    }
  }

  private static byte[] tokens(String... texts) {
    int size = 0;
    for (String text : texts) {
      size += 8 + text.length() + padding(text.length());
    }
    byte[] bytes = new byte[size];
    int at = 0;
    for (String text : texts) {
      LONG.set(bytes, at, (long) text.length());
      Bytes.utf8(text).copyTo(bytes, at + 8);
      at += 8 + text.length() + padding(text.length());
    }
    return bytes;
  }
}
