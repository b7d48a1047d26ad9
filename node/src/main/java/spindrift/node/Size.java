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
    return parse(key, text, text, "want a size such as 500M, 50G or 1T");
  }

  /** Reads a rate in bytes a second, such as {@code 500K} or {@code 10M/s}; at least 1. */
  static long parseRate(String key, String text) throws ConfigException {
    String wanted = "want bytes a second, such as 500K or 10M; without a limit leave it out";
    long rate = parse(key, text, text.strip().replaceFirst("/s$", ""), wanted);
    if (rate == 0) {
      throw new ConfigException(key, text, wanted);
    }
    return rate;
  }

  private static long parse(String key, String text, String size, String wanted)
      throws ConfigException {
    Matcher form = FORM.matcher(size.trim().toUpperCase(Locale.ROOT).replace("IB", "B"));
    if (form.matches()) {
      int shift = "KMGT".indexOf(form.group(2)) * 10 + 10;
      try {
        long unit = form.group(2).isEmpty() ? 1 : 1L << shift;
        return Math.multiplyExact(Long.parseLong(form.group(1)), unit);
      } catch (ArithmeticException e) {
        throw new ConfigException(key, text, "more than there can be");
      }
    }
    throw new ConfigException(key, text, wanted);
  }
}
