package spindrift.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import spindrift.base.Bytes;
import spindrift.base.IntegrityException;
import spindrift.base.MalformedDataException;
import spindrift.nix.NixHash;
import spindrift.nix.PathInfo;
import spindrift.nix.Realisation;
import spindrift.nix.StorePath;
import spindrift.store.ScriptedDaemon.Script;
import spindrift.store.ScriptedDaemon.Then;
import spindrift.store.ScriptedDaemon.Words;

/** What no real daemon can be made to do. */
@Timeout(30)
final class DaemonStoreTest {
  private static final StorePath PATH = new StorePath("0".repeat(32), "path");
  private static final String FULL = "/nix/store/" + PATH.baseName();
  private static final String HASH = "ab".repeat(32);
  private static final Duration SHORT = Duration.ofMillis(200);
  private static final Duration LONG = Duration.ofSeconds(20);

  @TempDir Path scratch;

  @ParameterizedTest
  @ValueSource(ints = {21, 25, 26, 32, 33, 34, 35, 37, 38, 39, 255})
  void greetsInEveryVersion(int minor) throws Exception {
    Words script = new Words().greeting(minor);
    try (ScriptedDaemon daemon = daemon(info(script).then(Then.STALL));
        DaemonStore store = store(daemon, LONG)) {
      PathInfo info = store.pathInfo(PATH).orElseThrow();
      assertThat(info.narSize()).isEqualTo(120);
      assertThat(info.references()).containsExactly(PATH);
      assertThat(info.signatures()).isEmpty();
      assertThat(store.about().protocolMinor()).isEqualTo(Math.min(minor, 38));
    }
  }

  @Test
  void skipsEveryKindOfMessageBeforeAReply() throws Exception {
    Words script = new Words().greeting(38);
    script.number(ScriptedDaemon.NEXT).text("a log line\n");
    script.number(ScriptedDaemon.START_ACTIVITY, 1, 2, 3).text("doing").number(2, 0, 7, 1);
    script.text("field").number(0);
    script.number(ScriptedDaemon.RESULT, 1, 101, 1, 1).text("progress");
    script.number(ScriptedDaemon.STOP_ACTIVITY, 1);
    try (ScriptedDaemon daemon = daemon(info(script).then(Then.STALL));
        DaemonStore store = store(daemon, LONG)) {
      assertThat(store.pathInfo(PATH)).isPresent();
    }
  }

  @Test
  void endsWithAnErrorWhereverTheDaemonHangsUp() throws Exception {
    byte[] whole = info(new Words().greeting(38)).bytes();
    Script[] scripts = new Script[whole.length];
    Arrays.setAll(scripts, i -> new Script(Bytes.copyOf(whole, 0, i), Then.HANG_UP));
    try (ScriptedDaemon daemon = daemon(scripts)) {
      for (int i = 0; i < whole.length; i++) {
        try (DaemonStore store = store(daemon, LONG)) {
          assertThatThrownBy(() -> store.pathInfo(PATH))
              .isInstanceOf(IOException.class)
              .hasMessageContaining("the Nix daemon at ");
        }
      }
    }
  }

  @Test
  void endsWithAnErrorWhicheverWordIsGarbage() throws Exception {
    byte[] whole = info(new Words().greeting(38)).bytes();
    Script[] scripts = new Script[whole.length / 8];
    for (int i = 0; i < scripts.length; i++) {
      byte[] broken = whole.clone();
      Arrays.fill(broken, i * 8, i * 8 + 8, (byte) 0xee);
      scripts[i] = new Script(Bytes.owning(broken), Then.HANG_UP);
    }
    int survived = 0;
    try (ScriptedDaemon daemon = daemon(scripts)) {
      for (Script ignored : scripts) {
        try (DaemonStore store = store(daemon, LONG)) {
          store.pathInfo(PATH);
          survived++;
        } catch (IOException | MalformedDataException e) {
          assertThat(e.getMessage()).isNotBlank();
        }
      }
    }
    // Flags, trust, the texts of the version and of a feature: any value of those is one.
    assertThat(survived).isLessThanOrEqualTo(12);
  }

  @ParameterizedTest
  @ValueSource(longs = {1L << 31, 1L << 40, Long.MAX_VALUE, -1, Long.MIN_VALUE})
  void believesNoLength(long size) throws Exception {
    Words deriver = found(new Words().greeting(38)).number(size);
    Words references = found(new Words().greeting(38)).text("", HASH).number(size);
    Words paths = new Words().greeting(38).number(ScriptedDaemon.LAST, size);
    Words message = new Words().greeting(38).number(ScriptedDaemon.NEXT, size);
    try (ScriptedDaemon daemon =
        daemon(
            deriver.then(Then.LISTEN),
            references.then(Then.LISTEN),
            paths.then(Then.LISTEN),
            message.then(Then.LISTEN))) {
      assertMalformed(daemon, store -> store.pathInfo(PATH));
      assertMalformed(daemon, store -> store.pathInfo(PATH));
      assertMalformed(daemon, DaemonStore::allPaths);
      assertMalformed(daemon, DaemonStore::allPaths);
    }
  }

  @Test
  void refusesWhatIsNotTheProtocol() throws Exception {
    try (ScriptedDaemon daemon =
        daemon(
            new Words().number(0x0a0d3432302f3150L).then(Then.LISTEN),
            new Words().number(0x6478696f, 0x114).then(Then.LISTEN),
            new Words().number(0x6478696f, 0x226).then(Then.LISTEN),
            new Words().greeting(38).number(0x1234).then(Then.LISTEN),
            new Words().greeting(38).number(ScriptedDaemon.LAST).text("/etc").then(Then.LISTEN),
            new Words().greeting(38).number(ScriptedDaemon.LAST, 1, 'x' | 0x100).then(Then.LISTEN),
            new Words()
                .greeting(38)
                .number(ScriptedDaemon.LAST)
                .text(FULL.replace("000-", "001-"))
                .then(Then.LISTEN))) {
      for (int i = 0; i < 7; i++) {
        assertMalformed(daemon, store -> store.byHashPart(PATH.hashPart()));
      }
    }
  }

  @Test
  void takesNoPathForValidThatItDidNotAskAbout() throws Exception {
    Words script = new Words().greeting(38).number(ScriptedDaemon.LAST, 1);
    try (ScriptedDaemon daemon = daemon(script.text(FULL.replace("path", "x")).then(Then.STALL))) {
      assertMalformed(daemon, store -> store.validPaths(Set.of(PATH)));
    }
  }

  @Test
  void passesOnErrorsInPlainText() throws Exception {
    Words modern = new Words().greeting(38).number(ScriptedDaemon.ERROR).text("Error").number(0);
    modern.text("Error", "\u001b[31;1mno\u001b[0m such\u0007 thing").number(0, 1, 0).text("trace");
    Words old = new Words().greeting(21).number(ScriptedDaemon.ERROR).text("no such thing");
    old.number(1);
    try (ScriptedDaemon daemon =
        daemon(
            // The connection is in order after an error, and answers the next question.
            modern.number(ScriptedDaemon.LAST).text(FULL).then(Then.STALL), old.then(Then.STALL))) {
      for (int i = 0; i < 2; i++) {
        try (DaemonStore store = store(daemon, LONG)) {
          assertThatThrownBy(() -> store.byHashPart(PATH.hashPart()))
              .isInstanceOf(DaemonException.class)
              .hasMessage("no such thing");
          if (i == 0) {
            assertThat(store.byHashPart(PATH.hashPart())).contains(PATH);
          }
        }
      }
      assertThat(daemon.connections()).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"greeting", "reply", "half"})
  void givesUpOnADaemonThatStalls(String when) throws Exception {
    Words script = new Words();
    if (!when.equals("greeting")) {
      script.greeting(38);
    }
    if (when.equals("half")) {
      found(script).number(1000);
    }
    try (ScriptedDaemon daemon = daemon(script.then(Then.STALL));
        DaemonStore store = store(daemon, SHORT)) {
      assertThatThrownBy(() -> store.pathInfo(PATH))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("no answer for 200 ms");
    }
  }

  @Test
  void asksOnceMoreWhenAnIdleConnectionIsDead() throws Exception {
    Words answered = new Words().greeting(38).number(ScriptedDaemon.LAST).text(FULL);
    Script script = answered.then(Then.STALL);
    try (ScriptedDaemon daemon = daemon(script, script, script);
        DaemonStore store = store(daemon, LONG)) {
      for (int i = 0; i < 3; i++) {
        assertThat(store.byHashPart(PATH.hashPart())).contains(PATH);
        daemon.hangUp();
      }
      assertThat(daemon.connections()).isEqualTo(3);
    }
  }

  @Test
  void asksNoMoreForRealisationsWhenTheDaemonHangsUpAtTheQuestion() throws Exception {
    Script deaf = new Words().greeting(38).then(Then.HANG_UP);
    Script found = new Words().greeting(38).number(ScriptedDaemon.LAST).text(FULL).then(Then.STALL);
    Realisation.Id id = new Realisation.Id(NixHash.sha256(Bytes.parseHex(HASH)), "out");
    try (ScriptedDaemon daemon = daemon(deaf, found);
        DaemonStore store = store(daemon, LONG)) {
      for (int i = 0; i < 3; i++) {
        assertThat(store.realisation(id)).isEmpty();
      }
      assertThat(store.byHashPart(PATH.hashPart())).contains(PATH);
      assertThat(daemon.connections()).isEqualTo(2);
    }
  }

  @Test
  void stopsSendingWhenTheDaemonReportsAnError() throws Exception {
    Words script = new Words().greeting(38).number(ScriptedDaemon.LAST).text("");
    script.number(ScriptedDaemon.ERROR).text("Error").number(0).text("Error", "disk full");
    script.number(0, 0);
    try (ScriptedDaemon daemon = daemon(script.then(Then.LISTEN), script.then(Then.STALL));
        DaemonStore store = store(daemon, LONG)) {
      for (int i = 0; i < 2; i++) {
        PathInfo endless =
            PathInfo.of(PATH, NixHash.sha256(Bytes.parseHex(HASH)), Long.MAX_VALUE, List.of());
        try (InputStream zeros = new Zeros();
            DaemonStore one = i == 0 ? store : store(daemon, LONG)) {
          assertThatThrownBy(() -> one.add(endless, zeros))
              .isInstanceOf(DaemonException.class)
              .hasMessage("disk full");
        }
      }
    }
  }

  @Test
  void givesUpOnADaemonThatStopsReadingANar() throws Exception {
    Words script = new Words().greeting(38).number(ScriptedDaemon.LAST).text("");
    PathInfo endless =
        PathInfo.of(PATH, NixHash.sha256(Bytes.parseHex(HASH)), Long.MAX_VALUE, List.of());
    try (ScriptedDaemon daemon = daemon(script.then(Then.STALL));
        DaemonStore store = store(daemon, SHORT);
        InputStream zeros = new Zeros()) {
      assertThatThrownBy(() -> store.add(endless, zeros))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("no answer for 200 ms");
    }
  }

  @Test
  void blamesTheCallersStreamForItsErrors() throws Exception {
    Words script = new Words().greeting(38).number(ScriptedDaemon.LAST).text("");
    PathInfo info = PathInfo.of(PATH, NixHash.sha256(Bytes.parseHex(HASH)), 120, List.of());
    try (ScriptedDaemon daemon = daemon(script.then(Then.LISTEN));
        DaemonStore store = store(daemon, LONG)) {
      assertThatThrownBy(() -> store.add(info, InputStream.nullInputStream()))
          .isInstanceOf(IOException.class)
          .hasMessage("the NAR ended 120 bytes early");
    }
  }

  @Test
  void tellsAWrongNarFromAStalledOne() throws Exception {
    Words asked = info(new Words().greeting(38));
    Words wrong = new Words().greeting(38).number(ScriptedDaemon.LAST).number(new long[15]);
    Words half = new Words().greeting(38).number(ScriptedDaemon.LAST).number(new long[7]);
    Script path = asked.then(Then.STALL);
    try (ScriptedDaemon daemon =
        daemon(path, wrong.then(Then.STALL), path, half.then(Then.STALL))) {
      try (DaemonStore store = store(daemon, LONG)) {
        assertThatThrownBy(() -> store.dumpNar(PATH, OutputStream.nullOutputStream()))
            .isInstanceOf(IntegrityException.class);
      }
      try (DaemonStore store = store(daemon, SHORT)) {
        assertThatThrownBy(() -> store.dumpNar(PATH, OutputStream.nullOutputStream()))
            .isInstanceOf(IOException.class)
            .hasMessageContaining("no answer");
      }
    }
  }

  @Test
  void failsCallsOfAClosedStore() throws Exception {
    try (ScriptedDaemon daemon = daemon(new Words().greeting(38).then(Then.STALL))) {
      DaemonStore store = store(daemon, LONG);
      store.about();
      store.close();
      store.close();
      assertThatThrownBy(() -> store.byHashPart(PATH.hashPart())).isInstanceOf(IOException.class);
    }
  }

  @Test
  void endsABlockedCallWhenTheStoreIsClosed() throws Exception {
    try (ScriptedDaemon daemon = daemon(new Words().greeting(38).then(Then.STALL))) {
      DaemonStore store = store(daemon, LONG);
      store.about();
      Thread closer = Thread.startVirtualThread(store::close);
      assertThatThrownBy(() -> store.byHashPart(PATH.hashPart())).isInstanceOf(IOException.class);
      closer.join();
    }
  }

  @Test
  void saysWhatAProgramThatDoesNotStartSaid() throws Exception {
    Path program = Files.writeString(scratch.resolve("daemon"), "echo sorry >&2; exit 1\n");
    DaemonEndpoint endpoint = new DaemonEndpoint.Program(List.of("/bin/sh", program.toString()));
    StoreLayout layout = StoreLayout.chroot(scratch);
    try (DaemonStore store = new DaemonStore(layout, endpoint, LONG)) {
      assertThatThrownBy(store::about)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("sorry");
    }
    DaemonEndpoint absent = new DaemonEndpoint.Program(List.of("/nonexistent/nix-daemon"));
    try (DaemonStore store = new DaemonStore(layout, absent, LONG)) {
      assertThatThrownBy(store::about)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("cannot be reached");
    }
  }

  private static final class Zeros extends InputStream {
    @Override
    public int read() {
      return 0;
    }

    @Override
    public int read(byte[] target, int offset, int size) {
      Arrays.fill(target, offset, offset + size, (byte) 0);
      return size;
    }
  }

  private interface Call {
    void on(DaemonStore store) throws IOException, MalformedDataException;
  }

  private static void assertMalformed(ScriptedDaemon daemon, Call call) {
    try (DaemonStore store = store(daemon, LONG)) {
      assertThatThrownBy(() -> call.on(store)).isInstanceOf(MalformedDataException.class);
    }
  }

  /** The reply to a look-up, up to where the path info begins. */
  private static Words found(Words words) {
    return words.number(ScriptedDaemon.LAST, 1);
  }

  private static Words info(Words words) {
    return found(words).text("", HASH).number(1).text(FULL).number(1, 120, 0, 0).text("");
  }

  private ScriptedDaemon daemon(Script... scripts) throws IOException {
    return new ScriptedDaemon(scratch.resolve("socket"), List.of(scripts));
  }

  private static DaemonStore store(ScriptedDaemon daemon, Duration deadline) {
    DaemonEndpoint endpoint = new DaemonEndpoint.Socket(daemon.socket());
    return new DaemonStore(StoreLayout.chroot(Path.of("/nonexistent")), endpoint, deadline);
  }
}
