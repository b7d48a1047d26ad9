package spindrift.p2p;

import java.io.IOException;
import java.util.Optional;
import spindrift.base.FaultException;

/** An encrypted connection with a peer whose identity is proved. */
interface SecureChannel extends AutoCloseable {
  PublicKey remoteKey();

  /** The muxer that both agreed on during the handshake; empty where that is still to be done. */
  Optional<String> muxer();

  /**
   * Reads some bytes, at least one; -1 at the end. Blocks. For one thread.
   *
   * @throws FaultException when the peer breaks the protocol
   */
  int read(byte[] buffer, int from, int length) throws IOException, FaultException;

  /**
   * Encrypts and sends bytes at once. Blocks while the other side does not read. For one thread.
   */
  void write(byte[] buffer, int from, int length) throws IOException;

  /** Closes the wire below. */
  @Override
  void close();
}
