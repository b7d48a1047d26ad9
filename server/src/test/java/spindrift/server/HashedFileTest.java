package spindrift.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import spindrift.base.Bytes;
import spindrift.catalog.OfferedFiles;
import spindrift.nix.HashAlgorithm;
import spindrift.nix.NixHash;

/** Fetchers ask for files by their hash, in all ways in which they write it. */
final class HashedFileTest {
  private static final Bytes CONTENT = Bytes.utf8("source ".repeat(5000));

  @TempDir Path folder;
  private TestNode node;

  @BeforeEach
  void open() throws Exception {
    node = TestNode.open(folder);
  }

  @AfterEach
  void close() throws Exception {
    node.close();
  }

  private OfferedFiles.Offered offer(Bytes content) throws Exception {
    return new OfferedFiles(node.catalog, node.blocks)
        .add(
            "source.tar",
            content.size(),
            new ByteArrayInputStream(content.toArray()),
            EnumSet.complementOf(EnumSet.of(HashAlgorithm.BLAKE3)));
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "BLAKE3")
  void everySpellingOfEveryHashFindsIt(HashAlgorithm algorithm) throws Exception {
    NixHash hash = offer(CONTENT).hashes().get(algorithm);
    String label = "/" + algorithm.label();
    String base64 = hash.sri().substring(algorithm.label().length() + 1);
    for (String path :
        List.of(
            label + "/" + hash.hex(),
            label + "/" + hash.nix32(),
            label + "/" + base64,
            label + "/" + hash.sri(),
            "//" + hash.sri(),
            "//" + hash.prefixedHex(),
            "/" + hash.sri(),
            "//" + hash.sri().replace("/", "%2F").replace("+", "%2B").replace("=", "%3D"))) {
      RawClient.Answer answer = node.get(path);
      assertThat(answer.status()).as(path).isEqualTo(200);
      assertThat(answer.body()).isEqualTo(CONTENT);
      RawClient.Answer head = node.head(path);
      assertThat(head.status()).isEqualTo(200);
      assertThat(head.field("Content-Length")).contains(String.valueOf(CONTENT.size()));
    }
  }

  @Test
  void base64MayHaveSlashesOneBehindTheOther() throws Exception {
    for (int i = 0; ; i++) {
      Bytes content = Bytes.utf8("content " + i);
      NixHash hash = NixHash.sha256Of(content);
      if (hash.sri().contains("//")) {
        offer(content);
        assertThat(node.get("//" + hash.sri()).body()).isEqualTo(content);
        return;
      }
    }
  }

  @Test
  void aPartIsNeverSentForThatCouldEndAWrongBeginning() throws Exception {
    NixHash hash = offer(CONTENT).hashes().get(HashAlgorithm.SHA256);
    RawClient.Answer answer = node.get("/sha256/" + hash.hex(), "Range: bytes=100-");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo(CONTENT);
    assertThat(answer.field("Accept-Ranges")).contains("none");
  }

  @Test
  void anEmptyFileIsOneToo() throws Exception {
    NixHash hash = offer(Bytes.EMPTY).hashes().get(HashAlgorithm.SHA256);
    RawClient.Answer answer = node.get("/sha256/" + hash.hex());
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo(Bytes.EMPTY);
  }

  @Test
  void aLeafOfAnyObjectIsAFileByItsHash() throws Exception {
    Bytes small = Bytes.utf8("one leaf");
    new OfferedFiles(node.catalog, node.blocks)
        .add(
            "x",
            small.size(),
            new ByteArrayInputStream(small.toArray()),
            EnumSet.of(HashAlgorithm.MD5));
    assertThat(node.get("/sha256/" + NixHash.sha256Of(small).hex()).body()).isEqualTo(small);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/sha256/e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "//sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        "/sha256/sha512-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        "/sha256/E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B8ZZ",
        "/sha256/0000000000000000000000",
        "/sha256/",
        "/sha512/e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "/blake3/e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "//e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "//nix-cache-info",
        "//nar/x.nar",
        "/sha256//../nix-cache-info/0000000000000000000",
        "/sha256/e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855/x"
      })
  void whatIsNotHereOrNoHashIsAbsent(String path) throws Exception {
    assertThat(node.get(path).status()).isEqualTo(404);
  }

  @Test
  void nothingCanBePutThere() throws Exception {
    String path = "/sha256/" + NixHash.sha256Of(CONTENT).hex();
    RawClient.Answer answer = node.put(path, CONTENT);
    assertThat(answer.status()).isEqualTo(405);
    assertThat(answer.field("Allow")).contains("GET, HEAD");
  }
}
