package spindrift.http;

import java.io.InputStream;

/** The body of an answer as it comes. For one thread, but for {@link #close}. */
abstract class AnswerBody extends InputStream {
  /** Bytes that have come so far. */
  abstract long transferred();

  /** Drops what has not come yet. */
  @Override
  public abstract void close();
}
