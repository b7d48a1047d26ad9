package spindrift.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import spindrift.base.JsonObject;

/**
 * A network of machines on this one, made by {@code tools/lan.py}: network namespaces joined by a
 * switch, multicast included, with cables that can be slow, lose frames and be pulled. There is no
 * way out of it. Closing it ends all that runs on its machines; so does the end of this process,
 * however it comes.
 */
public final class Lan implements AutoCloseable {
  private static final int LIMIT_SECONDS = 30;
  private static final List<String> PROGRAMS = List.of("python3", "ip", "tc", "unshare", "nsenter");

  private final LineProcess process;

  private Lan(LineProcess process) {
    this.process = process;
  }

  /** Why none can be made here; empty where it can. */
  public static Optional<String> missing() {
    if (!"root".equals(System.getProperty("user.name"))) {
      return Optional.of("network namespaces need root");
    }
    for (String program : PROGRAMS) {
      if (Places.program(program).isEmpty()) {
        return Optional.of("no " + program + " on PATH: run ./check as root");
      }
    }
    return Files.exists(Path.of("/dev/net/tun"))
        ? Optional.empty()
        : Optional.of("no /dev/net/tun here");
  }

  /** A switch without machines; the caller closes it. */
  public static Lan open(Path scratch) throws IOException {
    Path log = scratch.resolve("lan.log");
    ProcessBuilder builder =
        new ProcessBuilder("python3", Places.tools().resolve("lan.py").toString());
    Lan lan = new Lan(LineProcess.start(builder, log, event -> {}));
    try {
      lan.process.awaitReady();
      return lan;
    } catch (IOException e) {
      lan.close();
      throw e;
    }
  }

  /**
   * What a cable does to what goes through it, in each direction.
   *
   * @param rate as tc writes it, such as {@code 100mbit}; empty for no bound
   * @param delayMillis how long a frame takes
   * @param lossPercent how many frames never come, 0…100
   * @param duplicatePercent how many frames come twice, the second time after the next, 0…100
   */
  public record Cable(
      Optional<String> rate, double delayMillis, double lossPercent, double duplicatePercent) {
    public static final Cable PERFECT = new Cable(Optional.empty(), 0, 0, 0);

    public static Cable of(String rate, double delayMillis, double lossPercent) {
      return new Cable(Optional.of(rate), delayMillis, lossPercent, 0);
    }

    public Cable withDuplicates(double percent) {
      return new Cable(rate, delayMillis, lossPercent, percent);
    }
  }

  /** Adds a machine. */
  public Machine machine() throws IOException {
    return machine(Cable.PERFECT);
  }

  public Machine machine(Cable cable) throws IOException {
    JsonObject answer =
        process.ask(
            LIMIT_SECONDS,
            "machine",
            "rate",
            cable.rate(),
            "delay_ms",
            cable.delayMillis(),
            "loss_percent",
            cable.lossPercent(),
            "duplicate_percent",
            cable.duplicatePercent());
    return LineProcess.read(
        answer,
        made -> new Machine(made.whole("machine"), made.whole("pid"), made.text("address")));
  }

  /** A machine: processes that see its network cards only, and otherwise this machine's files. */
  public final class Machine {
    private final long number;
    private final long pid;
    private final String address;

    private Machine(long number, long pid, String address) {
      this.number = number;
      this.pid = pid;
      this.address = address;
    }

    /** Its IPv4 address. */
    public String address() {
      return address;
    }

    /** What is put before a command line so that it runs on this machine. */
    public List<String> prefix() {
      return List.of("nsenter", "--net=/proc/" + pid + "/ns/net", "--");
    }

    /** A process builder whose command will run on this machine. */
    public ProcessBuilder on(ProcessBuilder builder) {
      List<String> command = new ArrayList<>(prefix());
      command.addAll(builder.command());
      return builder.command(command);
    }

    /** Runs a program to its end on this machine. */
    public Completed run(String... command) throws IOException {
      return run(new ProcessBuilder(command));
    }

    /** Runs a program to its end on this machine. */
    public Completed run(ProcessBuilder builder) throws IOException {
      return Completed.of(on(builder), Completed.DEFAULT_LIMIT);
    }

    /** Pulls the cable. */
    public void pull() throws IOException {
      process.ask(LIMIT_SECONDS, "pull", "machine", number);
    }

    /** Plugs the cable in again. */
    public void plug() throws IOException {
      process.ask(LIMIT_SECONDS, "plug", "machine", number);
    }
  }

  @Override
  public void close() throws IOException {
    process.close();
  }
}
