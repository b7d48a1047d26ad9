package spindrift.p2p;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.function.Predicate;
import spindrift.base.AbsentException;
import spindrift.base.Bytes;
import spindrift.base.Excerpt;
import spindrift.base.MalformedDataException;
import spindrift.base.ProtocolViolationException;
import spindrift.base.Varint;

/**
 * Agreeing on a protocol over a stream: both sides say {@value #HEADER}, the dialer proposes, the
 * listener repeats the proposal or says {@value #NO}. Each message is its length as a varint, a
 * text and a line feed. Nothing past the last message is read from a stream, since what follows is
 * the protocol's.
 *
 * @see <a href="https://github.com/multiformats/multistream-select">multistream-select</a>
 */
final class Multistream {
  /** What both sides say first. */
  static final String HEADER = "/multistream/1.0.0";

  /** The answer to a proposal that the listener does not speak. */
  static final String NO = "na";

  /** Ours: the longest message with its line feed; the names of deployed protocols are short. */
  static final int MAX_MESSAGE_BYTES = 1024;

  /** Ours: how often a dialer may propose; deployed ones have a handful of versions. */
  static final int MAX_PROPOSALS = 32;

  private static final int MAX_LENGTH_BYTES = 2;

  private Multistream() {}

  /**
   * The dialer's side, when it waits for the answer.
   *
   * @param protocols in order of preference; the first goes out with the header
   * @throws AbsentException when the listener speaks none of them
   */
  static String select(InputStream in, OutputStream out, List<String> protocols)
      throws IOException, AbsentException, MalformedDataException, ProtocolViolationException {
    out.write(proposal(protocols.getFirst()).toArray());
    out.flush();
    readHeader(in);
    for (int i = 0; i < protocols.size(); i++) {
      if (i > 0) {
        out.write(message(protocols.get(i)).toArray());
        out.flush();
      }
      if (isAccepted(in, protocols.get(i))) {
        return protocols.get(i);
      }
    }
    throw new AbsentException("peer speaks none of " + protocols);
  }

  /**
   * The dialer's first bytes: the header and a proposal. Whoever is sure of the answer writes the
   * protocol's own bytes behind them, and reads with {@link #confirm} before anything else.
   */
  static Bytes proposal(String protocol) {
    return message(HEADER).concat(message(protocol));
  }

  /**
   * Reads the answer to a lone {@link #proposal}.
   *
   * @throws AbsentException when the listener does not speak the protocol
   */
  static void confirm(InputStream in, String protocol)
      throws IOException, AbsentException, MalformedDataException, ProtocolViolationException {
    readHeader(in);
    if (!isAccepted(in, protocol)) {
      throw new AbsentException("peer does not speak " + protocol);
    }
  }

  /**
   * The listener's side: answers proposals until it speaks one, and returns that.
   *
   * @throws EOFException when the dialer gives up
   */
  static String answer(InputStream in, OutputStream out, Predicate<String> speaks)
      throws IOException, MalformedDataException, ProtocolViolationException {
    readHeader(in);
    Bytes unsent = message(HEADER);
    if (in.available() == 0) {
      // This dialer may be waiting for the header; others get it together with the answer.
      send(out, unsent);
      unsent = Bytes.EMPTY;
    }
    for (int i = 0; i < MAX_PROPOSALS; i++) {
      String proposed = read(in);
      boolean agreed = speaks.test(proposed);
      send(out, unsent.concat(message(agreed ? proposed : NO)));
      unsent = Bytes.EMPTY;
      if (agreed) {
        return proposed;
      }
    }
    throw new ProtocolViolationException(HEADER, "over " + MAX_PROPOSALS + " proposals");
  }

  private static void send(OutputStream out, Bytes bytes) throws IOException {
    out.write(bytes.toArray());
    out.flush();
  }

  private static Bytes message(String text) {
    Bytes line = Bytes.utf8(text + "\n");
    if (line.size() > MAX_MESSAGE_BYTES) {
      throw new IllegalArgumentException("a protocol name of " + line.size() + " bytes");
    }
    byte[] length = new byte[MAX_LENGTH_BYTES];
    return Bytes.copyOf(length, 0, Varint.write(line.size(), length, 0)).concat(line);
  }

  private static void readHeader(InputStream in)
      throws IOException, MalformedDataException, ProtocolViolationException {
    String text = read(in);
    if (!text.equals(HEADER)) {
      throw new ProtocolViolationException(HEADER, "peer begins with " + Excerpt.of(text));
    }
  }

  private static boolean isAccepted(InputStream in, String proposed)
      throws IOException, MalformedDataException, ProtocolViolationException {
    String text = read(in);
    if (!text.equals(proposed) && !text.equals(NO)) {
      throw new ProtocolViolationException(
          HEADER, "peer answers " + Excerpt.of(proposed) + " with " + Excerpt.of(text));
    }
    return text.equals(proposed);
  }

  /** Reads one message, without its line feed. */
  private static String read(InputStream in) throws IOException, MalformedDataException {
    int length = readByte(in);
    if (length >= 0x80) {
      length = (length & 0x7f) | (readByte(in) << 7);
    }
    if (length == 0 || length > MAX_MESSAGE_BYTES) {
      throw new MalformedDataException(
          HEADER, -1, "message of " + length + " bytes, not 1…" + MAX_MESSAGE_BYTES);
    }
    byte[] line = new byte[length];
    if (in.readNBytes(line, 0, length) < length) {
      throw ended();
    }
    if (line[length - 1] != '\n') {
      throw new MalformedDataException(HEADER, -1, "message without a line feed");
    }
    return Bytes.copyOf(line, 0, length - 1)
        .utf8()
        .orElseThrow(() -> new MalformedDataException(HEADER, -1, "message that is not UTF-8"));
  }

  private static int readByte(InputStream in) throws IOException {
    int b = in.read();
    if (b < 0) {
      throw ended();
    }
    return b;
  }

  private static EOFException ended() {
    return new EOFException("peer ended the stream during " + HEADER);
  }
}
