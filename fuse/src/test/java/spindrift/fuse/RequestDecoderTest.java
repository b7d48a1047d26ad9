package spindrift.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import spindrift.base.Bytes;
import spindrift.base.MalformedDataException;

/** Requests as the kernel writes them, and as it never should. */
class RequestDecoderTest {
  /** A request with a header that is right. */
  private static byte[] request(int opcode, byte[] body) {
    return ByteBuffer.allocate(40 + body.length)
        .order(ByteOrder.nativeOrder())
        .putInt(40 + body.length)
        .putInt(opcode)
        .putLong(0x8000_0000_0000_0010L)
        .putLong(7)
        .putInt(1000)
        .putInt(1000)
        .putInt(4711)
        .putInt(0)
        .put(body)
        .array();
  }

  private static ByteBuffer body(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.nativeOrder());
  }

  private static Request decode(byte[] request) throws MalformedDataException {
    return RequestDecoder.decode(MemorySegment.ofArray(request), request.length);
  }

  private static byte[] read(long offset, int size) {
    return body(40).putLong(0).putLong(offset).putInt(size).array();
  }

  private static byte[] init(int minor, int flags, int flags2, int size) {
    return body(size).putInt(7).putInt(minor).putInt(131_072).putInt(flags).putInt(flags2).array();
  }

  @Test
  void readsEveryRequest() throws Exception {
    long unique = 0x8000_0000_0000_0010L;
    Bytes name = Bytes.of('a', 0xff);
    assertThat(decode(request(1, new byte[] {'a', -1, 0})))
        .isEqualTo(new Request.Find(unique, 7, name));
    assertThat(decode(request(3, new byte[16]))).isEqualTo(new Request.GetAttributes(unique, 7));
    assertThat(decode(request(5, new byte[0]))).isEqualTo(new Request.ReadLink(unique, 7));
    assertThat(decode(request(14, new byte[8]))).isEqualTo(new Request.Open(unique, 7));
    assertThat(decode(request(15, read(5L << 32, 1 << 20))))
        .isEqualTo(new Request.Read(unique, 7, 5L << 32, 1 << 20));
    assertThat(decode(request(28, read(3, 4096))))
        .isEqualTo(new Request.List(unique, 7, 3, 4096, false));
    assertThat(decode(request(44, read(3, -1))))
        .isEqualTo(new Request.List(unique, 7, 3, Integer.MAX_VALUE, true));
    assertThat(decode(request(17, new byte[0]))).isEqualTo(new Request.GetCapacity(unique, 7));
    byte[] extended = body(11).putInt(100).putInt(0).put((byte) 'a').put((byte) -1).array();
    assertThat(decode(request(22, extended)))
        .isEqualTo(new Request.GetExtended(unique, 7, name, 100));
    assertThat(decode(request(23, body(8).putInt(-5).array())))
        .isEqualTo(new Request.ListExtended(unique, 7, Integer.MAX_VALUE));
    assertThat(decode(request(27, new byte[8]))).isEqualTo(new Request.OpenDirectory(unique, 7));
    assertThat(decode(request(36, body(8).putLong(99).array())))
        .isEqualTo(new Request.Interrupt(unique, 7, 99));
    assertThat(decode(request(2, new byte[8]))).isEqualTo(new Request.Forget(unique, 7));
    assertThat(decode(request(42, body(8 + 48).putInt(3).array())))
        .isEqualTo(new Request.Forget(unique, 7));
    assertThat(decode(request(18, new byte[24]))).isEqualTo(new Request.Release(unique, 7));
    assertThat(decode(request(38, new byte[0]))).isEqualTo(new Request.Release(unique, 7));
    assertThat(decode(request(16, new byte[0]))).isEqualTo(new Request.Change(unique, 7, 16));
    assertThat(decode(request(52, new byte[0]))).isEqualTo(new Request.Other(unique, 7, 52));
    assertThat(decode(request(26, init(45, 1 << 30, 1 << 7, 64))))
        .isEqualTo(new Request.Init(unique, 7, 45, 131_072, (1L << 30) | (1L << 39)));
    // Before 7.36 there were no more flags, and no room for them.
    assertThat(decode(request(26, java.util.Arrays.copyOf(init(31, 1, 0, 64), 16))))
        .isEqualTo(new Request.Init(unique, 7, 31, 131_072, 1));
  }

  @Test
  void leavesOutExtensions() throws Exception {
    byte[] request =
        request(1, new byte[] {'a', 0, 0, 0, 0, 0, 0, 0, 'x', 'x', 'x', 'x', 1, 1, 1, 1});
    ByteBuffer.wrap(request).order(ByteOrder.nativeOrder()).putShort(36, (short) 1);
    assertThat(decode(request)).isInstanceOf(Request.Find.class);
    ByteBuffer.wrap(request).order(ByteOrder.nativeOrder()).putShort(36, (short) 2);
    assertThatThrownBy(() -> decode(request)).hasMessageContaining("a name without an end");
    ByteBuffer.wrap(request).order(ByteOrder.nativeOrder()).putShort(36, (short) 3);
    assertThatThrownBy(() -> decode(request)).hasMessageContaining("extensions longer");
  }

  static IntStream opcodesWithABody() {
    return IntStream.of(1, 2, 15, 22, 23, 26, 28, 36, 42, 44);
  }

  @ParameterizedTest
  @MethodSource("opcodesWithABody")
  void refusesEveryTruncation(int opcode) {
    byte[] body =
        switch (opcode) {
          case 1 -> new byte[] {'n', 'a', 'm', 'e', 0};
          case 2, 23, 36 -> new byte[8];
          case 22 ->
              body(13)
                  .putLong(0)
                  .put("name".getBytes(java.nio.charset.StandardCharsets.UTF_8))
                  .array();
          case 26 -> init(45, 1 << 30, 0, 20);
          case 42 -> body(8 + 32).putInt(2).array();
          default -> read(0, 10);
        };
    for (int size = 0; size < 40 + body.length; size++) {
      byte[] cut = java.util.Arrays.copyOf(request(opcode, body), size);
      if (size >= 4) {
        ByteBuffer.wrap(cut).order(ByteOrder.nativeOrder()).putInt(0, size);
      }
      assertThatThrownBy(() -> decode(cut)).isInstanceOf(MalformedDataException.class);
    }
  }

  @Test
  void refusesAnotherLengthThanWasRead() {
    for (int length : new int[] {0, 39, 41, -1, Integer.MIN_VALUE}) {
      byte[] request = request(5, new byte[0]);
      ByteBuffer.wrap(request).order(ByteOrder.nativeOrder()).putInt(0, length);
      assertThatThrownBy(() -> decode(request)).hasMessageContaining("another length");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, Integer.MIN_VALUE, (1 << 20) + 1, Integer.MAX_VALUE})
  void refusesReadsOfMoreThanWasAgreedOn(int size) {
    assertThatThrownBy(() -> decode(request(15, read(0, size))))
        .hasMessageContaining("more than was agreed on");
  }

  @Test
  void refusesNegativeOffsets() {
    assertThatThrownBy(() -> decode(request(15, read(-1, 1)))).hasMessageContaining("negative");
    assertThatThrownBy(() -> decode(request(28, read(Long.MIN_VALUE, 1))))
        .hasMessageContaining("negative");
  }

  @Test
  void refusesNamesThatAreNone() {
    assertThatThrownBy(() -> decode(request(1, new byte[] {0})))
        .hasMessageContaining("an empty name");
    byte[] endless = new byte[8000];
    java.util.Arrays.fill(endless, (byte) 'n');
    assertThatThrownBy(() -> decode(request(1, endless))).hasMessageContaining("without an end");
    endless[4096] = 0;
    assertThatThrownBy(() -> decode(request(1, endless))).hasMessageContaining("without an end");
  }

  @Test
  void refusesMoreForgottenNodesThanThereAre() {
    for (int count : new int[] {3, -1, 1 << 28}) {
      byte[] body = body(8 + 32).putInt(count).array();
      assertThatThrownBy(() -> decode(request(42, body))).hasMessageContaining("shorter");
    }
  }
}
