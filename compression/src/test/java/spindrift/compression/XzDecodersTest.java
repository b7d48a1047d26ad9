package spindrift.compression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tukaani.xz.FilterOptions;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.X86Options;
import org.tukaani.xz.XZ;
import org.tukaani.xz.XZOutputStream;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;
import spindrift.base.SystemLibrary;

/** The decoder of the system and the one in Java take and refuse the same files. */
final class XzDecodersTest {
  private static final int ALL = 160;
  private static final int LENGTH = 300_000;
  private static final Bytes TEXT = text();

  private final MemoryBudget memory = new MemoryBudget("test", ALL);

  /** Which decoder; without a library it is the one in Java. */
  record Way(String name, Optional<Liblzma> library) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Way> ways() {
    Optional<Liblzma> system = Liblzma.load("liblzma.so.5");
    Stream<Way> java = Stream.of(new Way("java", Optional.empty()));
    return system.isEmpty() ? java : Stream.concat(java, Stream.of(new Way("system", system)));
  }

  /** Half noise, half zeros, so that what is read and what is made differ in length. */
  private static Bytes text() {
    byte[] text = new byte[LENGTH];
    byte[] noise = new byte[LENGTH / 2];
    new Random(11).nextBytes(noise);
    System.arraycopy(noise, 0, text, 0, noise.length);
    return Bytes.owning(text);
  }

  private static Bytes xz(Bytes content, int check, int dictionary) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    LZMA2Options options = new LZMA2Options(0);
    options.setDictSize(dictionary);
    try (OutputStream out = new XZOutputStream(bytes, options, check)) {
      content.writeTo(out);
    }
    return Bytes.owning(bytes.toByteArray());
  }

  private static Bytes xz(Bytes content) throws IOException {
    return xz(content, XZ.CHECK_CRC64, 1 << 20);
  }

  private Bytes decoded(Way way, InputStream file) throws IOException, FaultException {
    CompressedFile in = CompressedFile.of(file);
    try (InputStream content = Decoders.xz(in, memory, way.library())) {
      return Bytes.owning(content.readAllBytes());
    } catch (DecodingException e) {
      throw e.fault();
    } finally {
      assertThat(memory.free()).isEqualTo(ALL);
    }
  }

  private Bytes decoded(Way way, Bytes file) throws IOException, FaultException {
    return decoded(way, new ByteArrayInputStream(file.toArray()));
  }

  @ParameterizedTest
  @MethodSource("ways")
  void decodesWhatOthersPacked(Way way) throws Exception {
    for (int check : new int[] {XZ.CHECK_NONE, XZ.CHECK_CRC32, XZ.CHECK_CRC64, XZ.CHECK_SHA256}) {
      assertThat(decoded(way, xz(TEXT, check, 1 << 16))).isEqualTo(TEXT);
    }
    assertThat(decoded(way, xz(Bytes.EMPTY))).isEqualTo(Bytes.EMPTY);
  }

  @ParameterizedTest
  @MethodSource("ways")
  void decodesFilters(Way way) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    FilterOptions[] filters = {new X86Options(), new LZMA2Options(0)};
    try (OutputStream out = new XZOutputStream(bytes, filters)) {
      TEXT.writeTo(out);
    }
    assertThat(decoded(way, Bytes.owning(bytes.toByteArray()))).isEqualTo(TEXT);
  }

  @ParameterizedTest
  @MethodSource("ways")
  void joinsStreamsAndLeavesPaddingOut(Way way) throws Exception {
    Bytes one = xz(TEXT);
    Bytes padding = Bytes.of(0, 0, 0, 0);
    assertThat(decoded(way, one.concat(one))).isEqualTo(TEXT.concat(TEXT));
    assertThat(decoded(way, one.concat(padding).concat(one).concat(padding)))
        .isEqualTo(TEXT.concat(TEXT));
    for (Bytes odd : new Bytes[] {Bytes.of(0, 0, 0), Bytes.utf8("more"), one.slice(0, 9)}) {
      assertThatThrownBy(() -> decoded(way, one.concat(odd)))
          .isInstanceOf(MalformedDataException.class);
    }
  }

  @ParameterizedTest
  @MethodSource("ways")
  void refusesFilesThatAreCut(Way way) throws Exception {
    Bytes small = xz(TEXT.slice(LENGTH - 400, LENGTH));
    for (int size = 0; size < small.size(); size++) {
      Bytes cut = small.slice(0, size);
      assertThatThrownBy(() -> decoded(way, cut))
          .as("%d bytes", size)
          .isInstanceOf(MalformedDataException.class);
    }
  }

  @ParameterizedTest
  @MethodSource("ways")
  void refusesFilesWithAWrongByte(Way way) throws Exception {
    byte[] small = xz(TEXT.slice(0, 200)).toArray();
    for (int at = 0; at < small.length; at++) {
      byte[] wrong = small.clone();
      wrong[at] ^= 0x41;
      assertThatThrownBy(() -> decoded(way, Bytes.owning(wrong)))
          .as("byte %d", at)
          .isInstanceOfAny(MalformedDataException.class, LimitExceededException.class);
    }
  }

  @ParameterizedTest
  @MethodSource("ways")
  void takesNoMoreMemoryThanAllowed(Way way) throws Exception {
    assertThat(decoded(way, xz(TEXT, XZ.CHECK_CRC64, 64 << 20))).isEqualTo(TEXT);
    Bytes greedy = xz(TEXT, XZ.CHECK_CRC64, 128 << 20);
    assertThatThrownBy(() -> decoded(way, greedy)).isInstanceOf(LimitExceededException.class);
    // A later stream gets no more than the first one asked for.
    assertThatThrownBy(() -> decoded(way, xz(TEXT).concat(greedy)))
        .isInstanceOf(MalformedDataException.class);
  }

  @ParameterizedTest
  @MethodSource("ways")
  void tellsTheFileFromWhoGivesIt(Way way) throws Exception {
    for (int size : new int[] {3, 40, 100_000}) {
      InputStream start = new ByteArrayInputStream(xz(TEXT).toArray(), 0, size);
      InputStream broken =
          new InputStream() {
            @Override
            public int read() throws IOException {
              throw new IOException("the line is dead");
            }

            @Override
            public int read(byte[] buffer, int from, int length) throws IOException {
              return read();
            }
          };
      assertThatThrownBy(() -> decoded(way, new SequenceInputStream(start, broken)))
          .isInstanceOf(IOException.class)
          .hasMessage("the line is dead");
    }
  }

  @ParameterizedTest
  @MethodSource("ways")
  void readsNothingOnceItIsClosed(Way way) throws Exception {
    assumeTrue(way.library().isPresent());
    InputStream file = new ByteArrayInputStream(xz(TEXT).toArray());
    NativeXzStream stream = new NativeXzStream(way.library().orElseThrow(), file, 10 << 20, 2048);
    byte[] start = new byte[1000];
    assertThat(stream.readNBytes(start, 0, 1000)).isEqualTo(1000);
    assertThat(start).isEqualTo(Arrays.copyOf(TEXT.toArray(), 1000));
    stream.close();
    stream.close();
    assertThatThrownBy(stream::read).isInstanceOf(IOException.class);
  }

  @ParameterizedTest
  @MethodSource("ways")
  void failsAgainWhereItFailed(Way way) throws Exception {
    assumeTrue(way.library().isPresent());
    InputStream file = new ByteArrayInputStream(Bytes.utf8("no xz file at all").toArray());
    try (NativeXzStream stream =
        new NativeXzStream(way.library().orElseThrow(), file, 10 << 20, 2048)) {
      assertThatThrownBy(stream::read).isInstanceOf(IOException.class);
      assertThatThrownBy(stream::read).isInstanceOf(IOException.class);
    }
  }

  @Test
  void isWithoutALibraryThatIsNotThere() {
    assertThat(Liblzma.load("libnosuchthing.so.5")).isEmpty();
    assertThat(Liblzma.load("libc.so.6")).isEmpty();
    assertThat(Liblzma.load(SystemLibrary.NONE)).isEmpty();
  }
}
