package spindrift.nix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;

final class NarInfoTest {
  private static final String SMALL =
      """
      StorePath: /nix/store/00bgd045z0d4icpbc2yyz4gx48ak44la-x
      URL: nar/x.nar
      NarHash: sha256:00xyyr3fi8l6hb839bv3f7yb86yjv7xi1cgh1xnhipym4asvb4aq
      NarSize: 120
      """;

  private static NarInfo parse(String text) throws FaultException {
    return NarInfo.parse(StoreDir.DEFAULT, text);
  }

  static Stream<Path> real() {
    return Vectors.list("narinfo").stream();
  }

  @ParameterizedTest
  @MethodSource("real")
  void writesWhatNixWrote(Path file) throws Exception {
    Bytes text = Vectors.read(file);
    NarInfo info = NarInfo.parse(StoreDir.DEFAULT, text);
    assertThat(info.render(StoreDir.DEFAULT)).isEqualTo(text.utf8().orElseThrow());
    assertThat(info.pathInfo().fingerprint(StoreDir.DEFAULT))
        .isEqualTo(info.fingerprint(StoreDir.DEFAULT));
  }

  @Test
  void readsTheFieldsOfARealOne() throws Exception {
    NarInfo info =
        NarInfo.parse(
            StoreDir.DEFAULT,
            Vectors.read("narinfo/2.34-bsdidx1zqb7pikjhij0mfw64vg9s38la.narinfo"));
    assertThat(info.compression()).isEqualTo(Compression.XZ);
    assertThat(info.references()).hasSize(2).contains(info.path());
    assertThat(info.deriver().orElseThrow().isDerivation()).isTrue();
    assertThat(info.ca().orElseThrow().method()).isEqualTo(ContentAddress.Method.NAR);
    assertThat(info.fileSize()).hasValue(224);
    assertThat(info.narSize()).isEqualTo(280);
    assertThat(info.fingerprint(StoreDir.DEFAULT).display())
        .isEqualTo(
            "1;/nix/store/bsdidx1zqb7pikjhij0mfw64vg9s38la-ca-self;"
                + "sha256:1qhps70jlipilwxr37zhka88bc3sfd4hwx31wbvdbha2g9qprvw3;280;"
                + "/nix/store/bsdidx1zqb7pikjhij0mfw64vg9s38la-ca-self,"
                + "/nix/store/migf3i53pc35bf1lkscgbi243my58ims-note.txt");
  }

  @Test
  void takesWhatNixTakes() throws Exception {
    NarInfo info =
        parse(
            SMALL
                + """
                References:\s
                Deriver: unknown-deriver
                CA:\s
                Sig: garbage
                IpfsCid: bafkqaaa
                X:\s
                """);
    assertThat(info.compression()).isEqualTo(Compression.BZIP2);
    assertThat(info.references()).isEmpty();
    assertThat(info.deriver()).isEmpty();
    assertThat(info.ca()).isEmpty();
    assertThat(info.signatures()).isEmpty();
    assertThat(info.signatureLines()).containsExactly("garbage");
    assertThat(info.extraField("IpfsCid")).hasValue("bafkqaaa");
    assertThat(info.extraField("X")).hasValue("");
    assertThat(info.fileHash()).isEmpty();
    assertThat(info.fileSize()).isEmpty();
    assertThat(info.render(StoreDir.DEFAULT))
        .contains("\nReferences: \n")
        .endsWith("\nSig: garbage\nIpfsCid: bafkqaaa\nX: \n");
    assertThat(parse(info.render(StoreDir.DEFAULT))).isEqualTo(info);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "References:\n", // Nix would swallow the next line
        "Sig: a\r", // no newline at the end
        "nonsense\n",
        ": x\n",
        "Deriver: \n",
        "Deriver: x\n",
        "References: x\n",
        "URL: nar/y.nar\n",
        "NarSize: 120\n",
        "FileSize: -1\n",
        "FileSize: +1\n",
        "FileSize: 9223372036854775808\n",
        "FileSize: \n",
        "FileHash: x\n",
        "Compression: snappy\n",
        "CA: x\n",
        "\n",
      })
  void rejectsAnAdditionalLine(String line) {
    assertThatThrownBy(() -> parse(SMALL + line)).isInstanceOf(MalformedDataException.class);
  }

  @Test
  void wantsEachRequiredField() {
    for (String line : SMALL.lines().toList()) {
      assertThatThrownBy(() -> parse(SMALL.replace(line + "\n", "")))
          .isInstanceOf(MalformedDataException.class)
          .hasMessageContaining("missing");
    }
  }

  @Test
  void rejectsUnusableValues() {
    List<String> texts =
        List.of(
            SMALL.replace("NarSize: 120", "NarSize: 0"),
            SMALL.replace("URL: nar/x.nar", "URL: "),
            SMALL.replace("/nix/store/", "/gnu/store/"),
            SMALL.replace("sha256:00xyyr", "sha1:00xyyr"),
            SMALL.replaceAll(
                "NarHash: .*", "NarHash: sha1:f572d396fae9206628714fb2ce00f72e94f2258f"),
            SMALL.replace("\n", "\r\n"));
    for (String text : texts) {
      assertThatThrownBy(() -> parse(text)).isInstanceOf(MalformedDataException.class);
    }
    assertThatThrownBy(() -> NarInfo.parse(StoreDir.DEFAULT, Bytes.of(0xff, '\n')))
        .isInstanceOf(MalformedDataException.class);
  }

  @Test
  void rejectsEveryTruncationButAfterOptionalLines() throws Exception {
    Bytes text = Vectors.read("narinfo/2.34-bsdidx1zqb7pikjhij0mfw64vg9s38la.narinfo");
    int required = text.display().indexOf("References");
    for (int size = 0; size < text.size(); size++) {
      Bytes part = text.slice(0, size);
      if (size >= required && part.at(size - 1) == '\n') {
        assertThat(NarInfo.parse(StoreDir.DEFAULT, part).narSize()).isEqualTo(280);
      } else {
        assertThatThrownBy(() -> NarInfo.parse(StoreDir.DEFAULT, part))
            .isInstanceOf(MalformedDataException.class);
      }
    }
  }

  @Test
  void limitsItsSize() throws Exception {
    String filler = "X: " + "x".repeat(NarInfo.MAX_SIZE - SMALL.length() - 4) + "\n";
    assertThat(parse(SMALL + filler).extraFields()).hasSize(1);
    assertThatThrownBy(() -> parse(SMALL + "Y" + filler))
        .isInstanceOf(LimitExceededException.class);
  }

  @Test
  void canBeServedFromAnotherFile() throws Exception {
    NarInfo info = parse(SMALL);
    NarInfo plain = info.withPlainFile();
    assertThat(plain.url())
        .isEqualTo("nar/00xyyr3fi8l6hb839bv3f7yb86yjv7xi1cgh1xnhipym4asvb4aq.nar");
    assertThat(plain.compression()).isEqualTo(Compression.NONE);
    assertThat(plain.fileHash()).hasValue(info.narHash());
    assertThat(plain.fileSize()).hasValue(120);
    NarInfo zstd = plain.withFile("nar/y.nar.zst", Compression.ZSTD);
    assertThat(zstd.render(StoreDir.DEFAULT))
        .contains("URL: nar/y.nar.zst\nCompression: zstd\nNarHash: ");
    assertThat(info.withFile("y", Compression.NONE, info.narHash(), 7).fileSize()).hasValue(7);
  }

  @Test
  void takesSignaturesAndFieldsInAddition() throws Exception {
    SecretKey key = SecretKey.generate("own-1");
    NarInfo info = parse(SMALL + "Sig: theirs\n");
    Signature signature = key.sign(info.fingerprint(StoreDir.DEFAULT));
    NarInfo signed = info.withSignature(signature).withSignature(signature);
    assertThat(signed.signatureLines()).containsExactly("theirs", signature.render());
    assertThat(signed.signers(StoreDir.DEFAULT, List.of(key.publicKey())))
        .containsExactly(key.publicKey());
    NarInfo extra = info.withExtraField("IpfsCid", "a").withExtraField("IpfsCid", "b");
    assertThat(extra.extraFields()).containsExactly(new NarInfo.Field("IpfsCid", "b"));
    assertThat(extra.withoutExtraField("IpfsCid")).isEqualTo(info);
  }

  @Test
  void cannotBeMadeIntoWhatCannotBeRead() throws Exception {
    NarInfo info = parse(SMALL);
    assertThatThrownBy(() -> info.withExtraField("Sig", "x"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> info.withExtraField("X", "x\ny"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> info.withExtraField("X:", "x"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> info.withFile("a\nb", Compression.NONE))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> info.withSignatureLines(List.of("a\nb")))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void isMadeFromAPathInfo() throws Exception {
    SecretKey key = SecretKey.generate("own-1");
    StorePath path = StorePath.ofBaseName("00bgd045z0d4icpbc2yyz4gx48ak44la-x");
    StorePath other = StorePath.ofBaseName("10bgd045z0d4icpbc2yyz4gx48ak44la-y");
    PathInfo bare =
        PathInfo.of(path, NixHash.sha256Of(Bytes.EMPTY), 96, List.of(other, path, other));
    PathInfo info = bare.withSignatures(List.of(key.sign(bare.fingerprint(StoreDir.DEFAULT))));
    assertThat(info.references()).containsExactly(path, other);
    NarInfo narInfo = NarInfo.of(info);
    assertThat(narInfo.fileHash()).hasValue(info.narHash());
    assertThat(narInfo.signers(StoreDir.DEFAULT, List.of(key.publicKey()))).hasSize(1);
    assertThat(narInfo.pathInfo()).isEqualTo(info);
    assertThat(parse(narInfo.render(StoreDir.DEFAULT)).pathInfo()).isEqualTo(info);
    assertThatThrownBy(() -> PathInfo.of(path, info.narHash(), 0, List.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void namesTheSuffixesThatNixWrites() throws Exception {
    for (Compression compression : Compression.values()) {
      assertThat(Compression.parse(compression.label())).isEqualTo(compression);
    }
    assertThat(Compression.ZSTD.suffix()).isEqualTo(".zst");
    assertThat(Compression.GZIP.suffix()).isEmpty();
  }

  @Test
  void readsTheInfoOfACache() throws Exception {
    CacheInfo info =
        CacheInfo.parse(Bytes.utf8("StoreDir: /nix/store\nWantMassQuery: 1\nPriority: 40\n"));
    assertThat(info.store()).hasValue(StoreDir.DEFAULT);
    assertThat(info.massQuery()).isEqualTo(CacheInfo.MassQuery.WANTED);
    assertThat(info.priority()).hasValue(40);
    assertThat(info.render()).isEqualTo("StoreDir: /nix/store\nWantMassQuery: 1\nPriority: 40\n");
    assertThat(CacheInfo.parse(Bytes.utf8(info.render()))).isEqualTo(info);
    CacheInfo page = CacheInfo.parse(Bytes.utf8("<html>\r\n<body>: no"));
    assertThat(page.store()).isEqualTo(Optional.empty());
    assertThat(CacheInfo.parse(Bytes.utf8("StoreDir: /nix/store\r\nX: y\r\n")).store())
        .hasValue(StoreDir.DEFAULT);
    assertThatThrownBy(() -> CacheInfo.parse(Bytes.utf8("Priority: low\n")))
        .isInstanceOf(MalformedDataException.class);
    assertThatThrownBy(() -> CacheInfo.parse(Bytes.owning(new byte[CacheInfo.MAX_SIZE + 1])))
        .isInstanceOf(LimitExceededException.class);
  }
}
