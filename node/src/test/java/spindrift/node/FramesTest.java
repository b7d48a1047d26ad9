package spindrift.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.FileRange;
import spindrift.base.JsonObject;
import spindrift.base.LostBytesException;
import spindrift.node.Operations.Nar.Form;

final class FramesTest {
  private static final byte[] CONTENTS = {1, 2, 3};

  @TempDir Path scratch;

  @Test
  void whereverTheNodeStopsThatIsSaid() throws Exception {
    byte[] all = written();
    assertThat(reader(all).readAllBytes()).isEqualTo(CONTENTS);
    for (int size = 0; size < all.length; size++) {
      Frames.Reader cut = reader(Arrays.copyOf(all, size));
      assertThatThrownBy(cut::readAllBytes)
          .as("after %d bytes", size)
          .hasMessage("the node stopped; start it and run this again");
    }
  }

  @Test
  void rangesThatFollowEachOtherAreOne() throws Exception {
    Path file = Files.write(scratch.resolve("file"), new byte[] {9, 4, 5, 6, 7});
    byte[] all =
        written(
            Form.RANGES,
            frames -> {
              frames.range(new FileRange(file, 1, 2));
              frames.range(new FileRange(file, 3, 1));
              frames.range(new FileRange(file, 1, 1));
              frames.write(CONTENTS, 0, CONTENTS.length);
            });
    assertThat(reader(all).readAllBytes()).containsExactly(4, 5, 6, 4, 1, 2, 3);
    Frames.Reader reader = reader(all);
    assertThat(reader.range()).contains(new FileRange(file, 1, 3));
    assertThat(reader.read()).isEqualTo(4);
    assertThat(reader.range()).contains(new FileRange(file, 2, 2));
    Path same = Files.write(scratch.resolve("same"), new byte[] {5, 8});
    reader.readFrom(same);
    assertThat(reader.readNBytes(3)).containsExactly(5, 8, 4);
    assertThat(reader.range()).isEmpty();
    for (int size = 0; size < all.length; size++) {
      Frames.Reader cut = reader(Arrays.copyOf(all, size));
      assertThatThrownBy(cut::readAllBytes)
          .as("after %d bytes", size)
          .hasMessage("the node stopped; start it and run this again");
    }
  }

  @Test
  void aFileThatIsShorterOrGoneIsLost() throws Exception {
    Path file = Files.write(scratch.resolve("file"), new byte[3]);
    for (FileRange range :
        List.of(new FileRange(file, 1, 3), new FileRange(scratch.resolve("none"), 0, 1))) {
      Frames.Reader reader = reader(written(Form.RANGES, frames -> frames.range(range)));
      assertThatThrownBy(reader::readAllBytes).isInstanceOf(LostBytesException.class);
    }
  }

  @Test
  void aFifoOrALinkIsNotOpened() throws Exception {
    Path fifo = scratch.resolve("fifo");
    assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor()).isZero();
    Path file = Files.write(scratch.resolve("file"), new byte[3]);
    Path link = Files.createSymbolicLink(scratch.resolve("link"), file);
    for (Path other : List.of(fifo, link)) {
      FileRange range = new FileRange(other, 0, 1);
      Frames.Reader reader = reader(written(Form.RANGES, frames -> frames.range(range)));
      assertThatThrownBy(reader::readAllBytes).isInstanceOf(LostBytesException.class);
    }
  }

  @Test
  void whatIsNotReadToItsEndIsClosed() throws Exception {
    Path file = Files.write(scratch.resolve("file"), new byte[3]);
    Frames.Reader reader =
        reader(written(Form.RANGES, frames -> frames.range(new FileRange(file, 0, 3))));
    assertThat(reader.read()).isZero();
    assertThat(open()).contains(file.toRealPath());
    reader.close();
    assertThat(open()).doesNotContain(file.toRealPath());
  }

  /** The files that this process has open. */
  private static List<Path> open() throws IOException {
    List<Path> open = new ArrayList<>();
    try (Stream<Path> links = Files.list(Path.of("/proc/self/fd"))) {
      for (Path link : links.toList()) {
        if (Files.isSymbolicLink(link)) {
          open.add(Files.readSymbolicLink(link));
        }
      }
    }
    return open;
  }

  @Test
  void rangesThatCannotBeAreRefused() throws Exception {
    byte[] all = written(Form.RANGES, frames -> frames.range(new FileRange(Path.of("/f"), 1, 2)));
    for (int at : new int[] {0, 4, 8, 10, 18}) {
      byte[] changed = all.clone();
      changed[at] = (byte) 0x80;
      assertThatThrownBy(reader(changed)::readAllBytes)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("the node sent");
    }
  }

  @Test
  void noPathHasAZeroInIt() throws Exception {
    byte[] all = written(Form.RANGES, frames -> frames.range(new FileRange(Path.of("/f"), 1, 2)));
    all[9] = 0;
    assertThatThrownBy(reader(all)::readAllBytes)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("the node sent");
  }

  /** Writes frames. */
  @FunctionalInterface
  private interface Writing {
    void write(Frames.Writer frames) throws IOException;
  }

  private static byte[] written() throws Exception {
    return written(Form.BYTES, frames -> frames.write(CONTENTS, 0, CONTENTS.length));
  }

  private static byte[] written(Form form, Writing writing) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Frames.Writer frames = new Frames.Writer(out, form);
    writing.write(frames);
    frames.end();
    new ControlLines(InputStream.nullInputStream(), out).write("result", JsonObject.EMPTY);
    return out.toByteArray();
  }

  private static Frames.Reader reader(byte[] all) {
    InputStream in = new ByteArrayInputStream(all);
    return new Frames.Reader(in, new ControlLines(in, OutputStream.nullOutputStream()));
  }
}
