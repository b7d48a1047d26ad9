package spindrift.upstream;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.nix.NarInfo;

/**
 * A binary cache by others. Nothing it says is checked here but its form. It asks once: whether to
 * ask again, and when, is for others to decide. Safe for use by several threads.
 */
public interface Upstream extends AutoCloseable {
  /** Its URL without credentials. No two upstreams of a node have the same. */
  String name();

  /**
   * Those with a smaller one are preferred: what the owner set, else what its {@code
   * nix-cache-info} says once it has been read, else 50, as Nix has it for caches over HTTP.
   */
  int priority();

  /**
   * The narinfo of the path with this hash part; empty when it says that it has none, or one that
   * cannot be used, such as one whose compression nobody can undo.
   *
   * @param timeout for the whole of the answer
   * @throws BusyException when it asks to be left alone
   * @throws FaultException when what it says has not the form of a narinfo of such a path
   */
  Optional<NarInfo> narInfo(String hashPart, Duration timeout) throws IOException, FaultException;

  /**
   * Opens the NAR that one of its own narinfos names; empty when it is gone.
   *
   * @param from offset in the NAR, uncompressed, of the first byte that is read
   * @param to offset behind the last byte that will be read; what is behind it may come or not
   * @throws BusyException when it asks to be left alone
   */
  Optional<NarStream> nar(NarInfo theirs, long from, long to) throws IOException, FaultException;

  /**
   * Whether a NAR can be opened at an offset without what is before it being downloaded, as far as
   * known: one that is not compressed, and that is served in ranges.
   */
  boolean isSeekable(NarInfo theirs);

  /**
   * A small file at a path, such as {@code log/…}; empty when it says that it has none.
   *
   * @param maxBytes larger ones are refused
   * @param timeout for the whole of it
   */
  Optional<Bytes> document(String path, int maxBytes, Duration timeout)
      throws IOException, FaultException;

  /** Ends what is under way. */
  @Override
  void close();
}
