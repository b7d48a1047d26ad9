package spindrift.realise;

import java.io.IOException;
import java.io.InputStream;
import java.util.Collection;
import java.util.Map;
import spindrift.base.FaultException;
import spindrift.base.RangedInput;
import spindrift.nix.PathInfo;
import spindrift.nix.StorePath;

/** Where objects come from that are to be realised. For any number of threads. */
public interface ObjectSource {
  /**
   * What is known of objects, as far as it is believed. A path that nobody has is left out.
   *
   * @param paths few or some thousand
   */
  Map<StorePath, PathInfo> infos(Collection<StorePath> paths)
      throws IOException, FaultException, InterruptedException;

  /** What a NAR is given as. */
  enum Form {
    /** Bytes whose hash has been found right before the last of them comes. */
    CHECKED,
    /** As it comes, and where it lies in files of this machine as {@link RangedInput} tells. */
    UNCHECKED
  }

  /** The NAR of an object. */
  Nar nar(PathInfo info, Form form) throws IOException, FaultException;

  /** A NAR on its way; not verified. */
  interface Nar extends AutoCloseable {
    /** The NAR's bytes and nothing behind them; reading fails where they cannot be had. */
    InputStream bytes();

    /** Bytes that did not have to come over the network; known when all was read. */
    long localBytes();

    @Override
    void close() throws IOException;
  }
}
