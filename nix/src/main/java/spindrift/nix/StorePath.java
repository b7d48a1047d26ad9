package spindrift.nix;

import java.util.Comparator;
import spindrift.base.Excerpt;
import spindrift.base.MalformedDataException;

/**
 * The name of a store object: {@code <hashPart>-<name>}, without the store directory.
 *
 * <p>The hash part is 32 characters of nix32 (160 bits). The name is 1…211 characters out of {@code
 * 0-9 a-z A-Z + - . _ ? =}, and its first component, up to a dash, is neither {@code .} nor {@code
 * ..}. Order is that of base names, which is Nix's.
 *
 * @see <a href="https://nix.dev/manual/nix/2.34/store/store-path">Store path</a>
 */
public record StorePath(String hashPart, String name) implements Comparable<StorePath> {
  /** Characters of the hash part: 20 bytes in nix32. */
  public static final int HASH_PART_LENGTH = 32;

  /** Bytes that the hash part stands for. */
  public static final int HASH_PART_BYTES = 20;

  /** Nix's limit, so that base name, {@code .drv}, {@code .lock} and the like stay below 255. */
  public static final int MAX_NAME_LENGTH = 211;

  private static final String FORMAT = "store path";
  private static final Comparator<StorePath> ORDER =
      Comparator.comparing(StorePath::hashPart).thenComparing(StorePath::name);

  /**
   * @throws IllegalArgumentException when a part breaks the rules above
   */
  public StorePath {
    String problem = problemWith(hashPart, name);
    if (!problem.isEmpty()) {
      throw new IllegalArgumentException(problem + ": " + Excerpt.of(hashPart + "-" + name));
    }
  }

  /** Reads a full path such as {@code /nix/store/<hashPart>-<name>}, which must be in the store. */
  public static StorePath parse(StoreDir store, String fullPath) throws MalformedDataException {
    String directory = store.path();
    if (!fullPath.startsWith(directory)
        || fullPath.length() <= directory.length()
        || fullPath.charAt(directory.length()) != '/') {
      throw new MalformedDataException(
          FORMAT, -1, "not in " + directory + ": " + Excerpt.of(fullPath));
    }
    return ofBaseName(fullPath.substring(directory.length() + 1));
  }

  /** Reads a base name, {@code <hashPart>-<name>}. */
  public static StorePath ofBaseName(String baseName) throws MalformedDataException {
    if (baseName.length() <= HASH_PART_LENGTH || baseName.charAt(HASH_PART_LENGTH) != '-') {
      throw new MalformedDataException(
          FORMAT, -1, "no 32 characters and a dash: " + Excerpt.of(baseName));
    }
    String hashPart = baseName.substring(0, HASH_PART_LENGTH);
    String name = baseName.substring(HASH_PART_LENGTH + 1);
    String problem = problemWith(hashPart, name);
    if (!problem.isEmpty()) {
      throw new MalformedDataException(FORMAT, -1, problem + ": " + Excerpt.of(baseName));
    }
    return new StorePath(hashPart, name);
  }

  /** Whether a text can be a hash part: 32 characters of nix32. */
  public static boolean isHashPart(String text) {
    return text.length() == HASH_PART_LENGTH && Nix32.isAlphabetic(text);
  }

  /** Whether a text can be a name. */
  public static boolean isName(String text) {
    return problemWithName(text).isEmpty();
  }

  /** {@code <hashPart>-<name>}. */
  public String baseName() {
    return hashPart + "-" + name;
  }

  /** The full path: {@code <store>/<hashPart>-<name>}. */
  public String in(StoreDir store) {
    return store.path() + "/" + hashPart + "-" + name;
  }

  /** Whether this is the path of a derivation ({@code .drv}). */
  public boolean isDerivation() {
    return name.endsWith(".drv");
  }

  private static String problemWith(String hashPart, String name) {
    return isHashPart(hashPart) ? problemWithName(name) : "the hash part is not nix32";
  }

  private static String problemWithName(String name) {
    if (name.isEmpty()) {
      return "the name is empty";
    }
    if (name.length() > MAX_NAME_LENGTH) {
      return "the name is longer than " + MAX_NAME_LENGTH;
    }
    for (int i = 0; i < name.length(); i++) {
      if (!isNameCharacter(name.charAt(i))) {
        return "the name has a character that is not allowed";
      }
    }
    int dash = name.indexOf('-');
    String first = dash < 0 ? name : name.substring(0, dash);
    return first.equals(".") || first.equals("..") ? "the name begins with . or .." : "";
  }

  private static boolean isNameCharacter(char c) {
    return (c >= '0' && c <= '9')
        || (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || c == '+'
        || c == '-'
        || c == '.'
        || c == '_'
        || c == '?'
        || c == '=';
  }

  @Override
  public int compareTo(StorePath other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return baseName();
  }
}
