package spindrift.cli;

import java.net.URI;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import spindrift.base.JsonObject;
import spindrift.node.Doctor;
import spindrift.node.Finding;
import spindrift.node.Finding.Level;
import spindrift.node.NixSetup;

/** {@code spindrift doctor}. */
@Command(
    name = "doctor",
    description = {
      "Look for what commonly goes wrong, and say how to mend it.",
      "",
      "Looks at the node, Nix's configuration and daemon, keys, ports, discovery, firewalls, the"
          + " clock, disks, limits, libraries, proxies and upstreams, and gets a small path through"
          + " the node as Nix would. Changes nothing, but that it clears mounts whose process is"
          + " gone. Exit code 1 if there is a problem.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  spindrift doctor",
      "  spindrift doctor --json | jq '.items[] | select(.level != \"ok\")'"
    })
final class DoctorCommand extends TerminalCommand implements Callable<Integer> {
  @Mixin private final NodeOptions node = new NodeOptions();

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  @Option(
      names = "--upstream",
      paramLabel = "URL",
      description = "Look also at this binary cache; may be given several times.")
  private List<URI> upstreams = List.of();

  private final Map<Level, Integer> counts = new EnumMap<>(Level.class);

  DoctorCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  public Integer call() throws Exception {
    NixSetup.Surroundings own = NixSetup.Surroundings.ofProcess();
    NixSetup.Surroundings surroundings =
        new NixSetup.Surroundings(terminal().environment(), own.home(), own.user(), own.groups());
    Doctor doctor = Doctor.of(node.config(), surroundings, upstreams);
    try (Display display = new Display(terminal())) {
      if (json) {
        display.printItems(
            reporter -> {
              doctor.examine(
                  finding -> {
                    count(finding);
                    reporter.item(finding.toJson());
                  });
              return summary();
            });
      } else {
        doctor.examine(
            finding -> {
              count(finding);
              show(finding, display);
            });
        display.print(
            count(Level.OK)
                + " ok, "
                + Amounts.count(count(Level.WARNING), "warning")
                + ", "
                + Amounts.count(count(Level.PROBLEM), "problem"));
      }
      display.clear();
      terminal().requireWritten();
    }
    return count(Level.PROBLEM) > 0 ? ExitCode.FAILED : ExitCode.DONE;
  }

  private void count(Finding finding) {
    counts.merge(finding.level(), 1, Integer::sum);
  }

  private int count(Level level) {
    return counts.getOrDefault(level, 0);
  }

  private JsonObject summary() {
    return JsonObject.of(
        "ok", count(Level.OK),
        "warnings", count(Level.WARNING),
        "problems", count(Level.PROBLEM));
  }

  private void show(Finding finding, Display display) {
    String level = finding.level().name().toLowerCase(Locale.ROOT);
    display.print(
        "%-8s %-11s %s".formatted(level, finding.about(), Terminal.plain(finding.said())));
    if (!finding.mend().isEmpty()) {
      display.print(" ".repeat(21) + "mend: " + Terminal.plain(finding.mend()));
    }
    terminal().flush();
  }
}
