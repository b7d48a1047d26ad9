package spindrift.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import spindrift.base.JsonObject;

final class FramesTest {
  private static final byte[] CONTENTS = {1, 2, 3};

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

  private static byte[] written() throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Frames.Writer frames = new Frames.Writer(out);
    frames.write(CONTENTS, 0, CONTENTS.length);
    frames.end();
    new ControlLines(InputStream.nullInputStream(), out).write("result", JsonObject.EMPTY);
    return out.toByteArray();
  }

  private static Frames.Reader reader(byte[] all) {
    InputStream in = new ByteArrayInputStream(all);
    return new Frames.Reader(in, new ControlLines(in, OutputStream.nullOutputStream()));
  }
}
