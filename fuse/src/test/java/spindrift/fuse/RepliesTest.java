package spindrift.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.Bytes;

/** What is written, compared with include/uapi/linux/fuse.h. */
class RepliesTest {
  private final Outbox out = new Outbox().begin();

  private long u64(long at) {
    return out.body().get(ValueLayout.JAVA_LONG, at);
  }

  private int u32(long at) {
    return out.body().get(ValueLayout.JAVA_INT, at);
  }

  @Test
  void structuresAreAsLongAsInC() {
    assertThat(Struct.IN_HEADER.byteSize()).isEqualTo(40);
    assertThat(Struct.OUT_HEADER.byteSize()).isEqualTo(16);
    assertThat(Struct.INIT_OUT.byteSize()).isEqualTo(64);
    assertThat(Struct.ATTR.byteSize()).isEqualTo(88);
    assertThat(Struct.ENTRY_OUT.byteSize() + Struct.ATTR.byteSize()).isEqualTo(128);
    assertThat(Struct.ATTR_OUT.byteSize() + Struct.ATTR.byteSize()).isEqualTo(104);
    assertThat(Struct.OPEN_OUT.byteSize()).isEqualTo(16);
    assertThat(Struct.READ_IN.byteSize()).isEqualTo(40);
    assertThat(Struct.DIRENT.byteSize()).isEqualTo(24);
    assertThat(Struct.STATFS_OUT.byteSize()).isEqualTo(80);
    assertThat(Struct.NOTIFY_INVAL_INODE_OUT.byteSize()).isEqualTo(24);
  }

  @Test
  void agreesOnWhatBothCan() throws Exception {
    Agreement agreed =
        Agreement.with(new Request.Init(2, 7, 99, 131_072, ~0L & ~InitFlags.NO_OPENDIR_SUPPORT));
    assertThat(agreed.minor()).isEqualTo(45);
    assertThat(agreed.has(InitFlags.NO_OPEN_SUPPORT)).isTrue();
    assertThat(agreed.has(InitFlags.NO_OPENDIR_SUPPORT)).isFalse();
    assertThat(agreed.flags() & ~InitFlags.WANTED).isZero();
    Replies.init(out, agreed);
    assertThat(out.position()).isEqualTo(64);
    assertThat(IntStream.range(0, 4).map(i -> u32(i * 4L)))
        .containsExactly(7, 45, 131_072, (int) agreed.flags());
    assertThat(u32(16)).isEqualTo(256 | 192 << 16);
    assertThat(u32(20)).isEqualTo(4096);
    assertThat(u32(28) & 0xffff).isEqualTo(256);
    assertThat(u32(32)).isEqualTo(1 << 7);
    assertThat(Agreement.with(new Request.Init(2, 7, 31, 1, 0)).minor()).isEqualTo(31);
  }

  @Test
  void refusesKernelsThatItDoesNotUnderstand() {
    for (int[] version : new int[][] {{6, 45}, {8, 0}, {7, 22}, {-1, -1}}) {
      assertThatThrownBy(() -> Agreement.with(new Request.Init(2, version[0], version[1], 0, 0)))
          .isInstanceOf(MountException.class)
          .hasMessageContaining("this kernel speaks FUSE " + version[0] + "." + version[1]);
    }
  }

  @Test
  void absentNamesAreRememberedForAsLongAsIsSaid() throws Exception {
    Replies.lookup(out, new Lookup.Absent(Duration.ofMillis(2500)));
    assertThat(out.position()).isEqualTo(128);
    assertThat(u64(0)).as("no node").isZero();
    assertThat(u64(16)).isEqualTo(2);
    assertThat(u32(32)).isEqualTo(500_000_000);
    Replies.lookup(out.begin(), Lookup.Absent.FOR_EVER);
    assertThat(u64(16)).isEqualTo(Integer.MAX_VALUE);
    assertThatThrownBy(() -> Replies.lookup(out.begin(), new Lookup.Absent(Duration.ZERO)))
        .isInstanceOfSatisfying(
            FuseException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOENT));
  }

  @Test
  void bodiesDoNotShowWhatWasThereBefore() {
    out.append(Bytes.owning(new byte[] {1, 2, 3, 4, 5, 6, 7, 8}));
    out.begin().reserve(8);
    assertThat(u64(0)).isZero();
  }

  @Test
  void extendedAttributesAreBounded() {
    Bytes tooLarge = Bytes.owning(new byte[65_537]);
    assertThatThrownBy(() -> Replies.extended(out, Optional.of(tooLarge), 1 << 20))
        .hasMessageContaining("65537");
    List<Bytes> names = Collections.nCopies(20_000, Bytes.utf8("name"));
    assertThatThrownBy(() -> Replies.extendedNames(out, names, 1 << 20))
        .hasMessageContaining("100000");
    assertThatThrownBy(() -> Replies.target(out, Bytes.EMPTY)).hasMessageContaining("0 bytes");
    assertThatThrownBy(() -> Replies.target(out, Bytes.owning(new byte[4096])))
        .hasMessageContaining("4096 bytes");
  }

  /** Lists a directory in parts of a size, and puts the parts together. */
  private List<String> list(MemoryTree tree, int size, boolean plus) throws Exception {
    List<String> names = new ArrayList<>();
    long offset = 0;
    while (true) {
      Directory directory = ((Answer.Now<Directory>) tree.directory(1)).value();
      out.begin();
      DirectoryReply.write(out, new Request.List(2, 1, offset, size, plus), directory, tree);
      assertThat(out.position()).isLessThanOrEqualTo(size);
      if (out.position() == 0) {
        return names;
      }
      int entry = plus ? 128 : 0;
      for (int at = 0; at < out.position(); ) {
        int length = u32(at + entry + 16L);
        offset = u64(at + entry + 8L);
        byte[] name = new byte[length];
        out.body().asSlice(at + entry + 24L, length).asByteBuffer().get(name);
        names.add(Bytes.owning(name).display());
        assertThat(plus && u64(at) != 0).isEqualTo(plus && !names.getLast().startsWith("."));
        at += entry + (24 + length + 7) / 8 * 8;
      }
    }
  }

  @Test
  void directoriesComeInPartsOfAnySize() throws Exception {
    MemoryTree tree = new MemoryTree();
    List<String> names = new ArrayList<>(List.of(".", ".."));
    for (int i = 0; i < 40; i++) {
      names.add("n".repeat(1 + i * 6));
      tree.file(1, names.getLast(), new byte[0]);
    }
    for (int size : new int[] {408, 500, 1000, 4096, 1 << 17, Integer.MAX_VALUE}) {
      assertThat(list(tree, size, false)).isEqualTo(names);
      assertThat(list(tree, size, true)).isEqualTo(names);
    }
  }

  @Test
  void refusesNamesThatNoDirectoryHas() {
    MemoryTree tree = new MemoryTree();
    tree.file(1, "n".repeat(256), new byte[0]);
    assertThatThrownBy(() -> list(tree, 4096, false)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void sendsAllPiecesInOneCall(@TempDir Path folder) throws Exception {
    Path file = Files.createFile(folder.resolve("sent"));
    int device = Libc.open(file.toString(), Libc.O_RDWR);
    byte[] bytes = new byte[100_000];
    new java.util.Random(3).nextBytes(bytes);
    List<Content.Slice> slices = new ArrayList<>();
    for (int at = 0; at < bytes.length; at += 100) {
      slices.add(Content.Slice.of(Bytes.copyOf(bytes, at, 100)));
    }
    new ContentReply().write(out, new Content(slices, () -> {}), bytes.length);
    assertThat(out.send(device, 77)).isZero();
    Libc.close(device);
    byte[] sent = Files.readAllBytes(file);
    assertThat(Bytes.copyOf(sent, 16, bytes.length)).isEqualTo(Bytes.copyOf(bytes));
    assertThat(sent).hasSize(16 + bytes.length);
    assertThat(java.nio.ByteBuffer.wrap(sent).order(java.nio.ByteOrder.nativeOrder()).getInt())
        .isEqualTo(sent.length);
    assertThat(out.send(-1, 77)).isEqualTo(-Errno.EBADF.number());
  }
}
