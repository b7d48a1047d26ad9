package spindrift.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.lang.foreign.MemorySegment;
import spindrift.base.Bytes;
import spindrift.base.FaultException;

class RequestFuzzTest {
  @FuzzTest(maxDuration = "1m")
  void request(byte[] input) {
    try {
      Request request = RequestDecoder.decode(MemorySegment.ofArray(input), input.length);
      assertThat(request.unique())
          .isEqualTo(RequestDecoder.unique(MemorySegment.ofArray(input), input.length));
      switch (request) {
        case Request.Find find -> assertName(find.name());
        case Request.GetExtended extended -> assertName(extended.name());
        case Request.Read read -> {
          assertThat(read.offset()).isNotNegative();
          assertThat(read.size()).isBetween(0, FuseSession.MAX_READ_BYTES);
        }
        case Request.List list -> {
          assertThat(list.offset()).isNotNegative();
          assertThat(list.size()).isNotNegative();
        }
        case Request.Init init -> assertAgreement(init);
        default -> {}
      }
    } catch (FaultException refused) {
      assertThat(refused).hasMessageMatching("(?s).+");
    }
  }

  private static void assertName(Bytes name) {
    assertThat(name.size()).isBetween(1, RequestDecoder.MAX_NAME_BYTES);
    for (int i = 0; i < name.size(); i++) {
      assertThat(name.at(i)).isNotZero();
    }
  }

  private static void assertAgreement(Request.Init init) {
    try {
      assertThat(Agreement.with(init).minor()).isBetween(23, 45);
    } catch (MountException refused) {
      assertThat(refused).hasMessageContaining("this kernel speaks FUSE");
    }
  }

  @FuzzTest(maxDuration = "1m")
  void mounts(byte[] input) {
    for (Mount mount : MountTable.parse(Bytes.copyOf(input))) {
      assertThat(mount.directory()).isAbsolute();
    }
  }
}
