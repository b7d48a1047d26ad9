package spindrift.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;
import spindrift.compression.MemoryBudget;
import spindrift.http.WebSettings;
import spindrift.nix.Compression;
import spindrift.nix.NarInfo;
import spindrift.nix.StoreDir;
import spindrift.testkit.BlackHole;
import spindrift.testkit.FaultyUpstream;

/** What upstreams do wrong is told apart, and never hangs. */
class HttpUpstreamTest {
  private static final Duration SHORT = Duration.ofMillis(400);
  private static final Duration LONG = Duration.ofSeconds(10);
  private static final int MEMORY = 64;

  @TempDir Path folder;
  private final MemoryBudget memory = new MemoryBudget("test", MEMORY);
  private FaultyUpstream server;
  private Upstream upstream;

  @BeforeEach
  void open() throws Exception {
    Cache.in(folder);
    server = FaultyUpstream.over(folder);
    upstream = open(server.url());
  }

  private Upstream open(String url) throws FaultException {
    WebSettings web = WebSettings.DEFAULTS.withTimes(SHORT, SHORT, SHORT);
    return new Upstreams(StoreDir.DEFAULT, web, memory, Optional.empty())
        .open(UpstreamAccess.of(UpstreamUrl.parse(url)));
  }

  @AfterEach
  void close() {
    upstream.close();
    server.close();
    assertThat(memory.free()).as("memory given back").isEqualTo(MEMORY);
  }

  private NarInfo info(Compression compression) throws IOException, FaultException {
    return upstream.narInfo(Cache.hashPart(compression), LONG).orElseThrow();
  }

  private byte[] nar(Compression compression, long from) throws IOException, FaultException {
    try (NarStream nar = upstream.nar(info(compression), from, Cache.NAR.length).orElseThrow()) {
      return drain(nar);
    }
  }

  private static byte[] drain(NarStream nar) throws IOException, FaultException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] buffer = new byte[10_000];
    for (int size = nar.read(buffer, 0, buffer.length);
        size >= 0;
        size = nar.read(buffer, 0, buffer.length)) {
      out.write(buffer, 0, size);
    }
    return out.toByteArray();
  }

  private static byte[] rest(int from) {
    return Arrays.copyOfRange(Cache.NAR, from, Cache.NAR.length);
  }

  @ParameterizedTest
  @EnumSource(
      value = Compression.class,
      names = {"NONE", "XZ", "ZSTD", "GZIP", "BZIP2"})
  void givesNarsFromAnyOffset(Compression compression) throws Exception {
    assertThat(nar(compression, 0)).isEqualTo(Cache.NAR);
    assertThat(nar(compression, 200_001)).isEqualTo(rest(200_001));
    assertThat(upstream.isSeekable(info(compression))).isEqualTo(compression == Compression.NONE);
    NarInfo info = info(compression);
    assertThatThrownBy(() -> upstream.nar(info, Cache.NAR.length + 1L, Cache.NAR.length))
        .isInstanceOf(IOException.class);
  }

  @Test
  void countsWhatComesOverTheNetwork() throws Exception {
    try (NarStream nar = upstream.nar(info(Compression.XZ), 0, Cache.NAR.length).orElseThrow()) {
      drain(nar);
      assertThat(nar.transferredBytes())
          .isEqualTo(Files.size(folder.resolve(Cache.url(Compression.XZ))));
    }
  }

  @Test
  void hasNothingThatNobodyCanUndo() throws Exception {
    assertThat(upstream.narInfo(Cache.hashPart(Compression.LRZIP), LONG)).isEmpty();
  }

  @Test
  void learnsItsPriorityFromTheCacheUnlessTold() throws Exception {
    assertThat(upstream.priority()).isEqualTo(50);
    info(Compression.XZ);
    info(Compression.ZSTD);
    assertThat(upstream.priority()).isEqualTo(40);
    assertThat(server.requests("nix-cache-info")).isEqualTo(1);
    try (Upstream told = open(server.url() + "/?priority=7")) {
      assertThat(told.priority()).isEqualTo(7);
      assertThat(told.name()).isEqualTo(server.url());
    }
  }

  @Test
  void learnsItWhenItIsGreeted() throws Exception {
    assertThat(upstream.document("nix-cache-info", 1000, LONG)).isPresent();
    assertThat(upstream.priority()).isEqualTo(40);
    info(Compression.XZ);
    assertThat(server.requests("nix-cache-info")).isEqualTo(1);
  }

  @Test
  void hasNothingForAnotherStore() throws Exception {
    server.on("nix-cache-info").answer("StoreDir: /gnu/store\n");
    assertThat(upstream.narInfo(Cache.hashPart(Compression.XZ), LONG)).isEmpty();
    assertThat(server.requests(".narinfo")).isZero();
  }

  @Test
  void needsNoCacheInfo() throws Exception {
    server.on("nix-cache-info").status(404);
    assertThat(info(Compression.XZ).narSize()).isEqualTo(Cache.NAR.length);
  }

  @ParameterizedTest
  @org.junit.jupiter.params.provider.ValueSource(ints = {403, 404, 410})
  void isWithoutWhatItDoesNotGive(int status) throws Exception {
    NarInfo info = info(Compression.XZ);
    server.on("/").status(status);
    assertThat(upstream.narInfo(Cache.hashPart(Compression.ZSTD), LONG)).isEmpty();
    assertThat(upstream.nar(info, 0, Cache.NAR.length)).isEmpty();
    assertThat(upstream.document("log/x", 1000, LONG)).isEmpty();
  }

  @Test
  void saysWhatIsWrongWithIt() throws Exception {
    NarInfo info = info(Compression.XZ);
    server.on(".narinfo").status(401);
    assertThatThrownBy(() -> info(Compression.XZ)).hasMessageContaining("netrc");
    server.on(".narinfo").status(500);
    assertThatThrownBy(() -> info(Compression.XZ)).isInstanceOf(IOException.class);
    server.on("/").busy(429, "7");
    assertThatThrownBy(() -> info(Compression.XZ))
        .isInstanceOfSatisfying(
            BusyException.class, e -> assertThat(e.pause()).contains(Duration.ofSeconds(7)));
    server.on("/").busy(503, "whenever");
    assertThatThrownBy(() -> upstream.nar(info, 0, Cache.NAR.length))
        .isInstanceOfSatisfying(BusyException.class, e -> assertThat(e.pause()).isEmpty());
  }

  @Test
  void refusesWhatIsNoNarInfoOfThePath() throws Exception {
    info(Compression.XZ);
    server.on(".narinfo").captivePortal();
    assertThatThrownBy(() -> info(Compression.XZ)).isInstanceOf(MalformedDataException.class);
    server.on(".narinfo").answer(Cache.narInfo(Compression.ZSTD));
    assertThatThrownBy(() -> info(Compression.XZ)).isInstanceOf(MalformedDataException.class);
    server.on(".narinfo").answer("garbage");
    assertThatThrownBy(() -> info(Compression.XZ)).isInstanceOf(MalformedDataException.class);
    server.on(".narinfo").answer(Bytes.owning(new byte[NarInfo.MAX_SIZE + 1])).chunked();
    assertThatThrownBy(() -> info(Compression.XZ)).isInstanceOf(LimitExceededException.class);
  }

  @Test
  void undoesWhatWasCompressedOnTheWay() throws Exception {
    server.on("/").gzip();
    assertThat(nar(Compression.XZ, 100_000)).isEqualTo(rest(100_000));
    assertThat(nar(Compression.NONE, 0)).isEqualTo(Cache.NAR);
  }

  @Test
  void bearsServersThatMakeNothingOfRanges() throws Exception {
    server.on("nar/").ignoreRanges();
    assertThat(nar(Compression.NONE, 200_001)).isEqualTo(rest(200_001));
    assertThat(upstream.isSeekable(info(Compression.NONE))).isFalse();
    server.on("nar/").wrongRanges();
    assertThatThrownBy(() -> nar(Compression.NONE, 200_001)).isInstanceOf(IOException.class);
  }

  @ParameterizedTest
  @EnumSource(
      value = Compression.class,
      names = {"NONE", "XZ"})
  void tellsEveryEndThatIsTooEarly(Compression compression) throws Exception {
    info(compression);
    server.on("nar/").truncateAfter(1000);
    assertThatThrownBy(() -> nar(compression, 0)).isInstanceOf(IOException.class);
    server.on("nar/").truncateAfter(1000).chunked();
    assertThatThrownBy(() -> nar(compression, 0)).isInstanceOf(IOException.class);
    server.on("nar/").resetAfter(1000);
    assertThatThrownBy(() -> nar(compression, 0)).isInstanceOf(IOException.class);
    server.on("nar/").stallAfter(1000);
    assertThatThrownBy(() -> nar(compression, 0)).isInstanceOf(IOException.class);
    server.on("nar/").lengthOffBy(10);
    assertThatThrownBy(() -> nar(compression, 0)).isInstanceOf(IOException.class);
    server.heal();
    assertThat(nar(compression, 0)).as("afterwards").isEqualTo(Cache.NAR);
  }

  @Test
  void tellsDamageFromDistance() throws Exception {
    info(Compression.XZ);
    server.on("nar/").corruptAt(50_000);
    assertThatThrownBy(() -> nar(Compression.XZ, 0)).isInstanceOf(MalformedDataException.class);
    server.on("nar/").answer("no xz at all, but longer than a header");
    assertThatThrownBy(() -> nar(Compression.XZ, 0)).isInstanceOf(MalformedDataException.class);
    server.on("nar/").truncateAfter(1000).withoutLength();
    assertThatThrownBy(() -> nar(Compression.XZ, 0)).isInstanceOf(FaultException.class);
  }

  @Test
  void stopsABombAtTheSizeThatTheNarInfoSays() throws Exception {
    server.on("nar/").answer(Bytes.owning(new byte[Cache.NAR.length + 1]));
    assertThatThrownBy(() -> nar(Compression.NONE, 0)).isInstanceOf(LimitExceededException.class);
  }

  @Test
  void doesNotWaitForWhatIsSilentOrGone() throws Exception {
    NarInfo info = info(Compression.XZ);
    server.on("/").silence();
    assertThatThrownBy(() -> upstream.nar(info, 0, Cache.NAR.length))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> upstream.narInfo(Cache.hashPart(Compression.XZ), SHORT))
        .isInstanceOf(IOException.class);
    server.heal().on(".narinfo").drip(10);
    assertThatThrownBy(() -> upstream.narInfo(Cache.hashPart(Compression.XZ), SHORT))
        .isInstanceOf(IOException.class);
    server.down();
    assertThatThrownBy(() -> info(Compression.XZ)).isInstanceOf(IOException.class);
    try (BlackHole hole = BlackHole.open();
        Upstream lost = open(hole.url())) {
      assertThatThrownBy(() -> lost.narInfo(Cache.hashPart(Compression.XZ), LONG))
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void followsAFewRedirectsOnly() throws Exception {
    info(Compression.XZ);
    server.on("nar/").redirect(302, "/" + Cache.url(Compression.XZ)).times(5);
    assertThat(nar(Compression.XZ, 0)).isEqualTo(Cache.NAR);
    server.on("nar/").redirect(302, "/" + Cache.url(Compression.XZ));
    assertThatThrownBy(() -> nar(Compression.XZ, 0)).hasMessageContaining("redirects");
    server.on("nar/").redirect(302, "file:///etc/passwd");
    assertThatThrownBy(() -> nar(Compression.XZ, 0)).hasMessageContaining("refused");
  }

  @Test
  void keepsItsPasswordFromOthers() throws Exception {
    try (FaultyUpstream other = FaultyUpstream.over(folder);
        Upstream shy = open(server.url().replace("http://", "http://me:s%40cret@"))) {
      assertThat(shy.name()).isEqualTo(server.url());
      server.on("nar/").redirect(307, other.url() + "/" + Cache.url(Compression.XZ));
      NarInfo info = shy.narInfo(Cache.hashPart(Compression.XZ), LONG).orElseThrow();
      try (NarStream nar = shy.nar(info, 0, Cache.NAR.length).orElseThrow()) {
        assertThat(drain(nar)).isEqualTo(Cache.NAR);
      }
      assertThat(server.seen()).allMatch(seen -> seen.header("authorization").isPresent());
      assertThat(server.seen().getFirst().header("authorization")).contains("Basic bWU6c0BjcmV0");
      assertThat(other.seen()).hasSize(1);
      assertThat(other.seen().getFirst().header("authorization")).isEmpty();
    }
  }

  @Test
  void endsWhatIsReadWhenItIsClosed() throws Exception {
    server.on("nar/").stallAfter(1000);
    try (Upstream patient =
        new Upstreams(StoreDir.DEFAULT, WebSettings.DEFAULTS, memory, Optional.empty())
            .open(UpstreamAccess.of(UpstreamUrl.parse(server.url())))) {
      NarStream nar = patient.nar(info(Compression.NONE), 0, Cache.NAR.length).orElseThrow();
      Thread closer = Thread.ofVirtual().unstarted(nar::close);
      assertThatThrownBy(
              () -> {
                assertThat(nar.read(new byte[1000], 0, 1000)).isPositive();
                closer.start();
                drain(nar);
              })
          .isInstanceOf(IOException.class);
      closer.join();
    }
  }
}
