package spindrift.dag;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Generated files and the leaves that Kubo makes of them: see vectors/buzhash/README.md. */
final class BuzhashVectors {

  record Leaf(int length, String sha256) {}

  record Vector(String name, int length, List<Leaf> leaves) {

    byte[] file() {
      return switch (name) {
        case "random" -> random(length, 1);
        case "zeros" -> new byte[length];
        case "ones" -> filled(length, (byte) 1);
        case "lines" -> lines(length);
        case "padded" -> padded(length);
        default -> throw new IllegalArgumentException("no generator for " + name);
      };
    }

    @Override
    public String toString() {
      return name + " " + length;
    }
  }

  private BuzhashVectors() {}

  static List<Vector> all() {
    List<Vector> vectors = new ArrayList<>();
    for (String line : resource("/vectors/buzhash/boxo-0.39.0.txt").split("\n", -1)) {
      String[] words = line.strip().split(" ", -1);
      if (line.startsWith("  ")) {
        vectors.getLast().leaves().add(new Leaf(Integer.parseInt(words[0]), words[1]));
      } else if (words.length == 2) {
        vectors.add(new Vector(words[0], Integer.parseInt(words[1]), new ArrayList<>()));
      }
    }
    return vectors;
  }

  /** Bytes of splitmix64: the same for the same seed everywhere. */
  static byte[] random(int length, long seed) {
    ByteBuffer out = ByteBuffer.allocate(length + Long.BYTES);
    long state = seed;
    while (out.position() < length) {
      state += 0x9e3779b97f4a7c15L;
      long z = (state ^ (state >>> 30)) * 0xbf58476d1ce4e5b9L;
      z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
      out.putLong(z ^ (z >>> 31));
    }
    return Arrays.copyOf(out.array(), length);
  }

  static byte[] filled(int length, byte value) {
    byte[] out = new byte[length];
    Arrays.fill(out, value);
    return out;
  }

  private static byte[] lines(int length) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; out.length() < length; i++) {
      out.append(i).append('\n');
    }
    return Arrays.copyOf(out.toString().getBytes(StandardCharsets.US_ASCII), length);
  }

  private static byte[] padded(int length) {
    byte[] out = new byte[length];
    long seed = 10;
    for (int at = 0; at < length; at = (at / 4096 + 1) * 4096) {
      int section = Math.min(70001, length - at);
      System.arraycopy(random(section, seed++), 0, out, at, section);
      at += section;
    }
    return out;
  }

  private static String resource(String name) {
    try (InputStream in = BuzhashVectors.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("no resource " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
