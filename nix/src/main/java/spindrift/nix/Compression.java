package spindrift.nix;

import java.util.Locale;
import spindrift.base.Excerpt;
import spindrift.base.MalformedDataException;

/** The compressions that a narinfo can name; Nix has no others. */
public enum Compression {
  NONE,
  BR,
  BZIP2,
  COMPRESS,
  GRZIP,
  GZIP,
  LRZIP,
  LZ4,
  LZIP,
  LZMA,
  LZOP,
  XZ,
  ZSTD;

  /**
   * Reads a value of the narinfo field.
   *
   * @throws MalformedDataException when Nix knows no such compression
   */
  public static Compression parse(String label) throws MalformedDataException {
    for (Compression compression : values()) {
      if (compression.label().equals(label)) {
        return compression;
      }
    }
    throw new MalformedDataException("narinfo", -1, "unknown compression " + Excerpt.of(label));
  }

  /** The name in a narinfo. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** What Nix appends to {@code .nar} when it writes such a file; often nothing. */
  public String suffix() {
    return switch (this) {
      case XZ -> ".xz";
      case BZIP2 -> ".bz2";
      case ZSTD -> ".zst";
      case LZIP -> ".lzip";
      case LZ4 -> ".lz4";
      case BR -> ".br";
      case NONE, COMPRESS, GRZIP, GZIP, LRZIP, LZMA, LZOP -> "";
    };
  }
}
