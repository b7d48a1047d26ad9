package spindrift.cli;

import java.util.Locale;

/** Sizes, times and numbers as people read them. */
final class Amounts {
  private static final String UNITS = "kMGTPE";

  private Amounts() {}

  /** Bytes in powers of 1000: {@code 999 B}, {@code 1.2 kB}, {@code 226 MB}. */
  static String bytes(long bytes) {
    return scaled(bytes, 1000, "B");
  }

  /** Bytes in powers of 1024, for limits that were given in them: {@code 50 GiB}. */
  static String binaryBytes(long bytes) {
    return scaled(bytes, 1024, "iB")
        .replace(" k", " K")
        .replaceFirst(" iB$", " B")
        .replace(".0 ", " ");
  }

  private static String scaled(long bytes, int base, String unit) {
    if (bytes < base) {
      return bytes + " " + unit;
    }
    double value = (double) bytes / base;
    int step = 0;
    // 999.5 and more would be shown as 1000.
    while (value >= base - 0.5 && step < UNITS.length() - 1) {
      value /= base;
      step++;
    }
    String number = String.format(Locale.ROOT, value < 99.95 ? "%.1f" : "%.0f", value);
    return number + " " + UNITS.charAt(step) + unit;
  }

  /** A short time: {@code 85 µs}, {@code 1.2 ms}, {@code 340 ms}, {@code 2.0 s}. */
  static String micros(long micros) {
    if (micros < 1000) {
      return micros + " µs";
    }
    double millis = micros / 1000.0;
    return millis < 999.5
        ? String.format(Locale.ROOT, millis < 99.95 ? "%.1f ms" : "%.0f ms", millis)
        : String.format(Locale.ROOT, "%.1f s", millis / 1000);
  }

  /** A number and what it counts: {@code 1 path}, {@code 12 paths}. */
  static String count(long number, String singular) {
    return number + " " + singular + (number == 1 ? "" : "s");
  }

  /** Seconds, rounded: {@code 9 s}, {@code 2 min 05 s}, {@code 3 h 10 min}. */
  static String seconds(long seconds) {
    if (seconds < 60) {
      return seconds + " s";
    }
    if (seconds < 3600) {
      return String.format(Locale.ROOT, "%d min %02d s", seconds / 60, seconds % 60);
    }
    return String.format(Locale.ROOT, "%d h %02d min", seconds / 3600, seconds / 60 % 60);
  }
}
