package spindrift.nix;

import spindrift.base.Excerpt;
import spindrift.base.MalformedDataException;

/**
 * What a content-addressed store object was hashed to, and how: the {@code CA} field of a narinfo,
 * {@code text:sha256:…} or {@code fixed:[r:|git:]<algorithm>:…}.
 *
 * @see <a
 *     href="https://nix.dev/manual/nix/2.34/store/store-object/content-address">Content-addressing
 *     store objects</a>
 */
public record ContentAddress(Method method, NixHash hash) {
  private static final String FORMAT = "content address";

  /** How an object is turned into the bytes that are hashed. */
  public enum Method {
    /** One file's contents, which may have references: derivations and {@code toFile}. */
    TEXT("text:"),
    /** One file's contents, without references. */
    FLAT("fixed:"),
    /** The NAR. */
    NAR("fixed:r:"),
    /** A git blob or tree. */
    GIT("fixed:git:");

    private final String prefix;

    Method(String prefix) {
      this.prefix = prefix;
    }

    /** What stands before the algorithm in a content address. */
    String prefix() {
      return prefix;
    }

    /** What stands before the algorithm in a derivation's output: blank, r:, git: or text:. */
    String outputPrefix() {
      return this == TEXT ? prefix : prefix.substring(FLAT.prefix.length());
    }
  }

  /**
   * @throws IllegalArgumentException when Nix does not allow this algorithm with the method
   */
  public ContentAddress {
    if (!allows(method, hash.algorithm())) {
      throw new IllegalArgumentException(method + " is not hashed by " + hash.algorithm());
    }
  }

  /** Reads the text form; the digest may be nix32, hexadecimal or base64, as in Nix. */
  public static ContentAddress parse(String text) throws MalformedDataException {
    Method method = methodOf(text);
    String rest = text.substring(method.prefix.length());
    int colon = rest.indexOf(':');
    if (colon < 0) {
      throw new MalformedDataException(FORMAT, -1, "no hash in " + Excerpt.of(text));
    }
    HashAlgorithm algorithm = HashAlgorithm.parse(rest.substring(0, colon));
    if (!allows(method, algorithm)) {
      throw new MalformedDataException(
          FORMAT, -1, "an algorithm that the method does not allow in " + Excerpt.of(text));
    }
    return new ContentAddress(method, NixHash.parse(algorithm, rest.substring(colon + 1)));
  }

  /** The text form, in nix32. */
  public String render() {
    return method.prefix + hash.prefixedNix32();
  }

  static boolean allows(Method method, HashAlgorithm algorithm) {
    return switch (method) {
      case TEXT -> algorithm == HashAlgorithm.SHA256;
      case GIT -> algorithm == HashAlgorithm.SHA1 || algorithm == HashAlgorithm.SHA256;
      case FLAT, NAR -> true;
    };
  }

  private static Method methodOf(String text) throws MalformedDataException {
    if (text.startsWith(Method.TEXT.prefix)) {
      return Method.TEXT;
    }
    if (text.startsWith(Method.NAR.prefix)) {
      return Method.NAR;
    }
    if (text.startsWith(Method.GIT.prefix)) {
      return Method.GIT;
    }
    if (text.startsWith(Method.FLAT.prefix)) {
      return Method.FLAT;
    }
    throw new MalformedDataException(FORMAT, 0, "unknown method in " + Excerpt.of(text));
  }

  @Override
  public String toString() {
    return render();
  }
}
