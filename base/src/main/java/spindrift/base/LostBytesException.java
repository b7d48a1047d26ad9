package spindrift.base;

import java.io.IOException;

/**
 * That bytes could not be had where they were to be, and may be had otherwise: a file of this
 * machine does not give them, or who sent them turned out to be wrong in the midst.
 */
public final class LostBytesException extends IOException {
  private static final long serialVersionUID = 1;

  public LostBytesException(String why) {
    super(why);
  }

  /** Of a range that its file does not have, or does not give. */
  public static LostBytesException of(FileRange range, String why) {
    return new LostBytesException(
        range.file() + " does not give " + range.length() + " bytes: " + why);
  }
}
