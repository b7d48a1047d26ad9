package spindrift.dag;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChunkReaderTest {

  private final ChunkReader reader = new ChunkReader();

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 131_072, 131_073, 524_288, 2_097_151, 2_097_152, 2_097_153, 5_000_000})
  void cutsAStreamWhereTheWholeFileIsCut(int length) throws IOException {
    byte[] file = BuzhashVectors.random(length, 1);

    assertThat(read(new ByteArrayInputStream(file), file)).isEqualTo(cuts(file));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 4095, 8192, 131_072, 1_000_003})
  void cutsTheSameHoweverTheStreamDeliversItsBytes(int atMost) throws IOException {
    byte[] file = BuzhashVectors.random(2_500_000, 2);

    assertThat(read(new Trickle(file, atMost), file)).isEqualTo(cuts(file));
  }

  @Test
  void startsAfreshWithEveryStream() throws IOException {
    byte[] first = BuzhashVectors.random(3_000_000, 3);
    byte[] second = BuzhashVectors.random(700_000, 4);

    reader.start(new ByteArrayInputStream(first));
    assertThat(reader.next()).isTrue();

    assertThat(read(new ByteArrayInputStream(second), second)).isEqualTo(cuts(second));
  }

  @Test
  void hasNothingBeforeAStreamAndAfterItsEnd() throws IOException {
    assertThat(reader.next()).isFalse();

    reader.start(new ByteArrayInputStream(new byte[] {1}));

    assertThat(reader.next()).isTrue();
    assertThat(reader.next()).isFalse();
    assertThat(reader.next()).isFalse();
    assertThat(reader.length()).isZero();
  }

  @Test
  void passesOnThatAStreamBroke() {
    byte[] file = BuzhashVectors.random(3_000_000, 5);
    reader.start(
        new Trickle(file, 8192) {
          @Override
          public int read(byte[] target, int offset, int length) throws IOException {
            if (delivered > 2_600_000) {
              throw new IOException("the disk broke");
            }
            return super.read(target, offset, length);
          }
        });

    assertThatThrownBy(
            () -> {
              while (reader.next()) {
                assertThat(reader.length()).isPositive();
              }
            })
        .hasMessage("the disk broke");
  }

  /** Reads all leaves, checks their bytes, and gives the places of the cuts. */
  private List<Integer> read(InputStream in, byte[] file) throws IOException {
    List<Integer> cuts = new ArrayList<>();
    int from = 0;
    reader.start(in);
    while (reader.next()) {
      int to = from + reader.length();
      assertThat(
              Arrays.equals(
                  reader.buffer(),
                  reader.offset(),
                  reader.offset() + reader.length(),
                  file,
                  from,
                  to))
          .isTrue();
      cuts.add(to);
      from = to;
    }
    return cuts;
  }

  private static List<Integer> cuts(byte[] file) {
    List<Integer> cuts = new ArrayList<>();
    for (int from = 0; from < file.length; from = cuts.getLast()) {
      cuts.add(Chunker.nextCut(file, from, file.length));
    }
    return cuts;
  }

  /** A stream that gives a few bytes at a time. */
  private static class Trickle extends FilterInputStream {
    private final int atMost;
    int delivered;

    Trickle(byte[] file, int atMost) {
      super(new ByteArrayInputStream(file));
      this.atMost = atMost;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      int count = super.read(target, offset, Math.min(length, atMost));
      delivered += Math.max(count, 0);
      return count;
    }
  }
}
