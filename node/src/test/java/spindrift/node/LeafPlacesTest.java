package spindrift.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import spindrift.base.Bytes;
import spindrift.base.FileIdentity;
import spindrift.base.JsonObject;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;
import spindrift.base.RawPath;
import spindrift.ipld.Cid;
import spindrift.mount.BlockAnswer.InFile;
import spindrift.mount.Depot;
import spindrift.testkit.Seeds;

final class LeafPlacesTest {
  private static final FileIdentity IDENTITY = new FileIdentity(1, 2, 3000, -4, Long.MAX_VALUE);
  private static final InFile FIRST = new InFile(Path.of("/a/b"), 0, 1000, IDENTITY);
  private static final InFile SECOND = new InFile(Path.of("/a/b"), 1000, 2000, IDENTITY);
  private static final InFile OTHER =
      new InFile(
          RawPath.of(Bytes.copyOf("/\u00ff\n".getBytes(StandardCharsets.ISO_8859_1))),
          5,
          7,
          new FileIdentity(0, 0, 12, 0, 0));

  private static List<Cid> leaves(int count) {
    Random random = new Random(1);
    return IntStream.range(0, count).mapToObj(i -> Cid.raw(Seeds.bytes(random, 32))).toList();
  }

  private static Bytes answer(InFile... places) {
    LeafPlaces.Writer writer = new LeafPlaces.Writer();
    for (int i = 0; i < places.length; i++) {
      InFile place = places[i];
      writer.add(i, place.file(), place.identity(), place.offset(), place.length());
    }
    return writer.take();
  }

  private static List<InFile> read(Bytes answer, int leaves) throws MalformedDataException {
    List<InFile> places = new ArrayList<>();
    LeafPlaces.read(answer, leaves(leaves), (leaf, place) -> places.add(place));
    return places;
  }

  @Test
  void whatIsWrittenIsRead() throws Exception {
    assertThat(LeafPlaces.leaves(LeafPlaces.question(leaves(9)))).isEqualTo(leaves(9));
    assertThat(read(answer(FIRST, SECOND, OTHER, FIRST), 4))
        .containsExactly(FIRST, SECOND, OTHER, FIRST);
    assertThat(read(Bytes.EMPTY, 4)).isEmpty();
  }

  @Test
  void theFileOfSeveralLeavesIsNamedOnceInEachAnswer() throws Exception {
    assertThat(answer(FIRST, SECOND).size() - answer(FIRST).size()).isEqualTo(16);
    LeafPlaces.Writer writer = new LeafPlaces.Writer();
    writer.add(0, FIRST.file(), FIRST.identity(), FIRST.offset(), FIRST.length());
    assertThat(read(writer.take(), 2)).containsExactly(FIRST);
    writer.add(1, SECOND.file(), SECOND.identity(), SECOND.offset(), SECOND.length());
    assertThat(read(writer.take(), 2)).containsExactly(SECOND);
  }

  @Test
  void answersThatAreCutAreRefused() {
    byte[] all = answer(FIRST, OTHER).toArray();
    int first = answer(FIRST).size();
    for (int size = 1; size < all.length; size++) {
      Bytes cut = Bytes.owning(Arrays.copyOf(all, size));
      if (size != first) {
        assertThatThrownBy(() -> read(cut, 2))
            .as("after %d bytes", size)
            .isInstanceOf(MalformedDataException.class);
      }
    }
  }

  @Test
  void placesThatCannotBeAreRefused() {
    refused(answer(FIRST, SECOND), 1);
    refused(answer(new InFile(Path.of("/a"), 1, 3000, IDENTITY)), 1);
    refused(answer(new InFile(Path.of("/a"), -1, 30, IDENTITY)), 1);
    refused(answer(new InFile(Path.of("/a"), 0, -1, IDENTITY)), 1);
    refused(answer(new InFile(Path.of("/a"), Long.MAX_VALUE, 1, IDENTITY)), 1);
    refused(answer(new InFile(Path.of("a"), 0, 1, IDENTITY)), 1);
    byte[] nameless = answer(FIRST, SECOND).toArray();
    refused(Bytes.copyOf(nameless, nameless.length - 16, 16), 2);
    byte[] zero = answer(FIRST).toArray();
    zero[5] = 0;
    refused(Bytes.owning(zero), 1);
  }

  private static void refused(Bytes answer, int leaves) {
    assertThatThrownBy(() -> read(answer, leaves)).isInstanceOf(MalformedDataException.class);
  }

  @Test
  void questionsAreBounded() {
    assertThatThrownBy(() -> LeafPlaces.leaves(LeafPlaces.question(leaves(Depot.MAX_PLACES + 1))))
        .isInstanceOf(LimitExceededException.class);
    assertThatThrownBy(() -> LeafPlaces.leaves(Seeds.bytes(new Random(2), 33)))
        .isInstanceOf(MalformedDataException.class);
    for (long size : List.of(-1L, LeafPlaces.MAX_QUESTION_BYTES + 1L, Long.MAX_VALUE)) {
      assertThatThrownBy(() -> MountMessages.bytesBehindQuestion(JsonObject.of("bytes", size)))
          .isInstanceOf(LimitExceededException.class);
    }
  }
}
