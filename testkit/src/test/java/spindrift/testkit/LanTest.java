package spindrift.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LanTest {
  /** Answers each connection with all that it is sent. */
  private static final String SERVER =
      """
      import socket
      server = socket.create_server(("", 5000))
      print("up", flush=True)
      while True:
          client = server.accept()[0]
          while data := client.recv(65536):
              client.sendall(data)
      """;

  /** Says how many milliseconds a byte takes, there and back. */
  private static final String CLIENT =
      """
      import socket, sys, time
      server = socket.create_connection((sys.argv[1], 5000), 10)
      start = time.monotonic()
      server.sendall(b"x")
      server.recv(1)
      print(int(1000 * (time.monotonic() - start)))
      """;

  @TempDir Path scratch;
  private @Nullable Process server;

  @BeforeEach
  void skipWhereThereIsNone() {
    assumeThat(Lan.missing()).isEmpty();
  }

  @AfterEach
  void endServer() {
    if (server != null) {
      server.destroyForcibly();
    }
  }

  private Process serve(Lan.Machine machine) throws Exception {
    Process started = machine.on(new ProcessBuilder("python3", "-c", SERVER)).start();
    server = started;
    assertThat(started.inputReader().readLine()).isEqualTo("up");
    return started;
  }

  private static Completed call(Lan.Machine machine, Lan.Machine other) throws Exception {
    return machine.run("python3", "-c", CLIENT, other.address());
  }

  @Test
  void machinesReachOneAnotherAndNobodyElse() throws Exception {
    try (Lan lan = Lan.open(scratch)) {
      Lan.Machine one = lan.machine();
      Lan.Machine two = lan.machine();
      serve(one);
      call(two, one).expectSuccess();
      assertThat(two.run("ip", "route").text()).doesNotContain("default");
    }
  }

  @Test
  void aCableHasDelayInBothDirections() throws Exception {
    try (Lan lan = Lan.open(scratch)) {
      Lan.Machine one = lan.machine();
      Lan.Machine two = lan.machine(Lan.Cable.of("50mbit", 30, 0));
      serve(one);
      String millis = call(two, one).expectSuccess().line();
      assertThat(Integer.parseInt(millis)).isGreaterThanOrEqualTo(60);
    }
  }

  @Test
  void aCableIsPulledAndPluggedIn() throws Exception {
    try (Lan lan = Lan.open(scratch)) {
      Lan.Machine one = lan.machine();
      Lan.Machine two = lan.machine();
      serve(one);
      one.pull();
      assertThat(call(two, one).status()).isNotZero();
      one.plug();
      call(two, one).expectSuccess();
    }
  }

  @Test
  void nothingOutlivesIt() throws Exception {
    Process started;
    try (Lan lan = Lan.open(scratch)) {
      started = serve(lan.machine(Lan.Cable.of("50mbit", 1, 0)));
    }
    assertThat(started.waitFor(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void nothingOutlivesWhoeverMadeItAndWasKilled() throws Exception {
    Set<ProcessHandle> others = ProcessHandle.current().children().collect(Collectors.toSet());
    try (Lan lan = Lan.open(scratch)) {
      ProcessHandle maker =
          ProcessHandle.current()
              .children()
              .filter(child -> !others.contains(child))
              .findFirst()
              .orElseThrow();
      Process started = serve(lan.machine());
      maker.destroyForcibly();
      assertThat(started.waitFor(20, TimeUnit.SECONDS)).isTrue();
    }
  }
}
