package spindrift.node;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import spindrift.base.ConfigException;

/** Sizes as people write them: {@code 500M}, {@code 50G}, in powers of 1024. */
public final class Size {
  private static final Pattern FORM = Pattern.compile("(\\d{1,18})\\s*([KMGT]?)(?:i?B)?");

  private Size() {}

  /**
   * Reads a size in bytes.
   *
   * @param key the setting, for the message
   */
  public static long parse(String key, String text) throws ConfigException {
    Matcher form = FORM.matcher(text.trim().toUpperCase(Locale.ROOT).replace("IB", "B"));
    if (form.matches()) {
      int shift = "KMGT".indexOf(form.group(2)) * 10 + 10;
      try {
        long unit = form.group(2).isEmpty() ? 1 : 1L << shift;
        return Math.multiplyExact(Long.parseLong(form.group(1)), unit);
      } catch (ArithmeticException e) {
        throw new ConfigException(key, text, "more than any disk has");
      }
    }
    throw new ConfigException(key, text, "want a size such as 500M, 50G or 1T");
  }
}
