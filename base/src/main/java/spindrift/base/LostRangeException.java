package spindrift.base;

import java.io.IOException;

/** That a file of this machine does not have, or does not give, the bytes that it was to have. */
public final class LostRangeException extends IOException {
  private static final long serialVersionUID = 1;

  public LostRangeException(FileRange range, String why) {
    super(range.file() + " does not give " + range.length() + " bytes: " + why);
  }
}
