package spindrift.server;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import spindrift.base.MalformedDataException;

/**
 * The range of {@code entity-bytes=from:to}, as {@code from} (inclusive) to {@code to} (exclusive)
 * within a file.
 */
record EntityBytes(long from, long to) {
  private static final Pattern FORM = Pattern.compile("(-?\\d{1,18}):(-?\\d{1,18}|\\*)");

  private static final EntityBytes NOTHING = new EntityBytes(0, 0);

  /**
   * Reads the parameter; "" is the whole file. Negative numbers count from the end, {@code *} is
   * the end, and what lies outside the file is cut off.
   */
  static EntityBytes parse(String text, long size) throws MalformedDataException {
    if (text.isEmpty()) {
      return new EntityBytes(0, size);
    }
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw new MalformedDataException("entity-bytes", -1, "want FROM:TO or FROM:*");
    }
    long from = fromStart(Long.parseLong(form.group(1)), size);
    long last =
        form.group(2).equals("*") ? size - 1 : fromStart(Long.parseLong(form.group(2)), size);
    long first = Math.max(0, from);
    long end = Math.min(last + 1, size);
    return first < end ? new EntityBytes(first, end) : NOTHING;
  }

  private static long fromStart(long number, long size) {
    return number < 0 ? size + number : number;
  }
}
