package spindrift.nix;

import java.io.IOException;
import java.io.InputStream;
import spindrift.base.Bytes;
import spindrift.base.FaultException;

/**
 * What is told of a file tree in the order of its NAR: one node, which is a call of {@link
 * #regular} or {@link #symlink}, or {@link #startDirectory}, an {@link #entry} with its node for
 * each name in ascending order, and {@link #endDirectory}.
 */
public interface NarVisitor {
  void startDirectory() throws IOException, FaultException;

  /** The next node is the entry of this name in the directory begun last. */
  void entry(Bytes name) throws IOException, FaultException;

  void endDirectory() throws IOException, FaultException;

  /**
   * A regular file. The stream ends after {@code size} bytes and is good during this call only;
   * what is left unread of it is skipped.
   */
  void regular(FileMode mode, long size, InputStream contents) throws IOException, FaultException;

  void symlink(Bytes target) throws IOException, FaultException;
}
