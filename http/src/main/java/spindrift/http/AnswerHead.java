package spindrift.http;

import java.io.IOException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The head of an answer of HTTP/1.1: its status, and the first value of each field.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9112#section-6.3">RFC 9112, 6.3: how long a body
 *     is</a>
 */
final class AnswerHead {
  /** Ours, bytes; servers allow themselves 8 KiB. */
  static final int MAX_BYTES = 64 << 10;

  /** Ours: answers such as 103 that come before the one that counts. */
  private static final int MAX_INTERIM = 8;

  private static final int SWITCHING = 101;

  private final int status;
  private final boolean isOld;
  private final Map<String, String> fields = new HashMap<>();

  private AnswerHead(int status, boolean isOld) {
    this.status = status;
    this.isOld = isOld;
  }

  static AnswerHead read(PlainConnection connection, long until) throws IOException {
    for (int count = 0; count < MAX_INTERIM; count++) {
      AnswerHead head = one(connection, until);
      if (head.status == SWITCHING) {
        throw new IOException("the server changes the protocol");
      }
      if (head.status >= 200) {
        return head;
      }
    }
    throw new IOException("the server does not come to an answer");
  }

  private static AnswerHead one(PlainConnection connection, long until) throws IOException {
    String first = connection.line(MAX_BYTES, until);
    if (!first.matches("HTTP/1\\.[01] [1-9][0-9][0-9]( .*)?")) {
      throw new IOException("the answer is not one of HTTP/1.1");
    }
    AnswerHead head =
        new AnswerHead(Integer.parseInt(first.substring(9, 12)), first.charAt(7) == '0');
    int left = MAX_BYTES - first.length();
    for (String line = connection.line(left, until);
        !line.isEmpty();
        line = connection.line(left, until)) {
      left -= line.length() + 2;
      head.add(line);
    }
    return head;
  }

  private void add(String line) throws IOException {
    int colon = line.indexOf(':');
    if (colon <= 0 || line.charAt(0) <= ' ') {
      throw new IOException("a field of the answer's head is none");
    }
    String name = line.substring(0, colon).toLowerCase(Locale.ROOT);
    String value = line.substring(colon + 1).strip();
    String before = fields.putIfAbsent(name, value);
    if (before != null && name.equals("content-length") && !before.equals(value)) {
      throw new IOException("the answer says two lengths of itself");
    }
  }

  int status() {
    return status;
  }

  /** The first value of a field. */
  Optional<String> field(String name) {
    return Optional.ofNullable(fields.get(name.toLowerCase(Locale.ROOT)));
  }

  /** Whether it has no body, whatever its fields say. */
  boolean isBodiless(WebRequest.Method method) {
    return method == WebRequest.Method.HEAD || status == 204 || status == 304;
  }

  /** Whether the body comes in chunks. */
  boolean isChunked() throws IOException {
    Optional<String> coding = field("transfer-encoding");
    if (coding.isPresent() && !coding.get().equalsIgnoreCase("chunked")) {
      throw new IOException("the answer has a transfer coding that nobody asked for");
    }
    return coding.isPresent();
  }

  /** Bytes of a body that is not chunked; -1 for one that ends with the connection. */
  long length() throws IOException {
    Optional<String> length = field("content-length");
    if (length.isEmpty()) {
      return -1;
    }
    if (!length.get().matches("[0-9]{1,18}")) {
      throw new IOException("the length of the answer is no number");
    }
    return Long.parseLong(length.get());
  }

  /** Whether the connection can be used again after the body. */
  boolean staysOpen() {
    String connection = field("connection").orElse("").toLowerCase(Locale.ROOT);
    return isOld ? connection.equals("keep-alive") : !connection.contains("close");
  }
}
