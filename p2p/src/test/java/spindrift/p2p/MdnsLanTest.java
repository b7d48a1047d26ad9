package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import spindrift.testkit.Lan;
import spindrift.testkit.OtherPeer;
import spindrift.testkit.PeerProgram;
import spindrift.testkit.PeerSettings;

/** Peers on networks of their own, with real multicast; skipped where none can be made. */
class MdnsLanTest {
  private static final long DEADLINE_SECONDS = 60;

  @TempDir Path scratch;

  @BeforeEach
  void needsANetwork() {
    assumeTrue(Lan.missing().isEmpty(), () -> Lan.missing().orElse(""));
  }

  @Test
  void twoPeersFindEachOtherOnceTheCableIsPluggedIn() throws Exception {
    try (Lan lan = Lan.open(scratch)) {
      Lan.Machine first = lan.machine();
      Lan.Machine second = lan.machine();
      second.pull();
      try (Program one = Program.on(first);
          Program other = Program.on(second)) {
        one.awaitLine("self ", 1);
        other.awaitLine("self ", 1);
        assertThat(one.count("found ") + other.count("found ")).isZero();
        second.plug();
        one.awaitLine("found " + other.peerId() + " [/ip4/" + second.address() + "/tcp/", 1);
        other.awaitLine("found " + one.peerId() + " [/ip4/" + first.address() + "/tcp/", 1);
      }
    }
  }

  @Test
  void packetsOfAnAttackerStopNobody() throws Exception {
    try (Lan lan = Lan.open(scratch)) {
      Lan.Machine here = lan.machine();
      Lan.Machine bad = lan.machine();
      try (Program self = Program.on(here)) {
        self.awaitLine("self ", 1);
        try (Program attacker = Program.running(MdnsAttacker.class, bad)) {
          attacker.awaitLine("flooded", 1);
        }
        // Of a flood of peers few are told of.
        assertThat(self.count("found ")).isLessThan(2 * MdnsPeers.BURST);
        try (Program honest = Program.on(lan.machine())) {
          self.awaitLine("found " + honest.peerId() + " ", 1);
          honest.awaitLine("found " + self.peerId() + " ", 1);
        }
      }
    }
  }

  @Test
  void findAndReachEachOtherWithAddressesOfTheLinkAlone() throws Exception {
    try (Lan lan = Lan.open(scratch)) {
      Lan.Machine first = lan.machine();
      Lan.Machine second = lan.machine();
      for (Lan.Machine machine : List.of(first, second)) {
        machine.run("ip", "-4", "address", "flush", "dev", "eth0").expectSuccess();
      }
      try (Program one = Program.on(first);
          Program other = Program.running(MdnsProgram.class, second, "connect")) {
        one.awaitLine("found " + other.peerId() + " [/ip6zone/eth0/ip6/fe80:", 1);
        other.awaitLine("connected " + one.peerId(), 1);
      }
    }
  }

  static Stream<PeerProgram> programs() {
    return PeerProgram.candidates().stream();
  }

  @ParameterizedTest
  @MethodSource("programs")
  void findsPeersOfOthersAndIsFound(PeerProgram program) throws Exception {
    assumeTrue(program.missing().isEmpty(), () -> program.missing().orElse(""));
    try (Lan lan = Lan.open(scratch)) {
      Lan.Machine here = lan.machine();
      Lan.Machine there = lan.machine();
      try (Program self = Program.on(here);
          OtherPeer peer = program.start(PeerSettings.in(scratch).on(there))) {
        self.awaitLine("found " + peer.peerId() + " [/ip4/" + there.address() + "/tcp/", 1);
        // This program connects to nobody, so they have found it.
        String id = self.peerId();
        awaitTrue(() -> peer.peers().contains(id));
      }
    }
  }

  private interface Condition {
    boolean holds() throws IOException;
  }

  private static void awaitTrue(Condition condition) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
    while (!condition.holds()) {
      if (System.nanoTime() > deadline) {
        throw new TimeoutException();
      }
      Thread.onSpinWait();
    }
  }

  /** {@link MdnsProgram} on a machine. */
  private static final class Program implements AutoCloseable {
    private final Process process;
    private final List<String> lines = new CopyOnWriteArrayList<>();

    private Program(Process process) {
      this.process = process;
      // A pipe that is read holds its thread, so not a virtual one.
      Thread.ofPlatform().daemon().name("output of " + process.pid()).start(this::listen);
    }

    static Program on(Lan.Machine machine) throws IOException {
      return running(MdnsProgram.class, machine);
    }

    static Program running(Class<?> main, Lan.Machine machine, String... arguments)
        throws IOException {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(List.of("-Xmx32m", "-cp", System.getProperty("java.class.path")));
      command.add(main.getName());
      command.addAll(List.of(arguments));
      return new Program(
          machine
              .on(new ProcessBuilder(command))
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start());
    }

    private void listen() {
      try (BufferedReader reader = process.inputReader()) {
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
          synchronized (lines) {
            lines.add(line);
            lines.notifyAll();
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    String peerId() throws Exception {
      awaitLine("self ", 1);
      return lines.getFirst().substring("self ".length());
    }

    int count(String prefix) {
      return (int) lines.stream().filter(line -> line.startsWith(prefix)).count();
    }

    void awaitLine(String prefix, int times) throws Exception {
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
      synchronized (lines) {
        while (count(prefix) < times) {
          long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
          assertThat(left).as("%s among %s", prefix, lines).isPositive();
          lines.wait(left);
        }
      }
    }

    @Override
    public void close() throws IOException {
      // It ends with its input, or with the network.
      process.outputWriter().close();
    }
  }
}
