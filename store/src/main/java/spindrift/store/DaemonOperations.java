package spindrift.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import spindrift.base.Bytes;
import spindrift.base.Digests;
import spindrift.base.Excerpt;
import spindrift.base.IntegrityException;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;
import spindrift.nix.ContentAddress;
import spindrift.nix.NixHash;
import spindrift.nix.PathInfo;
import spindrift.nix.Realisation;
import spindrift.nix.Signature;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;

/** The worker protocol's operations, on a connection that the caller holds. */
record DaemonOperations(StoreDir store) {
  private static final int ADD_TEMP_ROOT = 11;
  private static final int QUERY_ALL_VALID_PATHS = 23;
  private static final int QUERY_PATH_INFO = 26;
  private static final int QUERY_PATH_FROM_HASH_PART = 29;
  private static final int QUERY_VALID_PATHS = 31;
  private static final int ADD_SIGNATURES = 37;
  private static final int NAR_FROM_PATH = 38;
  private static final int ADD_TO_STORE_NAR = 39;
  private static final int QUERY_REALISATION = 43;

  /** Before, the answer was a path without signatures. */
  private static final int REALISATIONS_AS_JSON = 31;

  Optional<PathInfo> pathInfo(DaemonConnection daemon, StorePath path)
      throws IOException, MalformedDataException {
    daemon.out().number(QUERY_PATH_INFO).text(path.in(store));
    daemon.awaitReply();
    WireReader in = daemon.in();
    if (!in.readFlag()) {
      return Optional.empty();
    }
    String deriver = in.readText(WireReader.MAX_TEXT);
    String narHash = in.readText(WireReader.MAX_TEXT);
    List<String> references = in.readTexts(WireReader.MAX_REFERENCES);
    long registrationTime = in.readNumber("a time", Long.MAX_VALUE);
    long narSize = in.readNumber("a NAR's size", Long.MAX_VALUE);
    boolean ultimate = in.readFlag();
    List<String> signatures = in.readTexts(WireReader.MAX_SMALL_LIST);
    String ca = in.readText(WireReader.MAX_TEXT);
    RawPathInfo raw =
        new RawPathInfo(
            narHash, narSize, references, deriver, signatures, ca, ultimate, registrationTime);
    return Optional.of(raw.parse(store, path));
  }

  Optional<StorePath> byHashPart(DaemonConnection daemon, String hashPart)
      throws IOException, MalformedDataException {
    daemon.out().number(QUERY_PATH_FROM_HASH_PART).text(hashPart);
    daemon.awaitReply();
    Optional<StorePath> path = readOptionalPath(daemon);
    if (path.isPresent() && !path.get().hashPart().equals(hashPart)) {
      throw daemon.in().malformed("asked for " + hashPart + " and got " + path.get());
    }
    return path;
  }

  Set<StorePath> validPaths(DaemonConnection daemon, Set<StorePath> paths)
      throws IOException, MalformedDataException {
    WireWriter out = daemon.out().number(QUERY_VALID_PATHS);
    out.texts(paths.stream().map(path -> path.in(store)).toList());
    if (daemon.speaks(27)) {
      // Nothing is to be substituted.
      out.number(0);
    }
    daemon.awaitReply();
    Set<StorePath> valid = readPaths(daemon, paths.size());
    if (!paths.containsAll(valid)) {
      throw daemon.in().malformed("valid paths that were not asked for");
    }
    return valid;
  }

  Set<StorePath> allPaths(DaemonConnection daemon) throws IOException, MalformedDataException {
    daemon.out().number(QUERY_ALL_VALID_PATHS);
    daemon.awaitReply();
    return readPaths(daemon, WireReader.MAX_PATHS);
  }

  /** What a derivation's output was built as; daemons before Nix 2.4 know of none. */
  Optional<Realisation> realisation(DaemonConnection daemon, Realisation.Id id)
      throws IOException, MalformedDataException {
    if (!daemon.speaks(REALISATIONS_AS_JSON)) {
      return Optional.empty();
    }
    daemon.out().number(QUERY_REALISATION).text(id.render());
    daemon.awaitReply();
    List<String> found = daemon.in().readTexts(1);
    if (found.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(Realisation.parse(Bytes.utf8(found.getFirst())));
    } catch (LimitExceededException e) {
      throw daemon.in().malformed("a realisation: " + e.getMessage());
    }
  }

  void addTempRoot(DaemonConnection daemon, String fullPath)
      throws IOException, MalformedDataException {
    daemon.out().number(ADD_TEMP_ROOT).text(fullPath);
    daemon.awaitReply();
    daemon.in().readFlag();
  }

  /** Adds signatures to those that a valid path has; for who is trusted only. */
  void addSignatures(DaemonConnection daemon, StorePath path, List<Signature> signatures)
      throws IOException, MalformedDataException {
    daemon.out().number(ADD_SIGNATURES).text(path.in(store));
    daemon.out().texts(signatures.stream().map(Signature::render).toList());
    daemon.awaitReply();
    daemon.in().readFlag();
  }

  /** Asks for a NAR; {@link #copyNar} must follow. */
  void startNar(DaemonConnection daemon, StorePath path)
      throws IOException, MalformedDataException {
    daemon.out().number(NAR_FROM_PATH).text(path.in(store));
    daemon.awaitReply();
  }

  /**
   * Copies a NAR, which comes without a length. Its registered size says where it ends, and only if
   * the hash agrees is the connection known to be behind its end.
   */
  void copyNar(DaemonConnection daemon, PathInfo info, OutputStream out)
      throws IOException, IntegrityException {
    MessageDigest digest = Digests.sha256();
    byte[] piece = new byte[1 << 16];
    for (long left = info.narSize(); left > 0; ) {
      int n = daemon.in().readSome(piece, 0, (int) Math.min(piece.length, left));
      digest.update(piece, 0, n);
      out.write(piece, 0, n);
      left -= n;
      daemon.progress();
    }
    NixHash actual = NixHash.sha256(Bytes.owning(digest.digest()));
    if (!actual.equals(info.narHash())) {
      throw new IntegrityException(
          info.narHash().toString(), actual.toString(), info.path().in(store));
    }
  }

  /**
   * Adds an object as anybody's: it is not claimed to be built here, and Nix checks signatures as
   * its settings say.
   */
  void add(DaemonConnection daemon, PathInfo info, InputStream nar)
      throws IOException, MalformedDataException {
    WireWriter out = daemon.out();
    out.number(ADD_TO_STORE_NAR).text(info.path().in(store));
    out.text(info.deriver().map(path -> path.in(store)).orElse(""));
    out.text(info.narHash().hex());
    out.texts(info.references().stream().map(path -> path.in(store)).toList());
    out.number(info.registrationTime()).number(info.narSize());
    out.number(0);
    out.texts(info.signatures().stream().map(Signature::render).toList());
    out.text(info.ca().map(ContentAddress::render).orElse(""));
    out.number(0).number(0);
    if (daemon.speaks(23)) {
      daemon.awaitReplySending(nar, info.narSize());
    } else {
      daemon.awaitReplyFeeding(nar);
    }
  }

  private Set<StorePath> readPaths(DaemonConnection daemon, int maxCount)
      throws IOException, MalformedDataException {
    WireReader in = daemon.in();
    long count = in.readNumber("the number of paths", maxCount);
    Set<StorePath> paths = new HashSet<>();
    for (long i = 0; i < count; i++) {
      paths.add(StorePath.parse(store, in.readText(WireReader.MAX_TEXT)));
    }
    return paths;
  }

  private Optional<StorePath> readOptionalPath(DaemonConnection daemon)
      throws IOException, MalformedDataException {
    String text = daemon.in().readText(WireReader.MAX_TEXT);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(StorePath.parse(store, text));
    } catch (MalformedDataException e) {
      throw daemon.in().malformed("not a path of this store: " + Excerpt.of(text));
    }
  }
}
