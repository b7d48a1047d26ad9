package spindrift.dag;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import spindrift.base.Digests;

class ChunkerTest {

  static List<BuzhashVectors.Vector> vectors() {
    return BuzhashVectors.all();
  }

  @ParameterizedTest
  @MethodSource("vectors")
  void makesTheLeavesThatKuboMakes(BuzhashVectors.Vector vector) {
    assertThat(leaves(vector.file())).isEqualTo(vector.leaves());
  }

  @Test
  void makesOneLeafOfAFileUpToTheMinimum() {
    for (int length : new int[] {1, 31, 32, 33, 4096, Chunker.MIN - 1, Chunker.MIN}) {
      assertThat(Chunker.nextCut(BuzhashVectors.random(length, 3), 0, length)).isEqualTo(length);
    }
  }

  @Test
  void cutsZerosAtTheMinimum() {
    assertThat(Chunker.nextCut(new byte[Chunker.MIN + 1], 0, Chunker.MIN + 1))
        .isEqualTo(Chunker.MIN);
  }

  @Test
  void cutsWhatHoldsNoPlaceToCutAtTheMaximum() {
    byte[] ones = BuzhashVectors.filled(Chunker.MAX + 1, (byte) 1);

    assertThat(Chunker.nextCut(ones, 0, ones.length)).isEqualTo(Chunker.MAX);
    assertThat(Chunker.nextCut(ones, 0, Chunker.MAX)).isEqualTo(Chunker.MAX);
    assertThat(Chunker.nextCut(ones, 0, Chunker.MAX - 1)).isEqualTo(Chunker.MAX - 1);
  }

  @Test
  void findsAPlaceToCutWhereverItLies() {
    // The only window of zeros ends at each distance from the minimum in turn, around every
    // stride's edge.
    for (int distance = 0; distance < 9000; distance += distance % 2048 < 34 ? 1 : 31) {
      byte[] file = BuzhashVectors.filled(Chunker.MIN + 20_000, (byte) 1);
      int place = Chunker.MIN + distance;
      for (int i = place - 32; i < place; i++) {
        file[i] = 0;
      }
      assertThat(Chunker.nextCut(file, 0, file.length)).isEqualTo(place);
    }
  }

  @Test
  void looksNeitherBeforeTheLeafNorBehindTheData() {
    byte[] leaf = BuzhashVectors.random(Chunker.MAX, 4);
    byte[] buffer = BuzhashVectors.random(3 * Chunker.MAX, 5);
    System.arraycopy(leaf, 0, buffer, 777, leaf.length);

    assertThat(Chunker.nextCut(buffer, 777, 777 + leaf.length))
        .isEqualTo(777 + Chunker.nextCut(leaf, 0, leaf.length));
    assertThat(Chunker.nextCut(buffer, 777, buffer.length))
        .isEqualTo(777 + Chunker.nextCut(leaf, 0, leaf.length));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4096, 100_000})
  void findsItsCutsAgainBehindAnInsertion(int inserted) {
    byte[] old = BuzhashVectors.random(8 << 20, 6);
    byte[] changed = new byte[old.length + inserted];
    System.arraycopy(old, 0, changed, inserted, old.length);
    Set<BuzhashVectors.Leaf> known = new HashSet<>(leaves(old));

    List<BuzhashVectors.Leaf> fresh = leaves(changed);
    fresh.removeAll(known);

    assertThat(fresh).hasSizeLessThan(8);
    assertThat(known).hasSizeGreaterThan(30);
  }

  @Test
  void keepsEveryLeafInItsBounds() {
    byte[] file = BuzhashVectors.random(6 << 20, 7);
    List<BuzhashVectors.Leaf> leaves = leaves(file);

    assertThat(leaves.subList(0, leaves.size() - 1))
        .allSatisfy(leaf -> assertThat(leaf.length()).isBetween(Chunker.MIN, Chunker.MAX));
    assertThat(leaves.getLast().length()).isBetween(1, Chunker.MAX);
    assertThat(leaves.stream().mapToInt(BuzhashVectors.Leaf::length).sum()).isEqualTo(file.length);
  }

  @Test
  void refusesRangesThatHoldNothing() {
    byte[] buffer = new byte[10];

    assertThatThrownBy(() -> Chunker.nextCut(buffer, 5, 5))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Chunker.nextCut(buffer, 5, 11))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> Chunker.nextCut(buffer, 6, 5))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  private static List<BuzhashVectors.Leaf> leaves(byte[] file) {
    List<BuzhashVectors.Leaf> leaves = new ArrayList<>();
    MessageDigest digest = Digests.sha256();
    for (int from = 0; from < file.length; ) {
      int cut = Chunker.nextCut(file, from, file.length);
      digest.update(file, from, cut - from);
      leaves.add(new BuzhashVectors.Leaf(cut - from, HexFormat.of().formatHex(digest.digest())));
      from = cut;
    }
    return leaves;
  }
}
