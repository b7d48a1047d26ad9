package spindrift.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import spindrift.base.Bytes;
import spindrift.base.RawPath;

class MountTableTest {
  @Test
  void readsLinesWithAndWithoutTags() {
    Bytes file =
        Bytes.utf8(
            """
            25 1 254:0 / / rw,relatime - ext4 /dev/vda rw
            36 35 0:45 / /mnt/a\\040b\\134\\011c rw,noatime master:1 propagate_from:2 - fuse.spindrift spin\\040drift ro,user_id=0
            37 35 0:46 / /mnt/- rw shared:7 - tmpfs  rw
            """);
    assertThat(MountTable.parse(file))
        .containsExactly(
            new Mount("254:0", Path.of("/"), "ext4", "/dev/vda"),
            new Mount("0:45", Path.of("/mnt/a b\\\tc"), "fuse.spindrift", "spin drift"),
            new Mount("0:46", Path.of("/mnt/-"), "tmpfs", ""));
  }

  @Test
  void keepsNamesThatAreNotText() {
    Bytes line =
        Bytes.utf8("36 35 0:45 / /mnt/")
            .concat(Bytes.of(0xff, 0xfe))
            .concat(Bytes.utf8("\\377 rw - fuse.x y z\n"));
    Mount mount = MountTable.parse(line).getFirst();
    assertThat(RawPath.bytes(mount.directory()))
        .isEqualTo(Bytes.utf8("/mnt/").concat(Bytes.of(0xff, 0xfe, 0xff)));
  }

  @Test
  void leavesOutWhatItDoesNotUnderstand() {
    String good = "25 1 254:0 / / rw,relatime - ext4 /dev/vda rw";
    for (int size = 0; size < good.indexOf(" rw", 30); size++) {
      assertThat(MountTable.parse(Bytes.utf8(good.substring(0, size)))).as("%d", size).isEmpty();
    }
    assertThat(MountTable.parse(Bytes.utf8("- - - - - - -\n\n1 2 3 4 relative rw - a b c\n")))
        .isEmpty();
    assertThat(MountTable.parse(Bytes.utf8("1 2 3 4 /nul\\000 rw - a b c\n"))).isEmpty();
    assertThat(MountTable.parse(Bytes.utf8("1 2 3 4 /bad\\9 rw - a b c\n")).getFirst().directory())
        .isEqualTo(Path.of("/bad\\9"));
  }

  @Test
  void readsTheRealTable() throws IOException {
    assertThat(MountTable.at(Path.of("/proc"))).isPresent();
    assertThat(MountTable.at(Path.of("/no/such/mount"))).isEmpty();
  }
}
