package spindrift.nix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.MalformedDataException;

final class RealisationTest {
  private static final String DRV = "00bgd045z0d4icpbc2yyz4gx48ak44la-x.drv";
  private static final String OUT = "00bgd045z0d4icpbc2yyz4gx48ak44la-x";

  static Stream<Path> real() {
    return Vectors.list("realisations").stream();
  }

  @ParameterizedTest
  @MethodSource("real")
  void writesAndVerifiesWhatNixWrote(Path file) throws Exception {
    Bytes json = Vectors.read(file);
    PublicKey key = PublicKey.parse(Vectors.text("public-key").strip());
    SecretKey secret = SecretKey.parse(Vectors.text("secret-key").strip());
    Realisation realisation = Realisation.parse(json);
    assertThat(realisation.render()).isEqualTo(json.display());
    assertThat(realisation.signers(List.of(key))).containsExactly(key);
    Realisation unsigned =
        new Realisation(
            realisation.id(),
            realisation.outPath(),
            List.of(),
            realisation.dependentRealisations());
    assertThat(unsigned.signedBy(secret)).isEqualTo(realisation);
  }

  @Test
  void rejectsEveryTruncation() {
    Bytes json = Vectors.read("realisations/2.8-22fbc46c0f751c9e.doi");
    for (int size = 0; size < json.size(); size++) {
      Bytes part = json.slice(0, size);
      assertThatThrownBy(() -> Realisation.parse(part)).isInstanceOf(MalformedDataException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "!", "sha256:x!out", "out", "sha256:", "sha256:00!out", "!out"})
  void rejectsOtherIds(String text) {
    assertThatThrownBy(() -> Realisation.Id.parse(text)).isInstanceOf(MalformedDataException.class);
  }

  @Test
  void rejectsAnIdWithoutAnOutput() throws Exception {
    String id =
        Realisation.parse(Vectors.read("realisations/2.8-22fbc46c0f751c9e.doi")).id().render();
    assertThat(Realisation.Id.parse(id).outputName()).isEqualTo("out");
    assertThatThrownBy(() -> Realisation.Id.parse(id.replace("out", "")))
        .isInstanceOf(MalformedDataException.class);
    assertThatThrownBy(() -> Realisation.Id.parse(id + "/x"))
        .isInstanceOf(MalformedDataException.class);
  }

  @Test
  void readsAndSignsABuildTrace() throws Exception {
    BuildTraceEntry.Key key = BuildTraceEntry.Key.ofFile("build-trace-v2/" + DRV + "/out.doi");
    assertThat(key.file()).isEqualTo("build-trace-v2/" + DRV + "/out.doi");
    BuildTraceEntry entry =
        BuildTraceEntry.parse(key, Bytes.utf8("{\"outPath\":\"" + OUT + "\",\"signatures\":[]}"));
    assertThat(entry.signedText().display())
        .isEqualTo(
            "{\"key\":{\"drvPath\":\""
                + DRV
                + "\",\"outputName\":\"out\"},\"value\":{\"outPath\":\""
                + OUT
                + "\"}}");
    SecretKey secret = SecretKey.generate("own-1");
    BuildTraceEntry signed = entry.signedBy(secret);
    assertThat(signed.signers(List.of(secret.publicKey()))).containsExactly(secret.publicKey());
    assertThat(signed.render())
        .startsWith(
            "{\"outPath\":\"" + OUT + "\",\"signatures\":[{\"keyName\":\"own-1\",\"sig\":\"")
        .endsWith("==\"}]}");
    assertThat(BuildTraceEntry.parse(key, Bytes.utf8(signed.render()))).isEqualTo(signed);
    BuildTraceEntry.Key doc = new BuildTraceEntry.Key(key.derivation(), "doc");
    assertThat(
            new BuildTraceEntry(doc, entry.outPath(), signed.signatures())
                .signers(List.of(secret.publicKey())))
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "build-trace-v2/",
        "build-trace-v2/.doi",
        "build-trace-v2//out.doi",
        "build-trace-v2/" + OUT + "/out.doi",
        "build-trace-v2/" + DRV + "/.doi",
        "build-trace-v2/" + DRV + "/a/b.doi",
        "build-trace-v2/" + DRV + "/out",
        "build-trace-v1/" + DRV + "/out.doi",
      })
  void rejectsOtherFiles(String file) {
    assertThatThrownBy(() -> BuildTraceEntry.Key.ofFile(file))
        .isInstanceOf(MalformedDataException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "{}",
        "{\"outPath\":\"x\",\"signatures\":[]}",
        "{\"outPath\":\"" + OUT + "\"}",
        "{\"outPath\":\"" + OUT + "\",\"signatures\":[\"a:b\"]}",
        "{\"outPath\":\"" + OUT + "\",\"signatures\":[{\"keyName\":\"a\",\"sig\":\"b\"}]}",
      })
  void rejectsOtherDocuments(String json) throws Exception {
    BuildTraceEntry.Key key = new BuildTraceEntry.Key(StorePath.ofBaseName(DRV), "out");
    assertThatThrownBy(() -> BuildTraceEntry.parse(key, Bytes.utf8(json)))
        .isInstanceOf(FaultException.class);
    assertThatThrownBy(() -> Realisation.parse(Bytes.utf8(json)))
        .isInstanceOf(FaultException.class);
  }
}
