package spindrift.nix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import spindrift.base.Bytes;
import spindrift.base.MalformedDataException;
import spindrift.base.RefusedException;

final class StorePathTest {
  private static final String HASH = "00bgd045z0d4icpbc2yyz4gx48ak44la";
  private static final StorePathCalculator CALCULATOR = new StorePathCalculator(StoreDir.DEFAULT);

  @Test
  void readsAndRendersAPath() throws Exception {
    StorePath path = StorePath.parse(StoreDir.DEFAULT, "/nix/store/" + HASH + "-hello-2.12");
    assertThat(path.hashPart()).isEqualTo(HASH);
    assertThat(path.name()).isEqualTo("hello-2.12");
    assertThat(path.baseName()).isEqualTo(HASH + "-hello-2.12");
    assertThat(path.in(StoreDir.DEFAULT)).isEqualTo("/nix/store/" + HASH + "-hello-2.12");
    assertThat(path.isDerivation()).isFalse();
    assertThat(StorePath.ofBaseName(path.baseName())).isEqualTo(path);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "a+b-_?=x.y", ".a", "..a", "...", "-", "A9", ".a-b"})
  void acceptsNamesOfNix(String name) throws Exception {
    assertThat(StorePath.ofBaseName(HASH + "-" + name).name()).isEqualTo(name);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", ".", "..", ".-a", "..-a", "a b", "a/b", "ä", "a\n", "a\0", "a~", "a:"})
  void rejectsNamesThatNixRejects(String name) {
    assertThatThrownBy(() -> StorePath.ofBaseName(HASH + "-" + name))
        .isInstanceOf(MalformedDataException.class);
    assertThatThrownBy(() -> new StorePath(HASH, name))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void limitsTheLengthOfANameTo211() throws Exception {
    String longest = "x".repeat(StorePath.MAX_NAME_LENGTH);
    assertThat(StorePath.ofBaseName(HASH + "-" + longest).name()).isEqualTo(longest);
    assertThatThrownBy(() -> StorePath.ofBaseName(HASH + "-x" + longest))
        .isInstanceOf(MalformedDataException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "x",
        "/nix/store",
        "/nix/store/",
        "/nix/store/" + HASH,
        "/nix/store/" + HASH + "_a",
        "/nix/store/" + HASH + "-a/b",
        "/nix/store//" + HASH + "-a",
        "/nix/storage/" + HASH + "-a",
        "/nix/store/00bgd045z0d4icpbc2yyz4gx48ak44le-a",
        "/nix/store/00bgd045z0d4icpbc2yyz4gx48ak44lA-a",
      })
  void rejectsOtherPaths(String path) {
    assertThatThrownBy(() -> StorePath.parse(StoreDir.DEFAULT, path))
        .isInstanceOf(MalformedDataException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/", "nix", "/nix/", "//nix", "/nix/../x", "/a b", "/a:b", "/a\n"})
  void rejectsUnusableStoreDirectories(String path) {
    assertThatThrownBy(() -> StoreDir.parse(path)).isInstanceOf(MalformedDataException.class);
  }

  @Test
  void sortsByBaseName() throws Exception {
    StorePath a = StorePath.ofBaseName(HASH + "-a");
    StorePath b = StorePath.ofBaseName(HASH + "-a-b");
    StorePath c = StorePath.ofBaseName("1" + HASH.substring(1) + "-a");
    assertThat(Stream.of(c, b, a).sorted()).containsExactly(a, b, c);
  }

  static Stream<String> realPaths() {
    return Vectors.text("store-paths.tsv").lines();
  }

  @ParameterizedTest
  @MethodSource("realPaths")
  void computesThePathsThatNixComputed(String line) throws Exception {
    List<String> fields = List.of(line.split("\t", -1));
    StorePath path = StorePath.parse(StoreDir.DEFAULT, fields.get(0));
    ContentAddress ca = ContentAddress.parse(fields.get(1));
    List<StorePath> references = new ArrayList<>();
    for (String reference : fields.get(2).split(" ", -1)) {
      if (!reference.isEmpty()) {
        references.add(StorePath.parse(StoreDir.DEFAULT, reference));
      }
    }
    assertThat(ca.render()).isEqualTo(fields.get(1));
    assertThat(CALCULATOR.contentAddressed(path.name(), ca, References.of(path, references)))
        .isEqualTo(path);
  }

  @Test
  void computesThePathOfAGitTree() throws Exception {
    ContentAddress tree =
        new ContentAddress(
            ContentAddress.Method.GIT,
            NixHash.parse("sha1:fd296e9dc29fc3257aae13cee9bac1bfdc14e7bf"));
    assertThat(CALCULATOR.contentAddressed("source", tree, References.NONE).baseName())
        .isEqualTo("p3mq27al6qgja0m0b97nq1vs55fa34pr-source");
  }

  @Test
  void namesOutputsOtherThanOut() {
    assertThat(StorePathCalculator.outputPathName("x", "out")).isEqualTo("x");
    assertThat(StorePathCalculator.outputPathName("x", "doc")).isEqualTo("x-doc");
  }

  @Test
  void refusesReferencesWhereTheKindHasNone() throws Exception {
    NixHash hash = NixHash.sha256Of(Bytes.EMPTY);
    References self = References.NONE.withSelf();
    for (ContentAddress.Method method : ContentAddress.Method.values()) {
      ContentAddress ca = new ContentAddress(method, hash);
      if (method != ContentAddress.Method.NAR) {
        assertThatThrownBy(() -> CALCULATOR.contentAddressed("x", ca, self))
            .isInstanceOf(RefusedException.class);
      }
      assertThatThrownBy(() -> CALCULATOR.contentAddressed("x/y", ca, References.NONE))
          .isInstanceOf(RefusedException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "text",
        "text:",
        "text:sha1:iwjz551fyw0cxcjgf4l6c879zabd6wpm",
        "fixed:",
        "fixed:x:sha1:iwjz551fyw0cxcjgf4l6c879zabd6wpm",
        "fixed:r:sha1",
        "fixed:sha1:iwjz551fyw0cxcjgf4l6c879zabd6wp",
        "fixed:git:md5:4425hx5d1mc9y39llj4k4nm55i",
        "ipfs:f01711220",
      })
  void rejectsOtherContentAddresses(String text) {
    assertThatThrownBy(() -> ContentAddress.parse(text)).isInstanceOf(MalformedDataException.class);
  }

  @Test
  void splitsOffTheSelfReference() throws Exception {
    StorePath a = StorePath.ofBaseName(HASH + "-a");
    StorePath b = StorePath.ofBaseName(HASH + "-b");
    References references = References.of(a, List.of(b, a, b));
    assertThat(references.others()).containsExactly(b);
    assertThat(references.hasSelf()).isTrue();
    assertThat(References.of(a, List.of()).isEmpty()).isTrue();
  }
}
