package spindrift.compression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import org.apache.commons.compress.compressors.lz4.FramedLZ4CompressorOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.LZMAOutputStream;
import spindrift.base.FaultException;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;
import spindrift.nix.Compression;

/** What a narinfo says of a file's compression is taken for true, and found out where it is not. */
final class DeclaredCompressionTest {
  private static final int ALL = 160;
  private static final String TEXT = "spindrift ".repeat(50);

  private final MemoryBudget memory = new MemoryBudget("test", ALL);

  private static byte[] packed(Compression compression) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    switch (compression) {
      case LZMA -> {
        try (OutputStream out = new LZMAOutputStream(bytes, new LZMA2Options(1), -1)) {
          out.write(TEXT.getBytes(StandardCharsets.UTF_8));
        }
      }
      case LZ4 -> {
        try (OutputStream out = new FramedLZ4CompressorOutputStream(bytes)) {
          out.write(TEXT.getBytes(StandardCharsets.UTF_8));
        }
      }
      // By Google's own encoder, as Node has it.
      case BR -> bytes.writeBytes(Base64.getDecoder().decode("G/MB+MVtbF3/EMEjYgWBoQCkV4ezHg=="));
      default -> throw new AssertionError(compression);
    }
    return bytes.toByteArray();
  }

  private String decoded(Compression said, byte[] file) throws IOException, FaultException {
    try (Decompression decoded = Decompression.open(said, new ByteArrayInputStream(file), memory)) {
      return new String(decoded.content().readAllBytes(), StandardCharsets.UTF_8);
    } catch (DecodingException e) {
      throw e.fault();
    } finally {
      assertThat(memory.free()).isEqualTo(ALL);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Compression.class,
      names = {"BR", "LZMA", "LZ4"})
  void isUndone(Compression compression) throws Exception {
    byte[] file = packed(compression);
    assertThat(decoded(compression, file)).isEqualTo(TEXT);
    for (int size : new int[] {0, 1, 5, file.length / 2, file.length - 6}) {
      byte[] cut = Arrays.copyOf(file, size);
      assertThatThrownBy(() -> decoded(compression, cut))
          .as("%d bytes", size)
          .isInstanceOf(MalformedDataException.class);
    }
  }

  @Test
  void knowsTheOldCompressToo() throws Exception {
    assertThat(decoded(Compression.COMPRESS, HexFormat.of().parseHex("1f9d904100"))).isEqualTo("A");
  }

  @Test
  void isWithoutDecodersForWhatNobodyUses() {
    for (Compression compression : Compression.values()) {
      boolean absent =
          switch (compression) {
            case GRZIP, LRZIP, LZIP, LZOP -> true;
            default -> false;
          };
      assertThat(Decompression.canUndo(compression)).as(compression.label()).isNotEqualTo(absent);
    }
  }

  @Test
  void isNotWhatItIsSaidToBe() throws Exception {
    byte[] lz4 = packed(Compression.LZ4);
    assertThatThrownBy(() -> decoded(Compression.XZ, lz4))
        .isInstanceOf(MalformedDataException.class)
        .hasMessageContaining("not xz");
    assertThatThrownBy(() -> decoded(Compression.BR, lz4))
        .isInstanceOf(MalformedDataException.class);
    assertThat(decoded(Compression.NONE, new byte[] {65})).isEqualTo("A");
  }

  @Test
  void boundsTheMemoryOfLzma() throws Exception {
    byte[] greedy = packed(Compression.LZMA);
    greedy[4] = 0x40;
    assertThatThrownBy(() -> decoded(Compression.LZMA, greedy))
        .isInstanceOf(LimitExceededException.class);
  }

  @Test
  void tellsTheFileFromWhoGivesIt() throws Exception {
    InputStream start = new ByteArrayInputStream(packed(Compression.BR), 0, 10);
    InputStream broken =
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw new IOException("the line is dead");
          }

          @Override
          public int read(byte[] buffer, int from, int length) throws IOException {
            return read();
          }
        };
    assertThatThrownBy(
            () -> {
              try (Decompression decoded =
                  Decompression.open(
                      Compression.BR, new SequenceInputStream(start, broken), memory)) {
                decoded.content().readAllBytes();
              }
            })
        .isInstanceOf(IOException.class)
        .isNotInstanceOf(DecodingException.class)
        .hasMessage("the line is dead");
  }
}
