package spindrift.substitute;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.OptionalLong;

/** Gets files over HTTP. Safe for use by several threads. */
interface MirrorClient {
  /**
   * The size in bytes; empty where there is no such file.
   *
   * @throws IOException when the server cannot say
   */
  OptionalLong size(URI file) throws IOException;

  /** Opens a file at an offset; the caller closes the stream. A read fails when nothing comes. */
  InputStream open(URI file, long from) throws IOException;
}
