package spindrift.substitute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.InputStream;
import org.junit.jupiter.api.Test;
import spindrift.base.Bytes;
import spindrift.base.MalformedDataException;

/** Messages are taken off a stream one by one. */
final class MessageStreamTest {
  @Test
  void readsOneMessageAfterTheOther() throws Exception {
    InputStream in = stream(Bytes.of(1, 7, 0, 0x80, 0x01).concat(Bytes.owning(new byte[128])));
    assertThat(MessageStream.read(in, 128, "test")).contains(Bytes.of(7));
    assertThat(MessageStream.read(in, 128, "test")).contains(Bytes.EMPTY);
    assertThat(MessageStream.read(in, 128, "test")).contains(Bytes.owning(new byte[128]));
    assertThat(MessageStream.read(in, 128, "test")).isEmpty();
  }

  @Test
  void aStreamThatEndsWithinAMessageIsAnError() {
    Bytes whole = Bytes.of(0x82, 0x01).concat(Bytes.owning(new byte[130]));
    for (int size = 1; size < whole.size(); size++) {
      InputStream in = stream(whole.slice(0, size));
      assertThatThrownBy(() -> MessageStream.read(in, 1000, "test"))
          .isInstanceOf(EOFException.class);
    }
  }

  @Test
  void refusesLengthsThatAreTooLargeOrNotInTheirShortestForm() {
    for (Bytes head :
        new Bytes[] {
          Bytes.of(0x81, 0x01),
          Bytes.of(0xff, 0xff, 0xff, 0x7f),
          Bytes.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f),
          Bytes.of(0x81, 0x00),
          Bytes.of(0x80, 0x00)
        }) {
      assertThatThrownBy(() -> MessageStream.read(stream(head), 128, "test"))
          .isInstanceOf(MalformedDataException.class);
    }
  }

  private static InputStream stream(Bytes bytes) {
    return new ByteArrayInputStream(bytes.toArray());
  }
}
