package spindrift.nix;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import spindrift.base.Excerpt;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;

/** Reads one narinfo: as strict as Nix, and stricter where Nix would take the last of two. */
final class NarInfoReader {
  static final String FORMAT = "narinfo";

  /** Nix's fields, all of which but {@code Sig} stand once. */
  static final Set<String> KNOWN =
      Set.of(
          "StorePath",
          "URL",
          "Compression",
          "FileHash",
          "FileSize",
          "NarHash",
          "NarSize",
          "References",
          "Deriver",
          "Sig",
          "CA");

  private final StoreDir store;
  private final String text;
  private final Map<String, String> values = new HashMap<>();
  private final List<String> signatureLines = new ArrayList<>();
  private final List<NarInfo.Field> extraFields = new ArrayList<>();

  NarInfoReader(StoreDir store, String text) {
    this.store = store;
    this.text = text;
  }

  NarInfo read() throws MalformedDataException, LimitExceededException {
    readLines();
    NixHash narHash = NixHash.parse(required("NarHash"));
    if (narHash.algorithm() != HashAlgorithm.SHA256) {
      throw malformed("NarHash is not a SHA-256");
    }
    long narSize = number("NarSize", required("NarSize"));
    if (narSize == 0) {
      throw malformed("NarSize is 0");
    }
    String url = required("URL");
    if (url.isEmpty()) {
      throw malformed("URL is empty");
    }
    return new NarInfo(
        StorePath.parse(store, required("StorePath")),
        url,
        compression(),
        fileHash(),
        fileSize(),
        narHash,
        narSize,
        references(),
        deriver(),
        signatureLines,
        contentAddress(),
        extraFields);
  }

  private void readLines() throws MalformedDataException {
    int at = 0;
    while (at < text.length()) {
      int end = text.indexOf('\n', at);
      if (end < 0) {
        throw new MalformedDataException(FORMAT, at, "the last line has no newline");
      }
      int colon = text.indexOf(": ", at);
      if (colon <= at || colon >= end || text.indexOf(':', at) != colon) {
        throw new MalformedDataException(
            FORMAT, at, "not \"name: value\": " + Excerpt.of(text.substring(at, end)));
      }
      accept(at, text.substring(at, colon), text.substring(colon + 2, end));
      at = end + 1;
    }
  }

  private void accept(int at, String name, String value) throws MalformedDataException {
    if (name.equals("Sig")) {
      signatureLines.add(value);
    } else if (!KNOWN.contains(name)) {
      extraFields.add(new NarInfo.Field(name, value));
    } else if (values.putIfAbsent(name, value) != null) {
      throw new MalformedDataException(FORMAT, at, name + " stands twice");
    }
  }

  private Compression compression() throws MalformedDataException {
    String label = values.getOrDefault("Compression", "");
    // Nix's default, from before there was a choice.
    return label.isEmpty() ? Compression.BZIP2 : Compression.parse(label);
  }

  private Optional<NixHash> fileHash() throws MalformedDataException {
    @Nullable String value = values.get("FileHash");
    return value == null ? Optional.empty() : Optional.of(NixHash.parse(value));
  }

  private OptionalLong fileSize() throws MalformedDataException {
    @Nullable String value = values.get("FileSize");
    return value == null ? OptionalLong.empty() : OptionalLong.of(number("FileSize", value));
  }

  private List<StorePath> references() throws MalformedDataException, LimitExceededException {
    List<StorePath> references = new ArrayList<>();
    for (String name : values.getOrDefault("References", "").split(" ", -1)) {
      if (references.size() == NarInfo.MAX_REFERENCES) {
        throw new LimitExceededException("references of a narinfo", NarInfo.MAX_REFERENCES);
      }
      if (!name.isEmpty()) {
        references.add(StorePath.ofBaseName(name));
      }
    }
    return references;
  }

  private Optional<StorePath> deriver() throws MalformedDataException {
    String value = values.getOrDefault("Deriver", "unknown-deriver");
    return value.equals("unknown-deriver")
        ? Optional.empty()
        : Optional.of(StorePath.ofBaseName(value));
  }

  private Optional<ContentAddress> contentAddress() throws MalformedDataException {
    String value = values.getOrDefault("CA", "");
    return value.isEmpty() ? Optional.empty() : Optional.of(ContentAddress.parse(value));
  }

  private String required(String name) throws MalformedDataException {
    @Nullable String value = values.get(name);
    if (value == null) {
      throw malformed(name + " is missing");
    }
    return value;
  }

  /** Digits only: a sign or a number past 2^63-1 is refused. */
  private static long number(String name, String value) throws MalformedDataException {
    try {
      if (!value.isEmpty() && value.chars().allMatch(c -> c >= '0' && c <= '9')) {
        return Long.parseLong(value);
      }
    } catch (NumberFormatException e) {
      // Too large: the same answer.
    }
    throw malformed(name + " is not a size: " + Excerpt.of(value));
  }

  private static MalformedDataException malformed(String rule) {
    return new MalformedDataException(FORMAT, -1, rule);
  }
}
