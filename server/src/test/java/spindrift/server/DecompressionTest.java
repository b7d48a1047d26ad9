package spindrift.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;

final class DecompressionTest {
  private final MemoryBudget memory = new MemoryBudget("test", 160);

  private static InputStream stream(Bytes file) {
    return new ByteArrayInputStream(file.toArray());
  }

  @ParameterizedTest
  @EnumSource(Packing.class)
  void givesItsMemoryBackWhateverHappens(Packing packing) throws Exception {
    Bytes file = packing.pack(TestObject.tree().nar());
    for (int size : new int[] {file.size(), 0, 7, 10, 20, 100, file.size() / 2}) {
      try (Decompression decoded = Decompression.open(stream(file.slice(0, size)), memory)) {
        assertThat(memory.free()).isLessThan(160);
        decoded.content().readAllBytes();
      } catch (MalformedDataException | DecodedFile.UploadException e) {
        assertThat(e).hasMessageContaining("upload");
      }
      assertThat(memory.free()).isEqualTo(160);
    }
  }

  private static Bytes xz(int dictionary) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    LZMA2Options options = new LZMA2Options(0);
    options.setDictSize(dictionary);
    try (OutputStream out = new XZOutputStream(bytes, options)) {
      TestObject.file("x").nar().writeTo(out);
    }
    return Bytes.owning(bytes.toByteArray());
  }

  private int taken(Bytes file) throws IOException, FaultException {
    try (Decompression decoded = Decompression.open(stream(file), memory)) {
      assertThat(Bytes.owning(decoded.content().readAllBytes()))
          .isEqualTo(TestObject.file("x").nar());
      return 160 - memory.free();
    }
  }

  @Test
  void takesAsMuchMemoryAsAnXzFileNeeds() throws Exception {
    assertThat(taken(xz(8 << 20))).isEqualTo(24);
    assertThat(taken(xz(64 << 20))).isBetween(68, 72);
    Bytes greedy = xz(128 << 20);
    assertThatThrownBy(() -> taken(greedy)).isInstanceOf(LimitExceededException.class);
    assertThat(memory.free()).isEqualTo(160);
  }

  private static Bytes zstd(int windowLog) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZstdOutputStream out = new ZstdOutputStream(bytes)) {
      out.setLong(windowLog);
      TestObject.file("x").nar().writeTo(out);
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
        .isInstanceOf(DecodedFile.UploadException.class);
  }

  @Test
  void passesOnThatTheClientIsGone() throws Exception {
    Bytes file = Packing.XZ.pack(TestObject.tree().nar());
    InputStream end = new RequestBody(InputStream.nullInputStream(), 1);
    InputStream broken = new SequenceInputStream(stream(file.slice(0, 50_000)), end);
    try (Decompression decoded = Decompression.open(broken, memory)) {
      assertThatThrownBy(() -> decoded.content().readAllBytes())
          .isInstanceOf(ClientGoneException.class);
    }
    assertThat(memory.free()).isEqualTo(160);
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
    try (DecodedFile bomb = new DecodedFile(zeros, memory.take(1))) {
      byte[] buffer = new byte[1 << 20];
      assertThatThrownBy(
              () -> {
                while (true) {
                  bomb.read(buffer);
                }
              })
          .isInstanceOf(DecodedFile.UploadException.class)
          .hasMessageContaining(String.valueOf(DecodedFile.MAX_NAR));
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
