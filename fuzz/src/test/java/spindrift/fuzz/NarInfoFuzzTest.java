package spindrift.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.nix.CacheInfo;
import spindrift.nix.NarInfo;
import spindrift.nix.StoreDir;

class NarInfoFuzzTest {
  @FuzzTest(maxDuration = "1m")
  void parse(byte[] input) {
    try {
      NarInfo info = NarInfo.parse(StoreDir.DEFAULT, Bytes.copyOf(input));
      assertThat(NarInfo.parse(StoreDir.DEFAULT, info.render(StoreDir.DEFAULT))).isEqualTo(info);
      assertThat(NarInfo.of(info.pathInfo()).fingerprint(StoreDir.DEFAULT))
          .isEqualTo(info.fingerprint(StoreDir.DEFAULT));
    } catch (FaultException refused) {
      assertThat(refused).hasMessageMatching("(?s).+");
    }
  }

  @FuzzTest(maxDuration = "1m")
  void cacheInfo(byte[] input) {
    try {
      CacheInfo info = CacheInfo.parse(Bytes.copyOf(input));
      assertThat(CacheInfo.parse(Bytes.utf8(info.render()))).isEqualTo(info);
    } catch (FaultException refused) {
      assertThat(refused).hasMessageMatching("(?s).+");
    }
  }
}
