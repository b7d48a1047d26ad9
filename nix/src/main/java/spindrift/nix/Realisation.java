package spindrift.nix;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import spindrift.base.Bytes;
import spindrift.base.Excerpt;
import spindrift.base.Json;
import spindrift.base.JsonObject;
import spindrift.base.JsonValue;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;

/**
 * Which store object an output of a content-addressing derivation came to be: the file {@code
 * realisations/<id>.doi} of a binary cache, as Nix to 2.34 writes it. {@link BuildTraceEntry} is
 * the form from 2.35 on; one cannot be made from the other.
 *
 * @param signatureLines {@code <key>:<base64>} each, verbatim
 * @param dependentRealisations what this one was built with; signed; empty from 2.34 on
 */
public record Realisation(
    Id id,
    StorePath outPath,
    List<String> signatureLines,
    SortedMap<Id, StorePath> dependentRealisations) {

  /** Ours: with one dependency a line of 130 bytes, some 8,000 of them. */
  public static final int MAX_SIZE = 1 << 20;

  private static final String FORMAT = "realisation";

  /** A derivation's hash modulo and one of its outputs: {@code sha256:<hex>!<output>}. */
  public record Id(NixHash derivationHash, String outputName) implements Comparable<Id> {
    /**
     * @throws IllegalArgumentException when the output has no name
     */
    public Id {
      if (!StorePath.isName(outputName)) {
        throw new IllegalArgumentException("not an output: " + Excerpt.of(outputName));
      }
    }

    public static Id parse(String text) throws MalformedDataException {
      int mark = text.indexOf('!');
      if (mark < 0 || !StorePath.isName(text.substring(mark + 1))) {
        throw new MalformedDataException(FORMAT, -1, "not hash!output: " + Excerpt.of(text));
      }
      return new Id(NixHash.parse(text.substring(0, mark)), text.substring(mark + 1));
    }

    public String render() {
      return derivationHash.prefixedHex() + "!" + outputName;
    }

    @Override
    public int compareTo(Id other) {
      return render().compareTo(other.render());
    }
  }

  public Realisation {
    signatureLines = List.copyOf(signatureLines);
    dependentRealisations = Collections.unmodifiableSortedMap(new TreeMap<>(dependentRealisations));
  }

  /** Reads the JSON of a {@code .doi} file. */
  public static Realisation parse(Bytes json)
      throws MalformedDataException, LimitExceededException {
    JsonObject object = Json.asObject(Json.parse(json, MAX_SIZE, Json.DEFAULT_MAX_DEPTH));
    List<String> lines = new ArrayList<>();
    // Absent in what the first versions wrote.
    if (object.find("signatures").isPresent()) {
      for (JsonValue line : object.items("signatures")) {
        lines.add(Json.asText(line));
      }
    }
    SortedMap<Id, StorePath> dependencies = new TreeMap<>();
    JsonObject members = object.optionalObject("dependentRealisations").orElse(JsonObject.EMPTY);
    for (Map.Entry<String, JsonValue> member : members.members().entrySet()) {
      dependencies.put(
          Id.parse(member.getKey()), StorePath.ofBaseName(Json.asText(member.getValue())));
    }
    return new Realisation(
        Id.parse(object.text("id")),
        StorePath.ofBaseName(object.text("outPath")),
        lines,
        dependencies);
  }

  /** The compact JSON with its keys in Nix's order, without a newline. */
  public String render() {
    return json().with("signatures", signatureLines).toString();
  }

  /** What a signature signs: the JSON without the signatures. */
  public Bytes signedText() {
    return Bytes.utf8(json().toString());
  }

  /** The signatures that can be understood. */
  public List<Signature> signatures() {
    return Signature.readable(signatureLines);
  }

  /** The keys among these that validly signed this realisation. */
  public List<PublicKey> signers(List<PublicKey> keys) {
    return Signature.signers(signedText(), signatures(), keys);
  }

  /** With one more signature, made here. */
  public Realisation signedBy(SecretKey key) {
    List<String> lines = new ArrayList<>(signatureLines);
    lines.add(key.sign(signedText()).render());
    return new Realisation(id, outPath, lines, dependentRealisations);
  }

  private JsonObject json() {
    JsonObject.Builder dependencies = JsonObject.builder();
    dependentRealisations.forEach(
        (dependency, path) -> dependencies.put(dependency.render(), path.baseName()));
    return JsonObject.of(
        "dependentRealisations",
        dependencies.build(),
        "id",
        id.render(),
        "outPath",
        outPath.baseName());
  }
}
