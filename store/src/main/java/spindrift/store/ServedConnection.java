package spindrift.store;

import java.io.EOFException;
import java.io.IOException;
import java.util.List;
import java.util.OptionalLong;
import spindrift.base.MalformedDataException;

/** The daemon's end of one connection: the greeting, and how answers begin. For one thread. */
final class ServedConnection {
  private static final long CLIENT_MAGIC = 0x6e697863;
  private static final long SERVER_MAGIC = 0x6478696f;
  private static final long LAST = 0x616c7473;
  private static final long ERROR = 0x63787470;
  private static final int MAJOR = 1;
  private static final long NOT_TRUSTED = 2;

  /** Nix shows it and draws no conclusions. */
  private static final String VERSION = "2.24.0 (Spindrift, read-only)";

  private final WireReader in;
  private final WireWriter out;
  private final int minor;

  /** Greets the client. */
  ServedConnection(DaemonLink link) throws IOException, MalformedDataException {
    this.in = new WireReader(link);
    this.out = new WireWriter(link);
    this.minor = agree();
    if (minor >= 38) {
      in.readTexts(WireReader.MAX_SMALL_LIST);
      out.texts(List.of()).flush();
    }
    // CPU affinity, with a number behind it where it is set, and space to reserve.
    if (in.readFlag()) {
      in.readWord();
    }
    in.readFlag();
    if (minor >= 33) {
      out.text(VERSION);
    }
    if (minor >= 35) {
      out.number(NOT_TRUSTED);
    }
    answer().flush();
  }

  private int agree() throws IOException, MalformedDataException {
    if (in.readWord() != CLIENT_MAGIC) {
      throw in.malformed("this is not a Nix client");
    }
    out.number(SERVER_MAGIC).number(MAJOR << 8 | DaemonConnection.MAX_MINOR).flush();
    long version = in.readNumber("a protocol version", 0xffff);
    int theirs = (int) version & 0xff;
    if (version >> 8 != MAJOR || theirs < DaemonConnection.MIN_MINOR) {
      throw in.malformed("protocol " + (version >> 8) + "." + theirs + " is too old");
    }
    return Math.min(theirs, DaemonConnection.MAX_MINOR);
  }

  /** Whether the protocol is 1.{@code minimum} or later. */
  boolean speaks(int minimum) {
    return minor >= minimum;
  }

  WireReader in() {
    return in;
  }

  /** Waits for the next operation; empty when the client has gone. */
  OptionalLong nextOperation() throws IOException {
    try {
      return OptionalLong.of(in.readWord());
    } catch (EOFException e) {
      return OptionalLong.empty();
    }
  }

  /** Says that all went well; what is to be said more comes next, and a flush. */
  WireWriter answer() throws IOException {
    return out.number(LAST);
  }

  void flush() throws IOException {
    out.flush();
  }

  /** Says what went wrong in place of an answer. */
  void fail(String message) throws IOException {
    out.number(ERROR);
    if (minor >= 26) {
      out.text("Error").number(0).text("Error").text(message).number(0).number(0);
    } else {
      out.text(message).number(1);
    }
    out.flush();
  }
}
