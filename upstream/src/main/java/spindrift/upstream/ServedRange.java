package spindrift.upstream;

import java.io.IOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import spindrift.http.WebAnswer;

/** What part of a file an answer has. */
final class ServedRange {
  private static final int PARTIAL = 206;
  private static final int NOT_SATISFIABLE = 416;
  private static final Pattern CONTENT_RANGE =
      Pattern.compile("bytes (\\d{1,18})-(\\d{1,18})/(\\d{1,18}|\\*)");

  private ServedRange() {}

  /**
   * Where the body begins: at the offset that was asked for, or at 0 where the server makes nothing
   * of ranges.
   *
   * @throws IOException when it begins anywhere else
   */
  static long start(WebAnswer answer, long asked) throws IOException {
    if (answer.status() == NOT_SATISFIABLE) {
      throw new IOException(answer.url().getHost() + " has a shorter file than its narinfo says");
    }
    if (answer.status() != PARTIAL) {
      return 0;
    }
    String said = answer.header("Content-Range").orElse("");
    Matcher range = CONTENT_RANGE.matcher(said);
    if (range.matches() && Long.parseLong(range.group(1)) == asked) {
      return asked;
    }
    throw new IOException(answer.url().getHost() + " serves another range than asked for");
  }

  /** Whether the server says that it serves ranges. */
  static boolean isOffered(WebAnswer answer) {
    return answer.header("Accept-Ranges").orElse("").strip().equals("bytes");
  }
}
