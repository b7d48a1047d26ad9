package spindrift.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TreeRemovalTest {
  @TempDir Path scratch;

  @Test
  void foldersThatNobodyMayWriteGoAndLinksAreNotFollowed() throws Exception {
    Path kept = Files.createDirectory(scratch.resolve("kept"));
    Files.writeString(kept.resolve("file"), "text");
    Path root = Files.createDirectory(scratch.resolve("root"));
    Path inner = Files.createDirectories(root.resolve("a/b"));
    Files.writeString(inner.resolve("file"), "text");
    Files.createSymbolicLink(inner.resolve("link"), kept);
    Files.createSymbolicLink(inner.resolve("dangling"), scratch.resolve("absent"));
    for (Path folder = inner; !folder.equals(scratch); folder = folder.getParent()) {
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("r-xr-xr-x"));
    }
    TreeRemoval.remove(root);
    assertThat(root).doesNotExist();
    assertThat(kept.resolve("file")).hasContent("text");
  }

  @Test
  void aRootMayBeALinkOrAFileOrAbsent() throws Exception {
    Path file = Files.writeString(scratch.resolve("file"), "text");
    Path link = Files.createSymbolicLink(scratch.resolve("link"), scratch);
    TreeRemoval.remove(link);
    TreeRemoval.remove(file);
    TreeRemoval.remove(scratch.resolve("absent"));
    assertThat(Files.exists(link, LinkOption.NOFOLLOW_LINKS)).isFalse();
    assertThat(file).doesNotExist();
    assertThat(scratch).exists();
  }
}
