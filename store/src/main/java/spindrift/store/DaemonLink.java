package spindrift.store;

import java.io.Closeable;
import java.io.IOException;

/** Two streams of bytes to one daemon. Closing it from another thread ends a blocked call. */
interface DaemonLink extends Closeable {
  /** Reads 1…size bytes; -1 when the daemon has closed its side. */
  int read(byte[] target, int offset, int size) throws IOException;

  /** Writes all of it, and leaves nothing in a buffer. */
  void write(byte[] source, int offset, int size) throws IOException;

  /** What the daemon said outside the protocol, for the message when the link breaks; or blank. */
  default String lastWords() {
    return "";
  }
}
