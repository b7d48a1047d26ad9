package spindrift.nix;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import spindrift.base.Bytes;
import spindrift.base.Excerpt;
import spindrift.base.Json;
import spindrift.base.JsonObject;
import spindrift.base.JsonValue;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;

/**
 * Which store object an output of a resolved derivation came to be: the file {@code
 * build-trace-v2/<derivation>/<output>.doi} of a binary cache, as Nix from 2.35 on writes it. The
 * key is in the file's name only, and is signed together with the content.
 */
public record BuildTraceEntry(Key key, StorePath outPath, List<Signature> signatures) {
  private static final String FORMAT = "build trace entry";

  /** A resolved derivation and one of its outputs. */
  public record Key(StorePath derivation, String outputName) {
    private static final String PREFIX = "build-trace-v2/";
    private static final String SUFFIX = ".doi";

    /**
     * @throws IllegalArgumentException when the path is not a derivation's or the output no name
     */
    public Key {
      if (!derivation.isDerivation() || !StorePath.isName(outputName)) {
        throw new IllegalArgumentException("no output: " + derivation + " " + outputName);
      }
    }

    /** Reads the name of the file within a binary cache, without a leading slash. */
    public static Key ofFile(String file) throws MalformedDataException {
      int slash = file.lastIndexOf('/');
      if (file.startsWith(PREFIX) && file.endsWith(SUFFIX) && slash >= PREFIX.length()) {
        StorePath derivation = StorePath.ofBaseName(file.substring(PREFIX.length(), slash));
        String outputName = file.substring(slash + 1, file.length() - SUFFIX.length());
        if (derivation.isDerivation() && StorePath.isName(outputName)) {
          return new Key(derivation, outputName);
        }
      }
      throw new MalformedDataException(FORMAT, -1, "not the name of one: " + Excerpt.of(file));
    }

    /** The name of the file within a binary cache, without a leading slash. */
    public String file() {
      return PREFIX + derivation.baseName() + "/" + outputName + SUFFIX;
    }
  }

  public BuildTraceEntry {
    signatures = List.copyOf(signatures);
  }

  /** Reads the JSON of the file that the key names. */
  public static BuildTraceEntry parse(Key key, Bytes json)
      throws MalformedDataException, LimitExceededException {
    JsonObject object =
        Json.asObject(Json.parse(json, Realisation.MAX_SIZE, Json.DEFAULT_MAX_DEPTH));
    List<Signature> signatures = new ArrayList<>();
    for (JsonValue item : object.items("signatures")) {
      JsonObject signature = Json.asObject(item);
      signatures.add(Signature.parse(signature.text("keyName") + ":" + signature.text("sig")));
    }
    return new BuildTraceEntry(key, StorePath.ofBaseName(object.text("outPath")), signatures);
  }

  /** The compact JSON, without a newline. */
  public String render() {
    List<JsonObject> items =
        signatures.stream()
            .map(s -> JsonObject.of("keyName", s.keyName(), "sig", StrictBase64.encode(s.bytes())))
            .toList();
    return value().with("signatures", items).toString();
  }

  /** What a signature signs. */
  public Bytes signedText() {
    JsonObject signedKey =
        JsonObject.of("drvPath", key.derivation().baseName(), "outputName", key.outputName());
    return Bytes.utf8(JsonObject.of("key", signedKey, "value", value()).toString());
  }

  /** The keys among these that validly signed this entry. */
  public List<PublicKey> signers(List<PublicKey> keys) {
    return Signature.signers(signedText(), signatures, keys);
  }

  /** With one more signature, made here. */
  public BuildTraceEntry signedBy(SecretKey secret) {
    Signature added = secret.sign(signedText());
    return new BuildTraceEntry(
        key, outPath, Stream.concat(signatures.stream(), Stream.of(added)).toList());
  }

  private JsonObject value() {
    return JsonObject.of("outPath", outPath.baseName());
  }
}
