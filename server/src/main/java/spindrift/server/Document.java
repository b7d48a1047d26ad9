package spindrift.server;

import java.util.Optional;
import java.util.regex.Pattern;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.Json;
import spindrift.base.MalformedDataException;
import spindrift.catalog.Documents;
import spindrift.nix.BuildTraceEntry;
import spindrift.nix.Realisation;
import spindrift.nix.StorePath;

/**
 * A small file of a binary cache that is no store object.
 *
 * @param name its path in the cache
 */
record Document(String name, Kind kind) {
  private static final Pattern BUILD_ID = Pattern.compile("[0-9a-f]{40}(\\.debug)?");
  private static final String SUFFIX = ".doi";
  private static final String TEXT = "text/plain; charset=utf-8";
  private static final String JSON = "application/json";

  /** What it is about. */
  enum Kind {
    LOG("log/", TEXT),
    REALISATION("realisations/", JSON),
    BUILD_TRACE("build-trace-v2/", JSON),
    DEBUG_INFO("debuginfo/", JSON);

    private final String prefix;
    private final String mediaType;

    Kind(String prefix, String mediaType) {
      this.prefix = prefix;
      this.mediaType = mediaType;
    }
  }

  /** The document at a path, where that has the form of one. */
  static Optional<Document> at(String path) {
    for (Kind kind : Kind.values()) {
      if (path.startsWith(kind.prefix)) {
        Document document = new Document(path, kind);
        return document.hasGoodName() ? Optional.of(document) : Optional.empty();
      }
    }
    return Optional.empty();
  }

  String mediaType() {
    return kind.mediaType;
  }

  int maxSize() {
    return switch (kind) {
      case LOG -> Documents.MAX_SIZE;
      case REALISATION, BUILD_TRACE, DEBUG_INFO -> Realisation.MAX_SIZE;
    };
  }

  /** The derivation whose log this is. */
  StorePath derivation() throws MalformedDataException {
    return StorePath.ofBaseName(rest());
  }

  /** Fails unless the content is what the name says. */
  void check(Bytes content) throws FaultException {
    switch (kind) {
      case LOG -> {}
      case DEBUG_INFO -> Json.parseObject(content);
      case BUILD_TRACE -> BuildTraceEntry.parse(BuildTraceEntry.Key.ofFile(name), content);
      case REALISATION -> {
        Realisation realisation = Realisation.parse(content);
        if (!realisation.id().equals(realisationId())) {
          throw new MalformedDataException(
              "realisation", -1, "is " + realisation.id() + " and was put at " + name);
        }
      }
    }
  }

  private boolean hasGoodName() {
    try {
      return switch (kind) {
        case LOG -> derivation().isDerivation();
        case DEBUG_INFO -> BUILD_ID.matcher(rest()).matches();
        case BUILD_TRACE -> !BuildTraceEntry.Key.ofFile(name).outputName().isEmpty();
        case REALISATION -> rest().equals(realisationId().render() + SUFFIX);
      };
    } catch (MalformedDataException e) {
      return false;
    }
  }

  /** The output whose realisation this is. */
  Realisation.Id realisationId() throws MalformedDataException {
    String rest = rest();
    return Realisation.Id.parse(rest.substring(0, Math.max(0, rest.length() - SUFFIX.length())));
  }

  private String rest() {
    return name.substring(kind.prefix.length());
  }
}
