package spindrift.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.JsonObject;
import spindrift.ipld.Block;
import spindrift.mount.BlockAnswer;
import spindrift.mount.Depot;

/** What a mount and a node say to each other: either may be of another version, or broken. */
class MountMessagesFuzzTest {
  private static ControlLines lines(byte[] input) {
    return new ControlLines(new ByteArrayInputStream(input), OutputStream.nullOutputStream());
  }

  @FuzzTest(maxDuration = "1m")
  void answers(byte[] input) {
    ControlLines lines = lines(input);
    try {
      while (true) {
        JsonObject head = lines.read();
        Bytes behind = lines.readBytes(MountMessages.bytesBehind(head));
        BlockAnswer answer = MountMessages.answer(head, behind);
        switch (answer) {
          case BlockAnswer.InFile place -> {
            assertThat(place.file()).isAbsolute();
            assertThat(place.offset()).isNotNegative();
            assertThat(place.length()).isBetween(0, Block.MAX_BYTES);
          }
          case BlockAnswer.Content(Bytes bytes) -> assertThat(bytes).isEqualTo(behind);
          case BlockAnswer.Absent(String why) -> assertThat(why).isNotNull();
        }
        assertThat(MountMessages.answer(MountMessages.ofAnswer(1, 0, answer), behind))
            .isEqualTo(answer);
      }
    } catch (FaultException | IOException refused) {
      assertThat(refused).hasMessageMatching("(?s).+");
    }
  }

  @FuzzTest(maxDuration = "1m")
  void questions(byte[] input) {
    ControlLines lines = lines(input);
    try {
      while (true) {
        JsonObject question = lines.read();
        assertThat(MountConversation.until(question)).isNotZero();
        switch (question.text("ask")) {
          case "closure" ->
              assertThat(MountMessages.paths(question)).allMatch(path -> path.name().length() > 0);
          case "prove" -> {
            var record = MountMessages.record(question.object("record"));
            assertThat(MountMessages.record(MountMessages.ofRecord(record))).isEqualTo(record);
          }
          default ->
              assertThat(MountMessages.cids(question)).hasSizeLessThanOrEqualTo(Depot.MAX_BLOCKS);
        }
      }
    } catch (FaultException | IOException refused) {
      assertThat(refused).hasMessageMatching("(?s).+");
    }
  }
}
