package spindrift.store;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;
import java.util.Set;
import spindrift.base.FaultException;
import spindrift.nix.PathInfo;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;

/** What a {@link StoreSocket} lets Nix read. For any number of threads. */
public interface OfferedStore {
  /** The store directory that paths are written with. */
  StoreDir storeDir();

  /** What is known of a path; empty where it is not valid here. */
  Optional<PathInfo> pathInfo(StorePath path) throws IOException, FaultException;

  /**
   * The valid path with this hash part.
   *
   * @param hashPart 32 characters of nix32
   */
  Optional<StorePath> byHashPart(String hashPart) throws IOException, FaultException;

  /** Those of the paths that are valid. */
  Set<StorePath> validPaths(Set<StorePath> paths) throws IOException, FaultException;

  /** Every path that is known to be valid; there may be more. */
  Set<StorePath> allPaths() throws IOException, FaultException;

  /** Writes the NAR of a valid path: all {@link PathInfo#narSize} bytes of it, or fails. */
  void writeNar(PathInfo info, OutputStream out) throws IOException, FaultException;
}
