package spindrift.server;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What of a body is asked for: bytes {@code from} (inclusive) to {@code to} (exclusive).
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#section-14.1.2">RFC 9110, 14.1.2</a>
 */
record ByteRange(long from, long to) {
  /** Eighteen digits always fit a long. */
  private static final Pattern SINGLE =
      Pattern.compile("bytes=[ \t]*(\\d{0,18})-(\\d{0,18})[ \t]*", Pattern.CASE_INSENSITIVE);

  /** What came of a Range header. */
  sealed interface Outcome {}

  /** Send all, with 200: no range was asked for, or none that has to be honoured. */
  record Whole() implements Outcome {}

  /** Send a part, with 206. */
  record Part(ByteRange range) implements Outcome {}

  /** Send nothing, with 416. */
  record Unsatisfiable() implements Outcome {}

  /**
   * Reads a Range header for a body of {@code size} bytes. Several ranges, other units and
   * malformed ones are answered with the whole, as the specification allows.
   */
  static Outcome parse(Optional<String> header, long size) {
    Matcher matcher = SINGLE.matcher(header.orElse(""));
    if (!matcher.matches()) {
      return new Whole();
    }
    String first = matcher.group(1);
    String last = matcher.group(2);
    if (first.isEmpty()) {
      return last.isEmpty() ? new Whole() : suffix(Long.parseLong(last), size);
    }
    long from = Long.parseLong(first);
    long to = last.isEmpty() ? size : Long.parseLong(last) + 1;
    if (to <= from && !last.isEmpty()) {
      return new Whole();
    }
    return from >= size ? new Unsatisfiable() : new Part(new ByteRange(from, Math.min(to, size)));
  }

  private static Outcome suffix(long length, long size) {
    return length == 0 || size == 0
        ? new Unsatisfiable()
        : new Part(new ByteRange(Math.max(0, size - length), size));
  }
}
