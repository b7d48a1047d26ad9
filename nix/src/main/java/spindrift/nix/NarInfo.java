package spindrift.nix;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import spindrift.base.Bytes;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;

/**
 * The text with which a binary cache describes a store object and the file that has its NAR.
 *
 * <p>What a signer wrote is kept: {@code Sig} lines are verbatim, also those that cannot be
 * understood, and lines of unknown fields stay, behind the known ones.
 *
 * @param url where the file is, relative to the cache unless absolute; never empty
 * @param fileHash the hash of the compressed file; Nix never checks it
 * @param fileSize bytes of the compressed file; Nix never checks it
 * @param narHash the SHA-256 of the uncompressed NAR
 * @param narSize bytes of the uncompressed NAR, more than 0
 * @param references sorted, each once
 * @param signatureLines the values of the {@code Sig} fields
 * @param extraFields fields that Nix does not know, such as {@code IpfsCid}
 */
public record NarInfo(
    StorePath path,
    String url,
    Compression compression,
    Optional<NixHash> fileHash,
    OptionalLong fileSize,
    NixHash narHash,
    long narSize,
    List<StorePath> references,
    Optional<StorePath> deriver,
    List<String> signatureLines,
    Optional<ContentAddress> ca,
    List<Field> extraFields) {

  /** Ours: the largest closures have some thousands of references, so 200 KiB. */
  public static final int MAX_SIZE = 1 << 20;

  /** Ours: far more than any known object has; a narinfo of {@link #MAX_SIZE} holds fewer. */
  public static final int MAX_REFERENCES = 100_000;

  /** The media type of a narinfo over HTTP. */
  public static final String MEDIA_TYPE = "text/x-nix-narinfo";

  /** One line, {@code name: value}. */
  public record Field(String name, String value) {
    /**
     * @throws IllegalArgumentException when it would not be one line, or not the same when read
     */
    public Field {
      if (name.isEmpty() || name.indexOf(':') >= 0 || !isLine(name) || !isLine(value)) {
        throw new IllegalArgumentException("not a field of a narinfo: " + name);
      }
    }

    String line() {
      return name + ": " + value + "\n";
    }
  }

  /**
   * Sorts the references and drops duplicates.
   *
   * @throws IllegalArgumentException when a value could not be read back from the text form
   */
  public NarInfo {
    requireNar(narHash, narSize);
    if (url.isEmpty() || !isLine(url) || fileSize.orElse(0) < 0) {
      throw new IllegalArgumentException("no usable file in the narinfo of " + path);
    }
    if (!signatureLines.stream().allMatch(NarInfo::isLine)) {
      throw new IllegalArgumentException("a signature of " + path + " is not one line");
    }
    if (extraFields.stream().anyMatch(field -> NarInfoReader.KNOWN.contains(field.name()))) {
      throw new IllegalArgumentException("an extra field of " + path + " is a known one");
    }
    references = references.stream().sorted().distinct().toList();
    signatureLines = List.copyOf(signatureLines);
    extraFields = List.copyOf(extraFields);
  }

  /** Reads the UTF-8 text form; the path must be in the store. */
  public static NarInfo parse(StoreDir store, Bytes text)
      throws MalformedDataException, LimitExceededException {
    if (text.size() > MAX_SIZE) {
      throw new LimitExceededException("size of a narinfo", MAX_SIZE);
    }
    String decoded = text.utf8().orElse(null);
    if (decoded == null) {
      throw new MalformedDataException(NarInfoReader.FORMAT, -1, "not UTF-8");
    }
    return new NarInfoReader(store, decoded).read();
  }

  /** Reads the text form; the path must be in the store. */
  public static NarInfo parse(StoreDir store, String text)
      throws MalformedDataException, LimitExceededException {
    return parse(store, Bytes.utf8(text));
  }

  /** The narinfo of an object whose NAR is served uncompressed as {@code nar/<NarHash>.nar}. */
  public static NarInfo of(PathInfo info) {
    return new NarInfo(
        info.path(),
        "nar/" + info.narHash().nix32() + ".nar",
        Compression.NONE,
        Optional.of(info.narHash()),
        OptionalLong.of(info.narSize()),
        info.narHash(),
        info.narSize(),
        info.references(),
        info.deriver(),
        info.signatures().stream().map(Signature::render).toList(),
        info.ca(),
        List.of());
  }

  /** The path info without what only a store knows, and without unreadable signatures. */
  public PathInfo pathInfo() {
    return new PathInfo(
        path,
        narHash,
        narSize,
        references,
        deriver,
        signatures(),
        ca,
        PathInfo.Origin.ELSEWHERE,
        0);
  }

  /** The signatures that can be understood. */
  public List<Signature> signatures() {
    return Signature.readable(signatureLines);
  }

  /** What a signature of this object signs. */
  public Bytes fingerprint(StoreDir store) {
    return Fingerprint.of(store, path, narHash, narSize, references);
  }

  /** The keys among these that validly signed this object, in the order given. */
  public List<PublicKey> signers(StoreDir store, List<PublicKey> keys) {
    return Signature.signers(fingerprint(store), signatures(), keys);
  }

  /** The value of the first extra field with a name. */
  public Optional<String> extraField(String name) {
    return extraFields.stream()
        .filter(field -> field.name().equals(name))
        .map(Field::value)
        .findFirst();
  }

  /** The text form in Nix's order, each line ended by a newline, extra fields last. */
  public String render(StoreDir store) {
    StringBuilder text = new StringBuilder(512);
    text.append("StorePath: ").append(path.in(store));
    text.append("\nURL: ").append(url);
    text.append("\nCompression: ").append(compression.label());
    fileHash.ifPresent(hash -> text.append("\nFileHash: ").append(hash.prefixedNix32()));
    fileSize.ifPresent(size -> text.append("\nFileSize: ").append(size));
    text.append("\nNarHash: ").append(narHash.prefixedNix32());
    text.append("\nNarSize: ").append(narSize);
    // The blank must be there also when nothing follows: without it Nix swallows the next line.
    text.append("\nReferences: ");
    text.append(references.stream().map(StorePath::baseName).collect(Collectors.joining(" ")));
    deriver.ifPresent(drv -> text.append("\nDeriver: ").append(drv.baseName()));
    signatureLines.forEach(line -> text.append("\nSig: ").append(line));
    ca.ifPresent(address -> text.append("\nCA: ").append(address.render()));
    text.append('\n');
    extraFields.forEach(field -> text.append(field.line()));
    return text.toString();
  }

  /** The same object in another file whose hash and size are not told. */
  public NarInfo withFile(String changedUrl, Compression changedCompression) {
    return withFile(changedUrl, changedCompression, Optional.empty(), OptionalLong.empty());
  }

  /** The same object in another file. */
  public NarInfo withFile(
      String changedUrl, Compression changedCompression, NixHash hash, long size) {
    return withFile(changedUrl, changedCompression, Optional.of(hash), OptionalLong.of(size));
  }

  /** The same object in its uncompressed file {@code nar/<NarHash>.nar}. */
  public NarInfo withPlainFile() {
    return withFile("nar/" + narHash.nix32() + ".nar", Compression.NONE, narHash, narSize);
  }

  /** With one more signature, unless it is there already. */
  public NarInfo withSignature(Signature signature) {
    return withSignatureLines(
        Stream.concat(signatureLines.stream(), Stream.of(signature.render())).distinct().toList());
  }

  /** With these {@code Sig} lines instead. */
  public NarInfo withSignatureLines(List<String> changed) {
    return new NarInfo(
        path,
        url,
        compression,
        fileHash,
        fileSize,
        narHash,
        narSize,
        references,
        deriver,
        changed,
        ca,
        extraFields);
  }

  /** With this value of an extra field, in place of all others of that name. */
  public NarInfo withExtraField(String name, String value) {
    return withExtraFields(
        Stream.concat(otherFields(name), Stream.of(new Field(name, value))).toList());
  }

  /** Without the extra fields of that name. */
  public NarInfo withoutExtraField(String name) {
    return withExtraFields(otherFields(name).toList());
  }

  private Stream<Field> otherFields(String name) {
    return extraFields.stream().filter(field -> !field.name().equals(name));
  }

  private NarInfo withExtraFields(List<Field> changed) {
    return new NarInfo(
        path,
        url,
        compression,
        fileHash,
        fileSize,
        narHash,
        narSize,
        references,
        deriver,
        signatureLines,
        ca,
        changed);
  }

  private NarInfo withFile(
      String changedUrl, Compression changed, Optional<NixHash> hash, OptionalLong size) {
    return new NarInfo(
        path,
        changedUrl,
        changed,
        hash,
        size,
        narHash,
        narSize,
        references,
        deriver,
        signatureLines,
        ca,
        extraFields);
  }

  static void requireNar(NixHash narHash, long narSize) {
    if (narHash.algorithm() != HashAlgorithm.SHA256 || narSize <= 0) {
      throw new IllegalArgumentException("not a NAR: " + narHash + ", " + narSize + " bytes");
    }
  }

  private static boolean isLine(String text) {
    return text.indexOf('\n') < 0;
  }
}
