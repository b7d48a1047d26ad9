package spindrift.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import spindrift.base.FaultException;
import spindrift.base.JsonObject;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;
import spindrift.node.NixLibraries;
import spindrift.node.NixPreferences;
import spindrift.node.NodeConfig;
import spindrift.node.StorePathArgument;
import spindrift.realise.Realiser;
import spindrift.store.WritableMount;

/** {@code spindrift realise}. */
@Command(
    name = "realise",
    description = {
      "Bring paths into the local Nix store, from wherever the running node can get them.",
      "",
      "Who may write the store, as root may, writes the files himself and tells Nix of them, which"
          + " needs no NAR; for others the Nix daemon takes NARs. Paths that are there are left"
          + " alone. A path is there whole or not at all, also when this is killed.",
      ""
    },
    footer = {
      "",
      "Examples: a program with all that it needs; the same into the chroot store in /mnt",
      "  spindrift realise -r /nix/store/9krlzvny65gdc8s7kpb6lkx8cd02c25b-hello-2.12",
      "  spindrift realise -r --store /mnt /nix/store/9krlzvny65gdc8s7kpb6lkx8cd02c25b-hello-2.12"
    })
final class RealiseCommand extends TerminalCommand implements Callable<Integer> {
  @Mixin private final NodeOptions node = new NodeOptions();

  @Option(
      names = {"-r", "--recursive"},
      description = "Also all paths that these refer to (their closure).")
  private boolean recursive;

  @Option(
      names = "--daemon",
      description = "Let the Nix daemon write, also where this process may.")
  private boolean byDaemon;

  @Option(names = "--json", description = "Print one JSON document, with sizes in bytes.")
  private boolean json;

  @Parameters(arity = "1..*", paramLabel = "STOREPATH", description = "Paths of the Nix store.")
  private List<String> paths = List.of();

  RealiseCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  public Integer call() throws Exception {
    NodeConfig config = node.config();
    List<StorePath> roots = new ArrayList<>();
    for (String path : paths) {
      roots.add(StorePathArgument.parse(NodeCommand.resolved(path)));
    }
    if (!byDaemon) {
      WritableMount.enter(config.store());
    }
    NodeObjects.requireNode(config.data());
    NixLibraries.offer();
    try (Display display = new Display(terminal())) {
      realise(config, roots, display);
      display.clear();
      terminal().requireWritten();
    }
    return ExitCode.DONE;
  }

  private void realise(NodeConfig config, List<StorePath> roots, Display display)
      throws IOException, FaultException, InterruptedException {
    long began = System.nanoTime();
    Realiser.Way way = byDaemon ? Realiser.Way.DAEMON : direct();
    NodeObjects.Ahead ahead = byDaemon ? NodeObjects.Ahead.NARS : NodeObjects.Ahead.NOTHING;
    NodeObjects objects = new NodeObjects(config.data(), ahead);
    try (Realiser realiser = Realiser.open(config.store(), way, objects, new Shown(display, json));
        EndOnSignal _ = EndOnSignal.install(Thread.currentThread())) {
      Realiser.Scope scope = recursive ? Realiser.Scope.CLOSURES : Realiser.Scope.PATHS;
      Realiser.Outcome outcome = realiser.realise(roots, scope);
      long micros = (System.nanoTime() - began) / 1000;
      if (json) {
        display.print(document(outcome, realiser.isDirect(), micros));
      } else {
        display.print(summary(outcome, micros));
      }
    }
  }

  private static Realiser.Way direct() {
    return NixPreferences.syncsStorePaths()
        ? Realiser.Way.SYNCED_WHERE_ALLOWED
        : Realiser.Way.DIRECT_WHERE_ALLOWED;
  }

  private static JsonObject document(Realiser.Outcome outcome, boolean isDirect, long micros) {
    return JsonObject.of(
        "realised", outcome.realised(),
        "present", outcome.present(),
        "narBytes", outcome.narBytes(),
        "localBytes", outcome.localBytes(),
        "way", isDirect ? "files" : "daemon",
        "micros", micros);
  }

  private static String summary(Realiser.Outcome outcome, long micros) {
    return "realised "
        + Amounts.count(outcome.realised(), "path")
        + " ("
        + Amounts.bytes(outcome.narBytes())
        + ", of it "
        + Amounts.bytes(outcome.localBytes())
        + " here already) in "
        + Amounts.micros(micros)
        + ", "
        + outcome.present()
        + " there already";
  }

  /** Shows progress, and paths as they become valid. */
  private record Shown(Display display, boolean json) implements Realiser.Listener {
    @Override
    public void progress(long done, long total, StorePath path) {
      display.progress(done, total, path.name());
    }

    @Override
    public void realised(StorePath path) {
      if (!json) {
        display.print(path.in(StoreDir.DEFAULT));
        display.clear(); // shown at once: the next may take its time
      }
    }
  }
}
