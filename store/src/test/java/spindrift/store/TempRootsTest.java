package spindrift.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.MalformedDataException;
import spindrift.store.ScriptedDaemon.Then;
import spindrift.store.ScriptedDaemon.Words;

final class TempRootsTest {
  private static final Duration HOUR = Duration.ofHours(1);

  @TempDir Path scratch;

  /** Every root that was added, in order, on whichever connection. */
  private final List<String> added = new ArrayList<>();

  @Test
  void addsEachRootOnceInALease() throws Exception {
    try (Fixture fixture = new Fixture(HOUR, 1)) {
      fixture.roots.protect("a");
      fixture.roots.protect("b");
      fixture.roots.protect("a");
      assertThat(added).containsExactly("a", "b");
      assertThat(fixture.daemon.connections()).isEqualTo(1);
    }
  }

  @Test
  void addsARootAgainOnceTheLeaseIsOver() throws Exception {
    try (Fixture fixture = new Fixture(Duration.ZERO, 3)) {
      fixture.roots.protect("a");
      fixture.roots.protect("a");
      fixture.roots.protect("a");
      assertThat(added).containsExactly("a", "a", "a");
      assertThat(fixture.daemon.connections()).isEqualTo(3);
    }
  }

  @Test
  void tellsARestartedDaemonAllRootsAgain() throws Exception {
    try (Fixture fixture = new Fixture(HOUR, 2)) {
      fixture.roots.protect("a");
      fixture.roots.protect("b");
      added.clear();
      fixture.daemon.hangUp();
      fixture.roots.protect("c");
      assertThat(added).containsExactlyInAnyOrder("a", "b", "c");
    }
  }

  @Test
  void beginsAnewAfterGarbage() throws Exception {
    Words garbage = new Words().greeting(38).number(1, 2, 3);
    Words good = new Words().greeting(38).number(ScriptedDaemon.LAST, 1);
    ScriptedDaemon daemon =
        new ScriptedDaemon(
            scratch.resolve("socket"), List.of(garbage.then(Then.STALL), good.then(Then.STALL)));
    try (Fixture fixture = new Fixture(HOUR, daemon)) {
      assertThatThrownBy(() -> fixture.roots.protect("a"))
          .isInstanceOf(MalformedDataException.class);
      fixture.roots.protect("a");
      assertThat(added).containsExactly("a");
    }
  }

  private final class Fixture implements AutoCloseable {
    private final ScriptedDaemon daemon;
    private final Watchdog watchdog = new Watchdog();
    private final ConnectionPool pool;
    private final TempRoots roots;

    /** A daemon that has been started {@code connections} times, or is there for as many. */
    Fixture(Duration lease, int connections) throws IOException {
      this(
          lease,
          new ScriptedDaemon(
              scratch.resolve("socket"),
              Collections.nCopies(
                  connections,
                  new Words()
                      .greeting(38)
                      .number(ScriptedDaemon.LAST, 1, ScriptedDaemon.LAST, 1)
                      .number(ScriptedDaemon.LAST, 1)
                      .then(Then.STALL))));
    }

    Fixture(Duration lease, ScriptedDaemon daemon) {
      this.daemon = daemon;
      DaemonEndpoint endpoint = new DaemonEndpoint.Socket(daemon.socket());
      this.pool = new ConnectionPool(endpoint, watchdog, Duration.ofSeconds(20), 1);
      this.roots = new TempRoots(pool, TempRootsTest.this::add, lease);
    }

    @Override
    public void close() throws IOException {
      pool.close();
      watchdog.close();
      daemon.close();
    }
  }

  private void add(DaemonConnection connection, String path)
      throws IOException, MalformedDataException {
    connection.out().number(11).text(path);
    connection.awaitReply();
    connection.in().readFlag();
    added.add(path);
  }
}
