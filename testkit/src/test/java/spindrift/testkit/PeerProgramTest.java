package spindrift.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.FieldSource;
import spindrift.base.Bytes;

final class PeerProgramTest {
  private static final Bytes HELLO =
      Bytes.copyOf("hello world".getBytes(StandardCharsets.US_ASCII));
  private static final String HELLO_CID =
      "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e";
  private static final String NOBODYS_CID =
      "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";

  @TempDir Path scratch;

  @ParameterizedTest
  @EnumSource
  void twoOfItExchangeFilesAndBlocks(PeerProgram program) throws Exception {
    assumeThat(program.missing()).as(program.missing().orElse("")).isEmpty();
    Path file = scratch.resolve("file");
    Files.write(file, Seeds.bytes(new Random(1), 3_000_000).toArray());
    try (OtherPeer one = program.start(scratch.resolve("one"));
        OtherPeer two = program.start(scratch.resolve("two"))) {
      two.connect(one.address());
      assertThat(two.peers()).containsExactly(one.peerId());

      two.cat(one.add(file, "size-262144"), scratch.resolve("copy"));
      assertThat(scratch.resolve("copy")).hasSameBinaryContentAs(file);

      assertThat(two.has(HELLO_CID)).isFalse();
      assertThatThrownBy(() -> two.block(NOBODYS_CID, 1)).isInstanceOf(IOException.class);
      two.want(HELLO_CID);
      assertThat(one.put(HELLO)).isEqualTo(HELLO_CID);
      two.awaitBlock(HELLO_CID);
      assertThat(two.block(HELLO_CID)).isEqualTo(HELLO);
      assertThat(two.has(HELLO_CID)).isTrue();
      two.get(HELLO_CID, scratch.resolve("hello"));
      assertThat(scratch.resolve("hello")).hasContent("hello world");

      two.disconnect(one.peerId());
      assertThat(two.peers()).isEmpty();
    }
  }

  @ParameterizedTest
  @FieldSource("spindrift.testkit.PeerProgram#SCRIPTED")
  void twoOfItSpeakTls(PeerProgram program) throws Exception {
    assumeThat(program.missing()).as(program.missing().orElse("")).isEmpty();
    PeerSettings settings = PeerSettings.in(scratch).withSecurity("tls");
    try (ScriptedPeer one = ScriptedPeer.start(program, settings);
        ScriptedPeer two = ScriptedPeer.start(program, settings)) {
      two.connect(one.address());
      assertThat(two.connections().getFirst().text("security")).startsWith("/tls");
      two.ping(one.peerId());
      two.echo(one.peerId(), 5_000_000);
    }
  }
}
