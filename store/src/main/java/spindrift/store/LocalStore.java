package spindrift.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import spindrift.base.AbsentException;
import spindrift.base.IntegrityException;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;
import spindrift.base.RefusedException;
import spindrift.nix.PathInfo;
import spindrift.nix.Realisation;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;

/**
 * The Nix store on this machine: which objects are valid, what Nix knows of them, and their files.
 *
 * <p>Every call asks Nix anew, so a path that was just built or collected is seen as such. Calls
 * block, each under a deadline; an interrupt ends them. Everywhere {@link IOException} means that
 * the store cannot be asked now, or that its daemon reported an error ({@link DaemonException}),
 * and {@link MalformedDataException} that what answers is not a Nix that we understand. For any
 * number of threads. Whoever opened the store closes it, which fails the calls under way.
 */
public interface LocalStore extends AutoCloseable {
  /** Where the store's files are. */
  StoreLayout layout();

  /** What Nix knows of a path; empty where the path is not valid. */
  Optional<PathInfo> pathInfo(StorePath path) throws IOException, MalformedDataException;

  /**
   * The valid path with this hash part.
   *
   * @param hashPart 32 characters of nix32
   * @throws IllegalArgumentException when it is not
   */
  Optional<StorePath> byHashPart(String hashPart) throws IOException, MalformedDataException;

  /** Those of the paths that are valid. */
  Set<StorePath> validPaths(Set<StorePath> paths) throws IOException, MalformedDataException;

  /** Every valid path, derivations included. */
  Set<StorePath> allPaths() throws IOException, MalformedDataException;

  /**
   * Keeps Nix's garbage collector away from a path and its closure for at least an hour. After this
   * the path is valid and stays so.
   *
   * @throws AbsentException when the path is not valid
   */
  void protect(StorePath path) throws IOException, MalformedDataException, AbsentException;

  /**
   * Writes the NAR of a path, in bounded memory. The stream is left open. After any exception the
   * output is a piece of a NAR at the best.
   *
   * @throws AbsentException when the path is not valid; nothing was written
   * @throws IntegrityException when the files are not what Nix registered: the store is damaged
   */
  void dumpNar(StorePath path, OutputStream out)
      throws IOException, MalformedDataException, AbsentException, IntegrityException;

  /**
   * Adds an object, whose references must be valid. Nix hashes the NAR, and asks for a trusted
   * signature by its own settings. It is no error when the path is valid already.
   *
   * @param nar exactly {@link PathInfo#narSize} bytes are read from it; it is left open
   * @throws DaemonException when Nix does not take the object; nothing was registered
   * @throws RefusedException when this store cannot be written
   */
  void add(PathInfo info, InputStream nar)
      throws IOException, MalformedDataException, RefusedException;

  /**
   * What an output of a content-addressed derivation was built as, in the form of Nix up to 2.34;
   * empty also where the store cannot be asked that.
   */
  default Optional<Realisation> realisation(Realisation.Id id)
      throws IOException, MalformedDataException {
    return Optional.empty();
  }

  @Override
  void close();

  /** The store directory that paths are written with. */
  default StoreDir storeDir() {
    return layout().storeDir();
  }

  /** Where a path's files are on this machine. */
  default Path realPath(StorePath path) {
    return layout().realPath(path);
  }

  /**
   * These paths and all that they refer to, dependencies first; the order depends on nothing but
   * the set of roots.
   *
   * @throws AbsentException when a root is not valid, or ceased to be meanwhile
   * @throws LimitExceededException past {@value ClosureWalk#MAX_PATHS} paths
   */
  default List<StorePath> closure(Collection<StorePath> roots)
      throws IOException, MalformedDataException, AbsentException, LimitExceededException {
    return new ClosureWalk(this).of(roots);
  }
}
