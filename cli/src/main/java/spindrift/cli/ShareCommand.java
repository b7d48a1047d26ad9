package spindrift.cli;

import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import spindrift.base.JsonObject;

/** {@code spindrift share} and {@code spindrift unshare}. */
abstract class ShareCommand extends NodeCommand {
  private final String name;

  @Option(
      names = {"-r", "--recursive"},
      description = "Also all paths that these refer to (their closure).")
  private boolean recursive;

  @Parameters(arity = "1..*", paramLabel = "STOREPATH", description = "Paths, here or not yet.")
  private List<String> paths = List.of();

  private ShareCommand(Terminal terminal, String name) {
    super(terminal);
    this.name = name;
  }

  @Override
  final NodeSession.Absence absence() {
    return NodeSession.Absence.CREATE;
  }

  @Override
  final int run(NodeSession session, Display display) throws Exception {
    JsonObject arguments = pathsArgument(paths).with("closure", recursive);
    JsonObject result = session.run(name, arguments, NoReporter.NONE);
    if (isJson()) {
      display.print(result);
    } else {
      display.print(name + "d " + Amounts.count(Members.whole(result, name + "d"), "path"));
    }
    return ExitCode.DONE;
  }

  /** Makes paths public. */
  @Command(
      name = "share",
      description = {
        "Let peers have paths, whoever signed them.",
        "",
        "What cache.nixos.org signed, or a key given with 'spindrift up --share-key', is shared"
            + " without this. A peer takes a path only if it trusts a key that signed it.",
        ""
      },
      footer = {"", "Example: what was just built", "  spindrift share -r ./result"})
  static final class Share extends ShareCommand {
    Share(Terminal terminal) {
      super(terminal, "share");
    }
  }

  /** Makes paths private. */
  @Command(
      name = "unshare",
      description = {
        "Keep paths from peers, whoever signed them.",
        "",
        "To a peer they look like paths that are not here. What peers have got already they keep.",
        ""
      },
      footer = {"", "Example:", "  spindrift unshare /nix/store/HASH-NAME"})
  static final class Unshare extends ShareCommand {
    Unshare(Terminal terminal) {
      super(terminal, "unshare");
    }
  }
}
