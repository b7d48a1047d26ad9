package spindrift.substitute;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.catalog.TrustPolicy;
import spindrift.catalog.TrustRules;
import spindrift.nix.NarInfo;
import spindrift.nix.SecretKey;
import spindrift.nix.StoreDir;

/** Peers that have one signature each have enough together. */
final class PeerQuorumTest {
  private static final SecretKey SECOND = SecretKey.generate("second-1");
  private static final SecretKey THIRD = SecretKey.generate("third-1");
  private static final TrustPolicy TWO_OF_THREE =
      new TrustPolicy(
          new TrustRules(
              List.of(SignedNar.KEY.publicKey(), SECOND.publicKey(), THIRD.publicKey()),
              2,
              List.of(),
              Map.of()),
          StoreDir.DEFAULT);

  private final SignedNar object = SignedNar.noise(1, 1000);
  private FetchingNode node;

  @BeforeEach
  void open(@TempDir Path directory) throws IOException {
    node = new FetchingNode(directory, FetchingNode.QUICK, TWO_OF_THREE);
  }

  @AfterEach
  void close() throws IOException {
    node.close();
  }

  @Test
  void addsUpWhatPeersHave() throws Exception {
    node.peers.add().has(object);
    node.peers.add().says(found(signedBy(SECOND)));
    node.peers.add().says(found(signedBy(SECOND)));
    assertThat(node.narInfo(object).orElseThrow()).contains("Sig: test-1:", "Sig: second-1:");
    assertThat(node.fetch(object)).isEqualTo(object.nar());
    assertThat(node.peers.penalties).isEmpty();
  }

  @Test
  void takesNothingThatOneKeyAloneSigned() throws Exception {
    node.peers.add().has(object);
    node.peers.add().has(object);
    assertThat(node.narInfo(object)).isEmpty();
    assertThat(node.nar(object)).isEmpty();
    assertThat(node.peers.penalties).isEmpty();
  }

  @Test
  void takesNothingThatKeysDisagreeAbout() throws Exception {
    SignedNar other = SignedNar.noise(2, 1000);
    NarInfo real = object.info();
    NarInfo changed =
        new NarInfo(
            real.path(),
            real.url(),
            real.compression(),
            Optional.empty(),
            real.fileSize(),
            other.info().narHash(),
            real.narSize(),
            real.references(),
            real.deriver(),
            List.of(),
            real.ca(),
            real.extraFields());
    node.peers.add().has(object);
    node.peers
        .add()
        .says(found(changed.withSignature(SECOND.sign(changed.fingerprint(StoreDir.DEFAULT)))));
    assertThat(node.narInfo(object)).isEmpty();
    assertThat(node.peers.penalties).as("builders may differ").isEmpty();
  }

  private NarInfo signedBy(SecretKey key) {
    NarInfo info = object.info().withSignatureLines(List.of());
    return info.withSignature(key.sign(info.fingerprint(StoreDir.DEFAULT)));
  }

  private static LookupAnswer.Found found(NarInfo info) {
    return new LookupAnswer.Found(info, Optional.empty(), Optional.empty());
  }
}
