package spindrift.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import spindrift.base.ByteSource;
import spindrift.base.Bytes;

/**
 * A response: status, header fields and body. Content-Length, Date, Connection, Accept-Ranges,
 * Content-Range and the status of a partial response are the server's business. Content-Encoding is
 * never used.
 */
public final class Reply {
  private static final String TEXT = "text/plain; charset=utf-8";

  private final int status;
  private final List<Field> fields;
  private final ByteSource body;

  /** One header field. */
  record Field(String name, String value) {}

  private Reply(int status, List<Field> fields, ByteSource body) {
    this.status = status;
    this.fields = fields;
    this.body = body;
  }

  /** Status 200 with a body, of which clients may also ask for a range. */
  public static Reply ok(String mediaType, ByteSource body) {
    return of(200, mediaType, body);
  }

  /** Status 200 with a body from memory. */
  public static Reply ok(String mediaType, Bytes body) {
    return of(200, mediaType, new MemorySource(body));
  }

  /** The same, of which there are no ranges. */
  public Reply wholeOnly() {
    return with("Accept-Ranges", "none");
  }

  /** Any final status (200…599) with a body. */
  public static Reply of(int status, String mediaType, ByteSource body) {
    if (status < 200 || status > 599) {
      throw new IllegalArgumentException("not a final status: " + status);
    }
    return new Reply(status, List.of(), body).with("Content-Type", mediaType);
  }

  /** Any final status with a line of text for people; the line feed is added. */
  public static Reply text(int status, String line) {
    return of(status, TEXT, new MemorySource(Bytes.utf8(line + "\n")));
  }

  /** Status 404, which tells Nix to go on to the next substituter. */
  public static Reply absent() {
    return text(404, "not found");
  }

  /** Status 405; {@code allow} lists the methods that there are. */
  public static Reply methodNotAllowed(String allow) {
    return text(405, "method not allowed").with("Allow", allow);
  }

  /** Status 204, no body. */
  public static Reply noContent() {
    return new Reply(204, List.of(), new MemorySource(Bytes.EMPTY));
  }

  /** Status 304: the client has it already. */
  public static Reply notModified() {
    return new Reply(304, List.of(), new MemorySource(Bytes.EMPTY));
  }

  /**
   * The same with one more header field.
   *
   * @throws IllegalArgumentException when the value has characters beyond printable ASCII, which
   *     could end the field early
   */
  public Reply with(String name, String value) {
    if (!value.chars().allMatch(c -> c >= ' ' && c < 0x7f)) {
      throw new IllegalArgumentException("a control character in field " + name);
    }
    List<Field> more = new ArrayList<>(fields);
    more.add(new Field(name, value));
    return new Reply(status, List.copyOf(more), body);
  }

  public int status() {
    return status;
  }

  public ByteSource body() {
    return body;
  }

  /** The value of a header field of this reply, by its name in any case. */
  public Optional<String> field(String name) {
    return fields.stream()
        .filter(field -> field.name().equalsIgnoreCase(name))
        .map(Field::value)
        .findFirst();
  }

  List<Field> fields() {
    return fields;
  }
}
