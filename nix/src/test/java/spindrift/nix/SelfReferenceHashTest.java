package spindrift.nix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import spindrift.base.Bytes;

final class SelfReferenceHashTest {
  private static final String HASH = "00bgd045z0d4icpbc2yyz4gx48ak44la";

  private static NixHash hash(String hashPart, SelfReferenceHash.Rule rule, Bytes content) {
    SelfReferenceHash sink = new SelfReferenceHash(hashPart, rule);
    byte[] bytes = content.toArray();
    sink.write(bytes, 0, bytes.length);
    return sink.finish();
  }

  @Test
  void hashesPositionsAsNix28Did() throws Exception {
    NarInfo info =
        NarInfo.parse(
            StoreDir.DEFAULT, Vectors.read("narinfo/2.8-cfr24wb0zd9v44pvd4cvzbkxzr6gg6fr.narinfo"));
    assertThat(
            hash(
                info.path().hashPart(),
                SelfReferenceHash.Rule.POSITIONS_HASHED,
                Vectors.read("nar/ca-self-2.8.nar")))
        .isEqualTo(info.ca().orElseThrow().hash());
  }

  @Test
  void dropsPositionsAsNix234Did() throws Exception {
    NarInfo info =
        NarInfo.parse(
            StoreDir.DEFAULT,
            Vectors.read("narinfo/2.34-bsdidx1zqb7pikjhij0mfw64vg9s38la.narinfo"));
    assertThat(
            hash(
                info.path().hashPart(),
                SelfReferenceHash.Rule.POSITIONS_DROPPED,
                Vectors.read("nar/ca-self-2.34.nar")))
        .isEqualTo(info.ca().orElseThrow().hash());
  }

  @Test
  void findsReferencesHoweverTheStreamIsCut() {
    StringBuilder content = new StringBuilder();
    StringBuilder masked = new StringBuilder();
    StringBuilder positions = new StringBuilder();
    for (int i = 0; i < 4000; i++) {
      String filler = HASH.substring(0, i % 32) + "x".repeat(i % 7);
      positions.append('|').append(masked.length() + filler.length());
      content.append(filler).append(HASH);
      masked.append(filler).append("\0".repeat(32));
    }
    NixHash expected = NixHash.sha256Of(Bytes.utf8(masked.toString() + positions));
    byte[] bytes = Bytes.utf8(content.toString()).toArray();
    for (int step : new int[] {1, 7, 31, 32, 33, 32767, 32768, 32769, bytes.length}) {
      SelfReferenceHash sink = new SelfReferenceHash(HASH, SelfReferenceHash.Rule.POSITIONS_HASHED);
      for (int at = 0; at < bytes.length; at += step) {
        sink.write(bytes, at, Math.min(step, bytes.length - at));
      }
      assertThat(sink.finish()).as("step " + step).isEqualTo(expected);
      assertThat(sink.selfReferences()).isEqualTo(4000);
    }
  }

  @Test
  void isThePlainHashWhereThereIsNoReference() {
    Bytes content = Bytes.utf8(HASH.substring(1));
    for (SelfReferenceHash.Rule rule : SelfReferenceHash.Rule.values()) {
      assertThat(hash(HASH, rule, content)).isEqualTo(NixHash.sha256Of(content));
      assertThat(hash(HASH, rule, Bytes.EMPTY)).isEqualTo(NixHash.sha256Of(Bytes.EMPTY));
    }
  }

  @Test
  void writesSingleBytes() {
    SelfReferenceHash sink = new SelfReferenceHash(HASH, SelfReferenceHash.Rule.POSITIONS_DROPPED);
    HASH.chars().forEach(sink::write);
    assertThat(sink.finish()).isEqualTo(NixHash.sha256Of(Bytes.owning(new byte[32])));
  }

  @Test
  void refusesWhatIsNoHashPart() {
    assertThatThrownBy(() -> new SelfReferenceHash("eeee", SelfReferenceHash.Rule.POSITIONS_HASHED))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
