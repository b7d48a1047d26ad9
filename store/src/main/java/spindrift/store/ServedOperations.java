package spindrift.store;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import spindrift.base.FaultException;
import spindrift.base.MalformedDataException;
import spindrift.nix.ContentAddress;
import spindrift.nix.PathInfo;
import spindrift.nix.Signature;
import spindrift.nix.StorePath;

/** The worker protocol's operations that only read, answered from an offered store. */
record ServedOperations(OfferedStore store, ServedConnection client) {
  private static final int IS_VALID_PATH = 1;
  private static final int HAS_SUBSTITUTES = 3;
  private static final int QUERY_REFERRERS = 6;
  private static final int BUILD_PATHS = 9;
  private static final int ENSURE_PATH = 10;
  private static final int ADD_TEMP_ROOT = 11;
  private static final int SYNC_WITH_GC = 13;
  private static final int FIND_ROOTS = 14;
  private static final int SET_OPTIONS = 19;
  private static final int QUERY_DERIVATION_OUTPUTS = 22;
  private static final int QUERY_ALL_VALID_PATHS = 23;
  private static final int QUERY_PATH_INFO = 26;
  private static final int QUERY_DERIVATION_OUTPUT_NAMES = 28;
  private static final int QUERY_PATH_FROM_HASH_PART = 29;
  private static final int QUERY_VALID_PATHS = 31;
  private static final int QUERY_SUBSTITUTABLE_PATHS = 32;
  private static final int QUERY_VALID_DERIVERS = 33;
  private static final int NAR_FROM_PATH = 38;
  private static final int QUERY_MISSING = 40;
  private static final int QUERY_DERIVATION_OUTPUT_MAP = 41;
  private static final int QUERY_REALISATION = 43;
  private static final int BUILD_PATHS_WITH_RESULTS = 46;

  /** The result of building what is there. */
  private static final int ALREADY_VALID = 2;

  /** Ours: more than any closure; each costs some hundred bytes. */
  private static final int MAX_PATHS = WireReader.MAX_REFERENCES;

  /** Numbers of a client's settings, before those that have names. */
  private static final int SETTINGS = 12;

  /** An operation that this store has not, or of which the rest cannot be read. */
  static final class RefusedOperation extends IOException {
    RefusedOperation(String message) {
      super(message);
    }
  }

  /**
   * Reads the rest of an operation and answers it.
   *
   * @throws RefusedOperation when it is to be told so, and the connection closed
   */
  void answer(long operation) throws IOException, FaultException {
    switch (Math.clamp(operation, 0, 1 << 16)) {
      case SET_OPTIONS -> setOptions();
      case IS_VALID_PATH -> client.answer().number(info(path()).isPresent() ? 1 : 0);
      case HAS_SUBSTITUTES -> no(path());
      case ADD_TEMP_ROOT -> yes(path());
      case SYNC_WITH_GC -> client.answer().number(1);
      case FIND_ROOTS -> client.answer().number(0);
      case ENSURE_PATH -> ensure(path());
      case QUERY_REFERRERS,
          QUERY_VALID_DERIVERS,
          QUERY_DERIVATION_OUTPUTS,
          QUERY_DERIVATION_OUTPUT_NAMES,
          QUERY_DERIVATION_OUTPUT_MAP ->
          no(path());
      case QUERY_ALL_VALID_PATHS -> paths(store.allPaths());
      case QUERY_VALID_PATHS -> validPaths();
      case QUERY_SUBSTITUTABLE_PATHS -> nothing(client.in().readTexts(MAX_PATHS));
      case QUERY_PATH_INFO -> pathInfo(path());
      case QUERY_PATH_FROM_HASH_PART -> byHashPart();
      case QUERY_MISSING -> missing();
      case QUERY_REALISATION -> nothing(client.in().readText(WireReader.MAX_TEXT));
      case NAR_FROM_PATH -> nar(path());
      case BUILD_PATHS -> {
        requireBuilt();
        client.answer().number(1);
      }
      case BUILD_PATHS_WITH_RESULTS -> results(requireBuilt());
      default ->
          throw new RefusedOperation(
              "this store is read-only: it is what Spindrift offers, and operation "
                  + Long.toUnsignedString(operation)
                  + " of Nix's protocol would change it or build");
    }
  }

  private StorePath path() throws IOException, MalformedDataException {
    return StorePath.parse(store.storeDir(), client.in().readText(WireReader.MAX_TEXT));
  }

  private Optional<PathInfo> info(StorePath path) throws IOException, FaultException {
    return store.pathInfo(path);
  }

  private void setOptions() throws IOException, MalformedDataException {
    for (int i = 0; i < SETTINGS; i++) {
      client.in().readWord();
    }
    long named = client.in().readNumber("settings", WireReader.MAX_SMALL_LIST);
    for (long i = 0; i < named; i++) {
      client.in().readText(WireReader.MAX_TEXT);
      client.in().readText(WireReader.MAX_MESSAGE);
    }
    client.answer();
  }

  @SuppressWarnings("unused") // it was read, which is what matters
  private void no(StorePath path) throws IOException {
    client.answer().number(0);
  }

  @SuppressWarnings("unused")
  private void yes(StorePath path) throws IOException {
    client.answer().number(1);
  }

  @SuppressWarnings("unused")
  private void nothing(Object asked) throws IOException {
    client.answer().number(0);
  }

  private void ensure(StorePath path) throws IOException, FaultException {
    valid(path);
    client.answer().number(1);
  }

  private PathInfo valid(StorePath path) throws IOException, FaultException {
    return info(path)
        .orElseThrow(() -> new DaemonException(path.in(store.storeDir()) + " is not valid"));
  }

  private void paths(Collection<StorePath> paths) throws IOException {
    client.answer().texts(texts(paths));
  }

  private List<String> texts(Collection<StorePath> paths) {
    return paths.stream().sorted().map(path -> path.in(store.storeDir())).toList();
  }

  private void validPaths() throws IOException, FaultException {
    Set<StorePath> asked = new HashSet<>();
    for (String text : client.in().readTexts(MAX_PATHS)) {
      asked.add(StorePath.parse(store.storeDir(), text));
    }
    if (client.speaks(27)) {
      client.in().readFlag();
    }
    paths(store.validPaths(asked));
  }

  private void pathInfo(StorePath path) throws IOException, FaultException {
    Optional<PathInfo> found = info(path);
    WireWriter out = client.answer().number(found.isPresent() ? 1 : 0);
    if (found.isEmpty()) {
      return;
    }
    PathInfo info = found.get();
    out.text(info.deriver().map(from -> from.in(store.storeDir())).orElse(""));
    out.text(info.narHash().hex()).texts(texts(info.references()));
    out.number(info.registrationTime()).number(info.narSize()).number(0);
    out.texts(info.signatures().stream().map(Signature::render).toList());
    out.text(info.ca().map(ContentAddress::render).orElse(""));
  }

  private void byHashPart() throws IOException, FaultException {
    String hashPart = client.in().readText(WireReader.MAX_TEXT);
    Optional<StorePath> found =
        StorePath.isHashPart(hashPart) ? store.byHashPart(hashPart) : Optional.empty();
    client.answer().text(found.map(path -> path.in(store.storeDir())).orElse(""));
  }

  /** Nothing is built or substituted here; what is not valid is not known. */
  private void missing() throws IOException, FaultException {
    Set<String> unknown = new HashSet<>();
    for (String wanted : client.in().readTexts(MAX_PATHS)) {
      String text = wanted.replaceFirst("[!^].*", "");
      if (info(StorePath.parse(store.storeDir(), text)).isEmpty()) {
        unknown.add(text);
      }
    }
    WireWriter out = client.answer().number(0).number(0);
    out.texts(unknown).number(0).number(0);
  }

  /** Nothing is left to do for a path that is valid; Nix asks for that before it copies. */
  private List<String> requireBuilt() throws IOException, FaultException {
    List<String> wanted = client.in().readTexts(MAX_PATHS);
    client.in().readWord(); // normal, or check, or repair
    for (String text : wanted) {
      if (text.contains("!") || text.contains("^")) {
        throw new DaemonException("this store is read-only: it is what Spindrift offers");
      }
      valid(StorePath.parse(store.storeDir(), text));
    }
    return wanted;
  }

  private void results(List<String> built) throws IOException {
    WireWriter out = client.answer().number(built.size());
    for (String text : built) {
      out.text(text).number(ALREADY_VALID).text("");
      if (client.speaks(29)) {
        out.number(0).number(0).number(0).number(0); // times, and whether they differed
      }
      if (client.speaks(37)) {
        out.number(0).number(0); // processor time is not known
      }
      if (client.speaks(28)) {
        out.number(0); // no outputs
      }
    }
  }

  private void nar(StorePath path) throws IOException, FaultException {
    PathInfo info = valid(path);
    WireWriter out = client.answer();
    try {
      store.writeNar(
          info,
          new OutputStream() {
            @Override
            public void write(int b) throws IOException {
              write(new byte[] {(byte) b}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int from, int size) throws IOException {
              out.raw(bytes, from, size);
            }
          });
    } catch (IOException | FaultException e) {
      // Part of the NAR is out: nothing can be said in the midst of it.
      throw new LostLinkException(String.valueOf(e.getMessage()), e);
    }
  }
}
