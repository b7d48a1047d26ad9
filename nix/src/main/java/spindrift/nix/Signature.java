package spindrift.nix;

import java.util.ArrayList;
import java.util.List;
import spindrift.base.Bytes;
import spindrift.base.Excerpt;
import spindrift.base.MalformedDataException;

/** An Ed25519 signature with the name of the key that made it: {@code <keyName>:<base64>}. */
public record Signature(String keyName, Bytes bytes) {
  /** Bytes of an Ed25519 signature. */
  public static final int SIZE = 64;

  private static final String FORMAT = "signature";

  /**
   * @throws IllegalArgumentException when the key name cannot be written or the size is not 64
   */
  public Signature {
    if (!KeyName.isValid(keyName) || bytes.size() != SIZE) {
      throw new IllegalArgumentException("not a signature: " + Excerpt.of(keyName));
    }
  }

  /** Reads {@code <keyName>:<base64 of 64 bytes>}. */
  public static Signature parse(String text) throws MalformedDataException {
    String keyName = KeyName.before(FORMAT, text);
    String encoded = text.substring(keyName.length() + 1);
    return new Signature(keyName, StrictBase64.decode(FORMAT, encoded, SIZE));
  }

  /** Those of the texts that are signatures; Nix, too, lets the others be nobody's. */
  static List<Signature> readable(List<String> texts) {
    List<Signature> signatures = new ArrayList<>();
    for (String text : texts) {
      try {
        signatures.add(parse(text));
      } catch (MalformedDataException e) {
        // Nobody's signature.
      }
    }
    return List.copyOf(signatures);
  }

  /** The keys by which one of the signatures is valid over the message, in the order given. */
  static List<PublicKey> signers(Bytes message, List<Signature> signatures, List<PublicKey> keys) {
    return keys.stream()
        .filter(key -> signatures.stream().anyMatch(s -> key.verifies(message, s)))
        .toList();
  }

  public String render() {
    return keyName + ":" + StrictBase64.encode(bytes);
  }

  @Override
  public String toString() {
    return render();
  }
}
