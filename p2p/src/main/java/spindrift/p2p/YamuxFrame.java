package spindrift.p2p;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The frames of Yamux. Each has a head of twelve bytes, big-endian: version, type, flags (2),
 * stream (4), length (4). Only DATA is followed by as many bytes as its length says.
 *
 * @see <a href="https://github.com/libp2p/specs/blob/master/yamux/README.md">Yamux</a>
 */
final class YamuxFrame {
  static final String PROTOCOL = "/yamux/1.0.0";

  static final int HEAD = 12;
  static final int VERSION = 0;

  static final int DATA = 0;
  static final int WINDOW_UPDATE = 1;
  static final int PING = 2;
  static final int GO_AWAY = 3;

  static final int SYN = 1;
  static final int ACK = 2;
  static final int FIN = 4;
  static final int RST = 8;

  /** The stream of frames that concern the whole connection. */
  static final int CONNECTION = 0;

  /** What either side may send on a new stream; the specification fixes it. */
  static final int INITIAL_WINDOW = 256 << 10;

  /** The length of a GOAWAY: why. */
  static final int NORMAL = 0;

  static final int PROTOCOL_ERROR = 1;

  /** The length of a WINDOW_UPDATE that carries RST: why, as go-libp2p numbers it. */
  static final int NO_REASON = 0;

  static final int RESOURCE_LIMIT = 0x1002;

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  private YamuxFrame() {}

  static void put(byte[] target, int at, int type, int flags, int stream, int length) {
    INT.set(target, at, VERSION << 24 | type << 16 | flags);
    INT.set(target, at + 4, stream);
    INT.set(target, at + 8, length);
  }

  static int version(byte[] source, int at) {
    return source[at] & 0xff;
  }

  static int type(byte[] source, int at) {
    return source[at + 1] & 0xff;
  }

  static int flags(byte[] source, int at) {
    return (int) INT.get(source, at) & 0xffff;
  }

  static int stream(byte[] source, int at) {
    return (int) INT.get(source, at + 4);
  }

  /** As an unsigned number of 32 bits. */
  static long length(byte[] source, int at) {
    return Integer.toUnsignedLong((int) INT.get(source, at + 8));
  }

  static void length(byte[] target, int at, int length) {
    INT.set(target, at + 8, length);
  }
}
