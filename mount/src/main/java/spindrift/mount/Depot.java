package spindrift.mount;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import spindrift.base.FaultException;
import spindrift.ipld.Cid;
import spindrift.nix.StorePath;

/**
 * Where a mount gets all from: the node. Calls wait for a node that restarts, up to a deadline, and
 * fail with {@link IOException} after it. Safe for use by several threads.
 */
public interface Depot extends AutoCloseable {
  /** The most blocks of one {@link #fetch}. */
  int MAX_BLOCKS = 256;

  /** The most leaves of one {@link #places}. */
  int MAX_PLACES = 4096;

  /**
   * What is known of a path, which may take as long as its NAR takes to come.
   *
   * @param nodes is told of nodes of its view that are at hand, since they are asked for next; on
   *     the calling thread
   */
  Optional<PathRecord> resolve(StorePath path, Answers nodes) throws IOException, FaultException;

  /**
   * The same path after its whole NAR was fetched and hashed.
   *
   * @throws spindrift.base.IntegrityException when it was another NAR
   */
  PathRecord prove(PathRecord record) throws IOException, FaultException;

  /** These paths and all that they refer to. */
  List<StorePath> closure(List<StorePath> roots) throws IOException, FaultException;

  /** All paths that are here. */
  List<StorePath> known() throws IOException, FaultException;

  /**
   * Says where leaves lie that are in files of this machine. It looks, and fetches nothing.
   *
   * @param leaves at most {@value #MAX_PLACES}, best in the order in which files have them
   * @param found is told of each that lies in one, in the order of the leaves, on the calling
   *     thread
   */
  void places(List<Cid> leaves, Found found) throws IOException, FaultException;

  /**
   * Gets blocks.
   *
   * @param path whose sources are asked
   * @param cids at most {@value #MAX_BLOCKS}, each once; the first is the one that is waited for
   * @param answers is told of each once, in any order, on the calling thread; of none twice
   */
  void fetch(StorePath path, List<Cid> cids, Answers answers) throws IOException, FaultException;

  /** As {@link #fetch}, but never a place in a file: the last one could not be read from there. */
  void fetchBytes(StorePath path, List<Cid> cids, Answers answers)
      throws IOException, FaultException;

  /** Takes what {@link #places} says. */
  @FunctionalInterface
  interface Found {
    void at(Cid leaf, BlockAnswer.InFile place);
  }

  /** Takes the answers of a {@link #fetch}. */
  @FunctionalInterface
  interface Answers {
    void answer(Cid cid, BlockAnswer answer);
  }

  @Override
  void close();
}
