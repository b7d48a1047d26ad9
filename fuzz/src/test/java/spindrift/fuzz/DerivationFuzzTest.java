package spindrift.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.nix.BuildTraceEntry;
import spindrift.nix.Derivation;
import spindrift.nix.Realisation;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;

class DerivationFuzzTest {
  private static final BuildTraceEntry.Key KEY =
      new BuildTraceEntry.Key(new StorePath("00bgd045z0d4icpbc2yyz4gx48ak44la", "x.drv"), "out");

  @FuzzTest(maxDuration = "1m")
  void parse(byte[] input) {
    Bytes bytes = Bytes.copyOf(input);
    try {
      Derivation derivation = Derivation.parse(StoreDir.DEFAULT, bytes);
      assertThat(derivation.render(StoreDir.DEFAULT)).isEqualTo(bytes);
      assertThat(derivation.path(StoreDir.DEFAULT, "x.drv").isDerivation()).isTrue();
    } catch (FaultException refused) {
      assertThat(refused).hasMessageMatching("(?s).+");
    }
  }

  @FuzzTest(maxDuration = "1m")
  void realisation(byte[] input) {
    try {
      Realisation realisation = Realisation.parse(Bytes.copyOf(input));
      assertThat(Realisation.parse(Bytes.utf8(realisation.render()))).isEqualTo(realisation);
    } catch (FaultException refused) {
      assertThat(refused).hasMessageMatching("(?s).+");
    }
  }

  @FuzzTest(maxDuration = "1m")
  void buildTrace(byte[] input) {
    try {
      BuildTraceEntry entry = BuildTraceEntry.parse(KEY, Bytes.copyOf(input));
      assertThat(BuildTraceEntry.parse(KEY, Bytes.utf8(entry.render()))).isEqualTo(entry);
    } catch (FaultException refused) {
      assertThat(refused).hasMessageMatching("(?s).+");
    }
  }
}
