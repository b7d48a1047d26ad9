package spindrift.compression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;
import spindrift.testkit.Packing;

final class DecompressionTest {
  private static final Bytes SMALL = nar(120);
  private static final Bytes TREE = nar(700_000);

  private final MemoryBudget memory = new MemoryBudget("test", 160);

  /** Noise that begins as a NAR does. */
  private static Bytes nar(int size) {
    byte[] nar = new byte[size];
    new Random(7).nextBytes(nar);
    System.arraycopy(new byte[] {13, 0, 0, 0, 0, 0, 0, 0}, 0, nar, 0, 8);
    return Bytes.owning(nar);
  }

  private static InputStream stream(Bytes file) {
    return new ByteArrayInputStream(file.toArray());
  }

  @ParameterizedTest
  @EnumSource(Packing.class)
  void givesItsMemoryBackWhateverHappens(Packing packing) throws Exception {
    Bytes file = packing.pack(TREE);
    for (int size : new int[] {file.size(), 0, 7, 10, 20, 100, file.size() / 2}) {
      try (Decompression decoded = Decompression.open(stream(file.slice(0, size)), memory)) {
        assertThat(memory.free()).isLessThan(160);
        decoded.content().readAllBytes();
      } catch (MalformedDataException | DecodingException e) {
        assertThat(e).hasMessageMatching(".*(compressed|zstd) file.*");
      }
      assertThat(memory.free()).isEqualTo(160);
    }
  }

  private static Bytes xz(int dictionary) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    LZMA2Options options = new LZMA2Options(0);
    options.setDictSize(dictionary);
    try (OutputStream out = new XZOutputStream(bytes, options)) {
      SMALL.writeTo(out);
    }
    return Bytes.owning(bytes.toByteArray());
  }

  private int taken(Bytes file) throws IOException, FaultException {
    try (Decompression decoded = Decompression.open(stream(file), memory)) {
      assertThat(Bytes.owning(decoded.content().readAllBytes())).isEqualTo(SMALL);
      return 160 - memory.free();
    }
  }

  @Test
  void takesAsMuchMemoryAsAnXzFileNeeds() throws Exception {
    assertThat(taken(xz(8 << 20))).isEqualTo(14);
    assertThat(taken(xz(64 << 20))).isBetween(68, 72);
    Bytes greedy = xz(128 << 20);
    assertThatThrownBy(() -> taken(greedy)).isInstanceOf(LimitExceededException.class);
    assertThat(memory.free()).isEqualTo(160);
  }

  private static Bytes zstd(int windowLog) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZstdOutputStream out = new ZstdOutputStream(bytes)) {
      out.setLong(windowLog);
      SMALL.writeTo(out);
    }
    return Bytes.owning(bytes.toByteArray());
  }

  @Test
  void takesAsMuchMemoryAsAZstdFrameNeeds() throws Exception {
    assertThat(taken(zstd(20))).isEqualTo(12);
    assertThat(taken(zstd(27))).isEqualTo(132);
    byte[] greedy = zstd(27).toArray();
    greedy[5] = (byte) ((28 - 10) << 3);
    assertThatThrownBy(() -> taken(Bytes.owning(greedy)))
        .isInstanceOf(LimitExceededException.class);
    // A later frame gets no more than the first one asked for.
    assertThatThrownBy(() -> taken(zstd(20).concat(zstd(27))))
        .isInstanceOf(DecodingException.class);
  }

  @Test
  void endsABombAtTheLimit() throws Exception {
    InputStream zeros =
        new InputStream() {
          @Override
          public int read() {
            return 0;
          }

          @Override
          public int read(byte[] buffer, int from, int length) {
            return length;
          }

          @Override
          public long skip(long count) {
            return count;
          }
        };
    try (DecodedFile bomb = new DecodedFile(CompressedFile.of(zeros), zeros, memory.take(1))) {
      byte[] buffer = new byte[1 << 20];
      assertThatThrownBy(
              () -> {
                while (true) {
                  bomb.read(buffer);
                }
              })
          .isInstanceOf(DecodingException.class)
          .hasMessageContaining(String.valueOf(Decompression.MAX_NAR));
    }
  }

  @Test
  void refusesToHaveMoreThanThereIs() throws Exception {
    assertThatThrownBy(() -> memory.take(161L << 20)).isInstanceOf(LimitExceededException.class);
    try (MemoryBudget.Share all = memory.take(160L << 20)) {
      assertThat(all).isNotNull();
      assertThat(memory.free()).isZero();
    }
    assertThat(memory.free()).isEqualTo(160);
  }
}
