package spindrift.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RawPathTest {
  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "plain",
        " blanks ",
        "100%41",
        "a#b?c",
        "new\nline",
        "tab\t",
        "naïve",
        "日本",
        "\\",
        "~",
        "a:b"
      })
  void keepsEveryTextName(String name) throws Exception {
    roundTrips(Bytes.utf8(name));
  }

  @Test
  void keepsNamesThatAreNotUtf8() throws Exception {
    roundTrips(Bytes.of('x', 0xff, 0xfe, 'y'));
    roundTrips(Bytes.of(0xe9));
    roundTrips(Bytes.of(0x01, 0x1b, 0x7f, 0x80));
  }

  @Test
  void keepsWholePaths() {
    Bytes path = Bytes.of('/', 'a', 0xff, '/', 'b');
    assertThat(RawPath.bytes(RawPath.of(path))).isEqualTo(path);
    assertThat(RawPath.of(Bytes.of('a', 0xff, '/', 'b')).isAbsolute()).isFalse();
  }

  @Test
  void whatAnotherProgramNamesIsAWholePath() throws Exception {
    assertThat(RawPath.absolute(Bytes.utf8("/a/b"), "test")).isEqualTo(Path.of("/a/b"));
    for (Bytes wrong :
        List.of(
            Bytes.EMPTY,
            Bytes.utf8("a/b"),
            Bytes.of('/', 'a', 0, 'b'),
            Bytes.utf8("/" + "a".repeat(RawPath.MAX_BYTES)))) {
      assertThatThrownBy(() -> RawPath.absolute(wrong, "test"))
          .isInstanceOf(MalformedDataException.class);
    }
  }

  private void roundTrips(Bytes name) throws Exception {
    Path file = directory.resolve(RawPath.of(name));
    Files.createDirectory(file);
    assertThat(RawPath.bytes(file.getFileName())).isEqualTo(name);
    assertThat(RawPath.bytes(file)).isEqualTo(Bytes.utf8(directory + "/").concat(name));
    try (DirectoryStream<Path> names = Files.newDirectoryStream(directory)) {
      assertThat(names).map(found -> RawPath.bytes(found.getFileName())).contains(name);
    }
    Files.delete(file);
  }
}
