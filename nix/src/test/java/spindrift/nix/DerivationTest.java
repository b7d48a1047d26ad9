package spindrift.nix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import spindrift.base.Bytes;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;

final class DerivationTest {
  private static final String PLAIN = "drv/naj9zn2qgyawd1iwy8vzrg22ld54g5f6-plain.drv";
  private static final String REST = ",[],[],\"s\",\"b\",[],[])";

  private static Derivation parse(String aterm) throws Exception {
    return Derivation.parse(StoreDir.DEFAULT, Bytes.utf8(aterm));
  }

  private static Derivation output(String output) throws Exception {
    return parse("Derive([" + output + "]" + REST);
  }

  static Stream<Path> real() {
    return Vectors.list("drv").stream();
  }

  @ParameterizedTest
  @MethodSource("real")
  void computesThePathThatNixGaveIt(Path file) throws Exception {
    Bytes aterm = Vectors.read(file);
    StorePath path = StorePath.ofBaseName(Vectors.name(file));
    Derivation derivation = Derivation.parse(StoreDir.DEFAULT, aterm);
    assertThat(derivation.render(StoreDir.DEFAULT)).isEqualTo(aterm);
    assertThat(derivation.path(StoreDir.DEFAULT, path.name())).isEqualTo(path);
  }

  @Test
  void readsTheFieldsOfARealOne() throws Exception {
    Derivation derivation = Derivation.parse(StoreDir.DEFAULT, Vectors.read(PLAIN));
    assertThat(derivation.outputs().keySet()).containsExactly("doc", "out");
    assertThat(derivation.outputs().get("out"))
        .isEqualTo(
            new DerivationOutput.InputAddressed(
                StorePath.ofBaseName("jv082g4zvjf0fws1gbjyvn3q3b3ycwgh-plain")));
    assertThat(derivation.inputDerivations()).hasSize(1);
    assertThat(derivation.inputDerivations().firstEntry().getValue()).containsExactly("out");
    assertThat(derivation.inputSources()).hasSize(1);
    assertThat(derivation.system().display()).isEqualTo("x86_64-linux");
    assertThat(derivation.builder().display()).isEqualTo("/bin/sh");
    assertThat(derivation.arguments()).hasSize(2);
    assertThat(derivation.environment("odd").orElseThrow().display())
        .isEqualTo("tab\there\nnewline \"q\" \\ \r cr é");
    assertThat(derivation.environment("absent")).isEmpty();
  }

  @Test
  void tellsTheKindsOfOutputsApart() throws Exception {
    String path = "/nix/store/00bgd045z0d4icpbc2yyz4gx48ak44la-x";
    StorePath parsed = StorePath.parse(StoreDir.DEFAULT, path);
    String sha1 = "f572d396fae9206628714fb2ce00f72e94f2258f";
    assertThat(output("(\"out\",\"" + path + "\",\"\",\"\")").outputs().get("out"))
        .isEqualTo(new DerivationOutput.InputAddressed(parsed));
    DerivationOutput fixed =
        new DerivationOutput.Fixed(
            parsed, new ContentAddress(ContentAddress.Method.NAR, NixHash.parse("sha1:" + sha1)));
    assertThat(fixed.knownPath()).hasValue(parsed);
    assertThat(output("(\"out\",\"" + path + "\",\"r:sha1\",\"" + sha1 + "\")").outputs())
        .containsEntry("out", fixed);
    DerivationOutput floating =
        new DerivationOutput.Floating(ContentAddress.Method.TEXT, HashAlgorithm.SHA256);
    assertThat(output("(\"out\",\"\",\"text:sha256\",\"\")").outputs())
        .containsEntry("out", floating);
    DerivationOutput impure =
        new DerivationOutput.Impure(ContentAddress.Method.FLAT, HashAlgorithm.SHA512);
    assertThat(output("(\"out\",\"\",\"sha512\",\"impure\")").outputs())
        .containsEntry("out", impure);
    assertThat(output("(\"out\",\"\",\"\",\"\")").outputs())
        .containsEntry("out", new DerivationOutput.Deferred());
    assertThat(floating.knownPath()).isEmpty();
    assertThat(impure.knownPath()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "(\"out\",\"\",\"\",\"00\")",
        "(\"out\",\"\",\"sha256\",\"00\")",
        "(\"out\",\"\",\"md6\",\"\")",
        "(\"out\",\"\",\"text:sha1\",\"\")",
        "(\"out\",\"/x\",\"\",\"\")",
        "(\"out\",\"/nix/store/00bgd045z0d4icpbc2yyz4gx48ak44la-x\",\"sha256\",\"\")",
        "(\"\",\"\",\"\",\"\")",
        "(\"a/b\",\"\",\"\",\"\")",
        "(\"out\",\"\",\"\",\"\"),(\"doc\",\"\",\"\",\"\")", // order
        "(\"out\",\"\",\"\",\"\"),(\"out\",\"\",\"\",\"\")", // twice
        "(\"o\\ut\",\"\",\"\",\"\")", // another spelling
        "(\"out\", \"\",\"\",\"\")",
        "(\"out\",\"\",\"\",\"\"),",
        "(\"out\",\"\",\"\")",
      })
  void rejectsOtherOutputs(String output) {
    assertThatThrownBy(() -> output(output)).isInstanceOf(MalformedDataException.class);
  }

  @Test
  void rejectsWhatIsNotTheOneSpelling() {
    String output = "Derive([(\"out\",\"\",\"\",\"\")]";
    for (String rest :
        new String[] {
          REST + "\n",
          ",[],[],\"s\",\"b\",[],[(\"b\",\"\"),(\"a\",\"\")])",
          ",[],[],\"s\",\"b\",[],[(\"a\",\"\"),(\"a\",\"\")])",
          ",[],[],\"\n\",\"b\",[],[])",
          ",[],[\"x\"],\"s\",\"b\",[],[])",
          ",[(\"x\",[])],[],\"s\",\"b\",[],[])",
          ",[],[],\"s\",\"b\",[])",
        }) {
      assertThatThrownBy(() -> parse(output + rest)).isInstanceOf(MalformedDataException.class);
    }
    assertThatThrownBy(() -> parse("DrvWithVersion(\"xp-dyn-drv\"," + output.substring(7) + REST))
        .isInstanceOf(MalformedDataException.class);
  }

  @Test
  void keepsBytesThatAreNotUtf8() throws Exception {
    Bytes aterm = Bytes.utf8("Derive([(\"out\",\"\",\"\",\"\")],[],[],\"s\",\"b\",[\"?\"],[])");
    byte[] changed = aterm.toArray();
    int at = aterm.display().indexOf('?');
    changed[at] = (byte) 0xe9;
    Derivation derivation = Derivation.parse(StoreDir.DEFAULT, Bytes.owning(changed));
    assertThat(derivation.arguments()).containsExactly(Bytes.of(0xe9));
  }

  @Test
  void rejectsEveryTruncation() {
    Bytes aterm = Vectors.read(PLAIN);
    for (int size = 0; size < aterm.size(); size++) {
      Bytes part = aterm.slice(0, size);
      assertThatThrownBy(() -> Derivation.parse(StoreDir.DEFAULT, part))
          .isInstanceOf(MalformedDataException.class);
    }
  }

  @Test
  void limitsItsSize() {
    Bytes large = Bytes.owning(new byte[Derivation.MAX_SIZE + 1]);
    assertThatThrownBy(() -> Derivation.parse(StoreDir.DEFAULT, large))
        .isInstanceOf(LimitExceededException.class);
  }
}
