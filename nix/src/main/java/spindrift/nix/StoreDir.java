package spindrift.nix;

import spindrift.base.Excerpt;
import spindrift.base.MalformedDataException;

/**
 * The directory that store paths are in, as it is written into them: {@code /nix/store} for nearly
 * everybody. It is part of what store paths are computed from and of what is signed, and need not
 * be where the files are on this machine.
 */
public record StoreDir(String path) {
  /** The store directory of nearly every Nix. */
  public static final StoreDir DEFAULT = new StoreDir("/nix/store");

  /** Ours: PATH_MAX of Linux, which no usable store directory reaches. */
  static final int MAX_LENGTH = 4096;

  /**
   * @throws IllegalArgumentException when the path is not absolute and in its shortest form
   */
  public StoreDir {
    if (!isValid(path)) {
      throw new IllegalArgumentException("not a store directory: " + Excerpt.of(path));
    }
  }

  /**
   * Reads an absolute path in its shortest form: no trailing slash, no empty, {@code .} or {@code
   * ..} component, no control characters, and neither {@code :} nor {@code ;} nor blank, which
   * would make fingerprints ambiguous.
   */
  public static StoreDir parse(String text) throws MalformedDataException {
    if (!isValid(text)) {
      throw new MalformedDataException("store directory", -1, "not usable: " + Excerpt.of(text));
    }
    return new StoreDir(text);
  }

  private static boolean isValid(String path) {
    if (path.length() < 2 || path.length() > MAX_LENGTH || path.charAt(0) != '/') {
      return false;
    }
    for (String component : path.substring(1).split("/", -1)) {
      if (component.isEmpty() || component.equals(".") || component.equals("..")) {
        return false;
      }
    }
    return path.chars().noneMatch(c -> c <= ' ' || c == 0x7f || c == ':' || c == ';' || c == ',');
  }

  @Override
  public String toString() {
    return path;
  }
}
