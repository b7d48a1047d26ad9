package spindrift.testkit;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import spindrift.base.Bytes;

/**
 * A running IPFS peer that others made, in a process of its own: no bootstrap, no DHT, nobody but
 * whom it is told to connect to. {@link PeerProgram} starts it, closing it ends the process.
 *
 * <p>Each call ends within {@link #LIMIT_SECONDS}. It throws {@link IOException} with what the peer
 * said when the peer could not do it. Safe for use by several threads.
 */
public interface OtherPeer extends AutoCloseable {
  /** Long enough for any transfer of a test on a loaded machine. */
  int LIMIT_SECONDS = 60;

  /** Kubo's content-defined chunker, which cuts the leaves that Spindrift cuts. */
  String BUZHASH = "buzhash";

  /** Its peer id in base58. */
  String peerId();

  /** Where it listens, each with its peer id at the end. */
  List<String> addresses();

  /** The first of its {@link #addresses()}. */
  default String address() {
    return addresses().getFirst();
  }

  /**
   * Connects it to a peer.
   *
   * @param multiaddr with the peer id at its end
   */
  void connect(String multiaddr) throws IOException;

  void disconnect(String peerId) throws IOException;

  /** The ids of the peers that it is connected to. */
  List<String> peers() throws IOException;

  /**
   * Cuts a file into raw leaves, CIDv1 and 1024 links a node; it serves them from then on.
   *
   * @param chunker {@code size-BYTES} or {@link #BUZHASH}, which only some {@link
   *     PeerProgram#hasBuzhash() have}
   * @return the CID
   */
  String add(Path file, String chunker) throws IOException;

  /** Takes a raw block, serves it, and returns its CID. */
  String put(Bytes block) throws IOException;

  /** Whether a block is here; asks nobody. */
  boolean has(String cid) throws IOException;

  /** A block, from wherever it is. */
  default Bytes block(String cid) throws IOException {
    return block(cid, LIMIT_SECONDS);
  }

  /** Gives up on the block sooner than others do. */
  Bytes block(String cid, int limitSeconds) throws IOException;

  /** Keeps asking for a block in the background; see {@link #awaitBlock}. */
  void want(String cid) throws IOException;

  /** Waits for a block that it {@link #want}s. */
  void awaitBlock(String cid) throws IOException;

  /** Reads a UnixFS file whole into a file that is not there yet. */
  void cat(String cid, Path to) throws IOException;

  /** Writes a UnixFS file or directory to where nothing is yet. */
  void get(String cid, Path to) throws IOException;

  /** Ends the process; does nothing the second time. */
  @Override
  void close() throws IOException;
}
