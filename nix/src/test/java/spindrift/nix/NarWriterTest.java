package spindrift.nix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Random;
import org.junit.jupiter.api.Test;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;

final class NarWriterTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final NarWriter writer = new NarWriter(out);

  private static InputStream stream(String text) {
    return new ByteArrayInputStream(Bytes.utf8(text).toArray());
  }

  @Test
  void letsTheCallerWriteContents() throws Exception {
    writer.startRegular(FileMode.EXECUTABLE, 10);
    assertThat(out.size()).isEqualTo(24 + NarSize.beforeContents(FileMode.EXECUTABLE));
    Bytes.utf8("#!/bin/sh\n").writeTo(out);
    writer.endRegular();
    assertThat(Bytes.owning(out.toByteArray())).isEqualTo(Vectors.read("nar/run.nar"));
    assertThat(writer.finish()).isEqualTo(out.size());
  }

  @Test
  void wantsExactlyTheContentsAnnounced() {
    assertThatThrownBy(() -> writer.regular(FileMode.REGULAR, 3, stream("ab")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("too early");
    assertThatThrownBy(() -> writer.regular(FileMode.REGULAR, 2, stream("ab")))
        .isInstanceOf(IllegalStateException.class);
    NarWriter other = new NarWriter(out);
    assertThatThrownBy(() -> other.regular(FileMode.REGULAR, 1, stream("ab")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("longer");
  }

  @Test
  void rejectsNamesAndTargetsThatANarCannotHold() throws Exception {
    writer.startDirectory();
    for (String name : new String[] {"", ".", "..", "a/b", "a\0"}) {
      assertThatThrownBy(() -> writer.entry(Bytes.utf8(name)))
          .isInstanceOf(MalformedDataException.class);
    }
    assertThatThrownBy(() -> writer.entry(Bytes.utf8("x".repeat(256))))
        .isInstanceOf(LimitExceededException.class);
    writer.entry(Bytes.utf8("b"));
    assertThatThrownBy(() -> writer.symlink(Bytes.EMPTY))
        .isInstanceOf(MalformedDataException.class);
    assertThatThrownBy(() -> writer.symlink(Bytes.utf8("x".repeat(4096))))
        .isInstanceOf(LimitExceededException.class);
    writer.symlink(Bytes.utf8("t"));
    for (String name : new String[] {"a", "b"}) {
      assertThatThrownBy(() -> writer.entry(Bytes.utf8(name)))
          .isInstanceOf(MalformedDataException.class)
          .hasMessageContaining("ascending");
    }
  }

  @Test
  void refusesCallsThatNoTreeMakes() throws Exception {
    assertThatThrownBy(() -> writer.entry(Bytes.utf8("a")))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(writer::endDirectory).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(writer::endRegular).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(writer::finish).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> writer.regular(FileMode.REGULAR, -1, stream("")))
        .isInstanceOf(IllegalArgumentException.class);
    writer.startDirectory();
    assertThatThrownBy(writer::startDirectory).isInstanceOf(IllegalStateException.class);
    writer.endDirectory();
    assertThatThrownBy(writer::startDirectory).isInstanceOf(IllegalStateException.class);
    assertThat(Bytes.owning(out.toByteArray())).isEqualTo(Vectors.read("nar/empty.nar"));
  }

  @Test
  void limitsDirectoriesWithinEachOther() throws Exception {
    for (int i = 1; i < NarFormat.MAX_DEPTH; i++) {
      writer.startDirectory();
      writer.entry(Bytes.utf8("d"));
    }
    writer.startDirectory();
    writer.entry(Bytes.utf8("d"));
    assertThatThrownBy(writer::startDirectory).isInstanceOf(LimitExceededException.class);
  }

  @Test
  void knowsSizesBeforehand() throws Exception {
    long entries = 0;
    writer.startDirectory();
    for (int size = 1; size < 20; size++) {
      Bytes name = Bytes.utf8("a".repeat(size));
      writer.entry(name);
      FileMode mode = size % 2 == 0 ? FileMode.REGULAR : FileMode.EXECUTABLE;
      writer.regular(mode, size, stream("x".repeat(size)));
      entries += NarSize.entry(size, NarSize.regular(mode, size));
    }
    writer.entry(Bytes.utf8("l"));
    writer.symlink(Bytes.utf8("target"));
    entries += NarSize.entry(1, NarSize.symlink(6));
    writer.endDirectory();
    assertThat(NarSize.HEADER + NarSize.DIRECTORY + entries).isEqualTo(out.size());
    assertThat(writer.finish()).isEqualTo(out.size());
    assertThatThrownBy(() -> NarSize.regular(FileMode.REGULAR, Long.MAX_VALUE))
        .isInstanceOf(ArithmeticException.class);
  }

  @Test
  void writesWhatCanBeReadForRandomTrees() throws Exception {
    for (int seed = 0; seed < 50; seed++) {
      ByteArrayOutputStream first = new ByteArrayOutputStream();
      new RandomTree(seed).writeTo(new NarWriter(first));
      ByteArrayOutputStream second = new ByteArrayOutputStream();
      NarReader reader = new NarReader(new ByteArrayInputStream(first.toByteArray()));
      reader.read(new NarWriter(second));
      reader.expectEnd();
      assertThat(second.toByteArray()).as("seed " + seed).isEqualTo(first.toByteArray());
    }
  }

  /** The same tree for the same seed. */
  private static final class RandomTree {
    private final Random random;
    private int budget = 200;

    RandomTree(long seed) {
      random = new Random(seed);
    }

    void writeTo(NarVisitor visitor) throws IOException, FaultException {
      budget--;
      switch (random.nextInt(4)) {
        case 0 -> visitor.symlink(Bytes.utf8("t".repeat(1 + random.nextInt(40))));
        case 1 -> {
          byte[] contents = new byte[random.nextInt(5) == 0 ? 200_000 : random.nextInt(50)];
          random.nextBytes(contents);
          FileMode mode = random.nextBoolean() ? FileMode.REGULAR : FileMode.EXECUTABLE;
          visitor.regular(mode, contents.length, new ByteArrayInputStream(contents));
        }
        default -> {
          visitor.startDirectory();
          for (int name = 0; name < random.nextInt(20) && budget > 0; name++) {
            visitor.entry(Bytes.of('a' + name, 128 + random.nextInt(128)));
            writeTo(visitor);
          }
          visitor.endDirectory();
        }
      }
    }
  }
}
