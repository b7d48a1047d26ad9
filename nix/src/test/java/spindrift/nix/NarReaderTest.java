package spindrift.nix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;

final class NarReaderTest {
  private static InputStream stream(Bytes bytes) {
    return new ByteArrayInputStream(bytes.toArray());
  }

  private static NarRecorder record(Bytes nar) throws IOException, FaultException {
    NarRecorder recorder = new NarRecorder();
    NarReader.read(stream(nar), recorder);
    return recorder;
  }

  static Stream<Path> real() {
    return Vectors.list("nar").stream();
  }

  @ParameterizedTest
  @MethodSource("real")
  void copiesARealNarByteForByte(Path file) throws Exception {
    Bytes nar = Vectors.read(file);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    NarWriter writer = new NarWriter(out);
    NarReader reader = new NarReader(stream(nar));
    reader.read(writer);
    reader.expectEnd();
    assertThat(reader.size()).isEqualTo(nar.size());
    assertThat(writer.finish()).isEqualTo(nar.size());
    assertThat(Bytes.owning(out.toByteArray())).isEqualTo(nar);
  }

  @Test
  void tellsOfEverythingInARealNar() throws Exception {
    assertThat(record(Vectors.read("nar/tree.nar")).calls)
        .containsExactly(
            "directory",
            "entry (",
            "REGULAR 1 y",
            "entry a",
            "REGULAR 6 hello",
            "entry big",
            "REGULAR 4097 (4097 bytes)",
            "entry dangling",
            "link /nonexistent",
            "entry dir",
            "directory",
            "entry link",
            "link ../a",
            "entry sub",
            "directory",
            "entry type",
            "REGULAR 1 z",
            "end",
            "end",
            "entry eight",
            "REGULAR 8 12345678",
            "entry empty",
            "directory",
            "end",
            "entry nothing",
            "REGULAR 0 ",
            "entry run",
            "EXECUTABLE 10 #!/bin/sh",
            "entry é",
            "REGULAR 1 u",
            "end");
  }

  @Test
  void skipsContentsThatTheVisitorLeaves() throws Exception {
    for (int bytesToRead : new int[] {0, 1, 7}) {
      NarRecorder recorder = new NarRecorder();
      recorder.bytesToRead = bytesToRead;
      Bytes nar = Vectors.read("nar/tree.nar");
      assertThat(NarReader.read(stream(nar), recorder)).isEqualTo(nar.size());
      assertThat(recorder.calls).hasSize(31);
    }
  }

  @Test
  void stopsExactlyAtTheEnd() throws Exception {
    Bytes nar = Vectors.read("nar/tree.nar");
    InputStream twice = stream(new NarTokens().raw(nar).raw(nar).done());
    assertThat(NarReader.read(twice, new NarRecorder())).isEqualTo(nar.size());
    NarReader second = new NarReader(twice);
    second.read(new NarRecorder());
    second.expectEnd();
    NarReader first = new NarReader(stream(new NarTokens().raw(nar).raw(nar).done()));
    first.read(new NarRecorder());
    assertThatThrownBy(first::expectEnd)
        .isInstanceOf(MalformedDataException.class)
        .hasMessageContaining("behind the end");
    assertThatThrownBy(() -> first.read(new NarRecorder()))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void readsFromAStreamThatGivesSingleBytes() throws Exception {
    Bytes nar = Vectors.read("nar/tree.nar");
    InputStream slow =
        new FilterInputStream(stream(nar)) {
          @Override
          public int read(byte[] target, int from, int size) throws IOException {
            return super.read(target, from, Math.min(1, size));
          }

          @Override
          public long skip(long size) {
            return 0;
          }
        };
    NarRecorder recorder = new NarRecorder();
    recorder.bytesToRead = 3;
    assertThat(NarReader.read(slow, recorder)).isEqualTo(nar.size());
  }

  @Test
  void reportsATruncationAtEveryByte() {
    Bytes nar = Vectors.read("nar/tree.nar");
    for (int size = 0; size < nar.size(); size++) {
      Bytes part = nar.slice(0, size);
      assertThatThrownBy(() -> record(part))
          .isInstanceOf(MalformedDataException.class)
          .hasMessageContaining("truncated");
    }
  }

  @Test
  void survivesOrReportsAChangeOfEveryByte() throws Exception {
    Bytes nar = Vectors.read("nar/run.nar");
    for (int at = 0; at < nar.size(); at++) {
      byte[] changed = nar.toArray();
      changed[at] ^= 0x10;
      Bytes result = Bytes.owning(changed);
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      try {
        NarReader.read(stream(result), new NarWriter(out));
        assertThat(Bytes.owning(out.toByteArray())).isEqualTo(result);
      } catch (MalformedDataException e) {
        assertThat(e.offset()).isBetween(0L, (long) nar.size());
      }
    }
  }

  static Map<String, NarTokens> violations() {
    Bytes nine = Bytes.utf8("contents\0");
    return Map.ofEntries(
        Map.entry("expected \"nix-archive-1\"", new NarTokens().text("nix-archive-2").file()),
        Map.entry("expected \"(", NarTokens.nar().text(")", "type", "regular")),
        Map.entry("unknown type", NarTokens.nar().text("(", "type", "fifo")),
        Map.entry("unknown type of a node", NarTokens.nar().text("(", "type", "directori", ")")),
        Map.entry(
            "expected \"contents\"", NarTokens.nar().text("(", "type", "regular").bytes(nine)),
        Map.entry(
            "has a value",
            NarTokens.nar().text("(", "type", "regular", "executable", "x", "contents", "")),
        Map.entry("no target", NarTokens.nar().text("(", "type", "symlink", "targes", "x", ")")),
        Map.entry(
            "target is empty", NarTokens.nar().text("(", "type", "symlink", "target", "", ")")),
        Map.entry(
            "target has a NUL", NarTokens.nar().text("(", "type", "symlink", "target", "a\0", ")")),
        Map.entry("expected \")\"", NarTokens.nar().text("(", "type", "directory", "entri")),
        Map.entry(
            "expected \"( name\"",
            NarTokens.nar().text("(", "type", "directory", "entry", "(", "nam", "a")),
        Map.entry(
            "expected \"node",
            NarTokens.nar()
                .text(
                    "(",
                    "type",
                    "directory",
                    "entry",
                    "(",
                    "name",
                    "a",
                    "nods",
                    "(",
                    "type",
                    "regular")),
        Map.entry(
            "2^63",
            NarTokens.nar().text("(", "type", "regular", "contents").length(Long.MIN_VALUE)),
        Map.entry(
            "padding is not zero",
            NarTokens.nar()
                .text("(", "type", "regular", "contents")
                .length(1)
                .raw(Bytes.of('x', 0, 0, 0, 0, 0, 0, 1))
                .text(")")),
        Map.entry(
            "padding", // of a name
            NarTokens.nar()
                .text("(", "type", "directory", "entry", "(", "name")
                .length(1)
                .raw(Bytes.of('x', 1, 0, 0, 0, 0, 0, 0))
                .text("node")
                .file()),
        Map.entry(
            "padding is", // of a target
            NarTokens.nar()
                .text("(", "type", "symlink", "target")
                .length(1)
                .raw(Bytes.of('x', 0, 0, 0, 0, 0, 1, 0))
                .text(")")));
  }

  @Test
  void rejectsEveryViolationOfTheGrammar() {
    violations()
        .forEach(
            (rule, tokens) ->
                assertThatThrownBy(() -> record(tokens.done()))
                    .as(rule)
                    .isInstanceOf(MalformedDataException.class)
                    .hasMessageContaining(rule));
  }

  @Test
  void rejectsNamesThatAreNone() {
    for (String name : new String[] {"", ".", "..", "/", "a/b", "\0", "a\0"}) {
      Bytes nar = NarTokens.nar().text("(", "type", "directory").entry(name).text(")").done();
      assertThatThrownBy(() -> record(nar))
          .as(name)
          .isInstanceOf(MalformedDataException.class)
          .hasMessageContaining("a name");
    }
  }

  @Test
  void rejectsEntryNamesOutOfOrder() throws Exception {
    String[][] pairs = {{"b", "a"}, {"a", "a"}, {"ab", "a"}, {"\u00e9", "z"}};
    for (String[] pair : pairs) {
      NarTokens tokens = NarTokens.nar().text("(", "type", "directory");
      Bytes nar = tokens.entry(pair[0]).entry(pair[1]).text(")").done();
      assertThatThrownBy(() -> record(nar))
          .isInstanceOf(MalformedDataException.class)
          .hasMessageContaining("ascending");
    }
    NarTokens tokens = NarTokens.nar().text("(", "type", "directory");
    assertThat(record(tokens.entry("a").entry("ab").entry("b").text(")").done()).calls).hasSize(8);
  }

  @Test
  void limitsNamesAndTargets() throws Exception {
    Bytes longest =
        NarTokens.nar().text("(", "type", "directory").entry("n".repeat(255)).text(")").done();
    assertThat(record(longest).calls).hasSize(4);
    Bytes tooLong =
        NarTokens.nar().text("(", "type", "directory").entry("n".repeat(256)).text(")").done();
    assertThatThrownBy(() -> record(tooLong)).isInstanceOf(LimitExceededException.class);
    NarTokens link = NarTokens.nar().text("(", "type", "symlink", "target");
    assertThat(record(link.text("t".repeat(4095), ")").done()).calls).hasSize(1);
    NarTokens other = NarTokens.nar().text("(", "type", "symlink", "target");
    assertThatThrownBy(() -> record(other.text("t".repeat(4096), ")").done()))
        .isInstanceOf(LimitExceededException.class);
  }

  @Test
  void boundsNamesBeforeItTakesMemoryForThem() {
    NarTokens name = NarTokens.nar().text("(", "type", "directory", "entry", "(", "name");
    assertThatThrownBy(() -> record(name.length(Long.MAX_VALUE).done()))
        .isInstanceOf(LimitExceededException.class);
    NarTokens target = NarTokens.nar().text("(", "type", "symlink", "target");
    assertThatThrownBy(() -> record(target.length(Long.MAX_VALUE).done()))
        .isInstanceOf(LimitExceededException.class);
    NarTokens contents = NarTokens.nar().text("(", "type", "regular", "contents");
    assertThatThrownBy(() -> record(contents.length(Long.MAX_VALUE).done()))
        .isInstanceOf(MalformedDataException.class)
        .hasMessageContaining("truncated");
  }

  @Test
  void limitsDirectoriesWithinEachOther() throws Exception {
    assertThat(record(nested(NarFormat.MAX_DEPTH)).calls).hasSize(3 * NarFormat.MAX_DEPTH - 1);
    assertThatThrownBy(() -> record(nested(NarFormat.MAX_DEPTH + 1)))
        .isInstanceOf(LimitExceededException.class);
  }

  /** So many directories, each but the last with the next one in it. */
  static Bytes nested(int depth) {
    NarTokens tokens = NarTokens.nar();
    for (int i = 1; i < depth; i++) {
      tokens.text("(", "type", "directory", "entry", "(", "name", "d", "node");
    }
    tokens.text("(", "type", "directory", ")");
    for (int i = 1; i < depth; i++) {
      tokens.text(")", ")");
    }
    return tokens.done();
  }
}
