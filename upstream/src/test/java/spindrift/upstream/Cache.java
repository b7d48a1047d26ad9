package spindrift.upstream;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;
import spindrift.base.Bytes;
import spindrift.nix.Compression;
import spindrift.nix.NixHash;

/** A static binary cache in a folder, with one path in it per compression. */
record Cache(Path folder) {
  /** What passes for a NAR: noise and zeros. */
  static final byte[] NAR = nar();

  private static byte[] nar() {
    byte[] nar = new byte[300_000];
    byte[] noise = new byte[150_000];
    new Random(3).nextBytes(noise);
    System.arraycopy(noise, 0, nar, 0, noise.length);
    nar[0] = 13;
    return nar;
  }

  static Cache in(Path folder) throws IOException {
    Files.createDirectories(folder.resolve("nar"));
    Files.writeString(
        folder.resolve("nix-cache-info"), "StoreDir: /nix/store\nWantMassQuery: 1\nPriority: 40\n");
    Cache cache = new Cache(folder);
    for (Compression compression : Compression.values()) {
      cache.add(compression);
    }
    return cache;
  }

  /** The hash part of the path whose NAR is compressed so. */
  static String hashPart(Compression compression) {
    return "%032d".formatted(number(compression));
  }

  private static int number(Compression compression) {
    return List.of(Compression.values()).indexOf(compression);
  }

  static String url(Compression compression) {
    return "nar/file" + number(compression) + ".nar." + compression.label();
  }

  static String narInfo(Compression compression) {
    return """
    StorePath: /nix/store/%s-thing
    URL: %s
    Compression: %s
    NarHash: %s
    NarSize: %d
    References:\s
    """
        .formatted(
            hashPart(compression),
            url(compression),
            compression.label(),
            NixHash.sha256Of(Bytes.copyOf(NAR)).prefixedNix32(),
            NAR.length);
  }

  private void add(Compression compression) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = packing(compression, bytes)) {
      out.write(NAR);
    }
    Files.write(folder.resolve(url(compression)), bytes.toByteArray());
    Files.writeString(folder.resolve(hashPart(compression) + ".narinfo"), narInfo(compression));
  }

  private static OutputStream packing(Compression compression, OutputStream out)
      throws IOException {
    return switch (compression.label().toUpperCase(Locale.ROOT)) {
      case "XZ" -> new XZOutputStream(out, new LZMA2Options(1));
      case "ZSTD" -> new ZstdOutputStream(out);
      case "GZIP" -> new GZIPOutputStream(out);
      case "BZIP2" -> new BZip2CompressorOutputStream(out, 1);
      default -> out;
    };
  }
}
