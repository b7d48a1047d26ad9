package spindrift.p2p;

import java.io.IOException;
import java.nio.file.Path;
import spindrift.base.Bytes;
import spindrift.base.ConfigException;

/** The Ed25519 key pair by which a node is known. Safe for use by several threads. */
public final class Identity {
  private Identity() {}

  /** A new one. */
  public static Identity generate() {
    throw new UnsupportedOperationException("TODO");
  }

  /**
   * Reads the identity in a file, or makes one and writes it there, readable by its owner only.
   *
   * @throws ConfigException when the file is no identity, or others may read it
   */
  public static Identity open(Path file) throws IOException, ConfigException {
    throw new UnsupportedOperationException("TODO");
  }

  public PeerId peerId() {
    throw new UnsupportedOperationException("TODO");
  }

  public PublicKey publicKey() {
    throw new UnsupportedOperationException("TODO");
  }

  /** A signature of 64 bytes. */
  public Bytes sign(Bytes message) {
    throw new UnsupportedOperationException("TODO");
  }
}
