package spindrift.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.ZstdInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tukaani.xz.XZInputStream;
import spindrift.base.ByteSource;
import spindrift.base.ByteTarget;
import spindrift.base.Bytes;

class StoredFramesTest {
  private static final int[] SIZES = {
    1, 2, 3, 4, 5, 65_534, 65_535, 65_536, 65_537, 131_071, 131_072, 131_073, 262_144, 1_000_003
  };

  @ParameterizedTest
  @EnumSource
  void everyDecoderReadsTheContentBack(StoredFrames format) throws Exception {
    for (int size : SIZES) {
      byte[] content = noise(size);
      ByteSource file = format.wrap(new MemorySource(Bytes.copyOf(content)));
      byte[] whole = range(file, 0, file.size());
      assertThat(whole).hasSize((int) file.size());
      try (InputStream decoder = decoder(format, whole)) {
        assertThat(decoder.readAllBytes()).isEqualTo(content);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aRangeIsAPartOfTheWhole(StoredFrames format) throws Exception {
    ByteSource file = format.wrap(new MemorySource(Bytes.copyOf(noise(200_000))));
    byte[] whole = range(file, 0, file.size());
    Random random = new Random(1);
    for (int i = 0; i < 50; i++) {
      int from = random.nextInt(whole.length);
      int to = from + random.nextInt(whole.length - from + 1);
      assertThat(range(file, from, to)).isEqualTo(Arrays.copyOfRange(whole, from, to));
    }
  }

  @Test
  void takesHardlyMoreThanTheContent() {
    for (StoredFrames format : StoredFrames.values()) {
      long size = format.wrap(new MemorySource(Bytes.copyOf(new byte[10_000_000]))).size();
      assertThat(size).isBetween(10_000_000L, 10_002_000L);
    }
  }

  private static InputStream decoder(StoredFrames format, byte[] file) throws IOException {
    ByteArrayInputStream in = new ByteArrayInputStream(file);
    return switch (format) {
      case ZSTD -> new ZstdInputStream(in);
      case XZ -> new XZInputStream(in);
      case GZIP -> new GZIPInputStream(in);
    };
  }

  private static byte[] noise(int size) {
    byte[] content = new byte[size];
    new Random(size).nextBytes(content);
    return content;
  }

  private static byte[] range(ByteSource source, long from, long to) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    source.writeTo(ByteTarget.of(out), from, to);
    return out.toByteArray();
  }
}
