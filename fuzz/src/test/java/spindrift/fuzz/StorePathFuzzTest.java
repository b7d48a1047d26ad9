package spindrift.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.nix.ContentAddress;
import spindrift.nix.Nix32;
import spindrift.nix.NixHash;
import spindrift.nix.Signature;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;

class StorePathFuzzTest {
  @FuzzTest(maxDuration = "1m")
  void parse(byte[] input) {
    String text = Bytes.copyOf(input).display();
    try {
      StorePath path = StorePath.parse(StoreDir.DEFAULT, text);
      assertThat(path.in(StoreDir.DEFAULT)).isEqualTo(text);
      assertThat(StorePath.ofBaseName(path.baseName())).isEqualTo(path);
    } catch (FaultException refused) {
      assertThat(refused).hasMessageMatching("(?s).+");
    }
  }

  @FuzzTest(maxDuration = "1m")
  void contentAddress(byte[] input) {
    try {
      ContentAddress ca = ContentAddress.parse(Bytes.copyOf(input).display());
      assertThat(ContentAddress.parse(ca.render())).isEqualTo(ca);
      assertThat(NixHash.parse(ca.hash().sri())).isEqualTo(ca.hash());
    } catch (FaultException refused) {
      assertThat(refused).hasMessageMatching("(?s).+");
    }
  }

  @FuzzTest(maxDuration = "1m")
  void nix32(byte[] input) {
    String text = Bytes.copyOf(input).display();
    try {
      assertThat(Nix32.encode(Nix32.decode(text))).isEqualTo(text);
    } catch (FaultException refused) {
      assertThat(refused).hasMessageMatching("(?s).+");
    }
  }

  @FuzzTest(maxDuration = "1m")
  void signature(byte[] input) {
    String text = Bytes.copyOf(input).display();
    try {
      assertThat(Signature.parse(text).render()).isEqualTo(text);
    } catch (FaultException refused) {
      assertThat(refused).hasMessageMatching("(?s).+");
    }
  }
}
