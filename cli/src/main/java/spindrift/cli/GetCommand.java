package spindrift.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import spindrift.base.ConfigException;
import spindrift.base.JsonObject;
import spindrift.base.MalformedDataException;
import spindrift.nix.NixHash;
import spindrift.nix.StorePath;

/** {@code spindrift get}. */
@Command(
    name = "get",
    description = {
      "Bring a store path out again, as files or as a NAR.",
      "",
      "Its hash is checked on the way: what does not match is not left behind.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  spindrift get 9krlzvny65gdc8s7kpb6lkx8cd02c25b --to ./restored",
      "  spindrift get ./result --nar - | zstd > result.nar.zst"
    })
final class GetCommand extends NodeCommand {
  @Parameters(
      paramLabel = "STOREPATH|HASH",
      description = "A store path, or its 32 characters of hash.")
  private String path = "";

  @ArgGroup private @Nullable Destination destination;

  /** One or none of them. */
  private static final class Destination {
    @Option(
        names = "--to",
        paramLabel = "DIR",
        description = "Restore the files as this, which must not exist. Default: ./NAME.")
    private @Nullable Path tree;

    @Option(
        names = "--nar",
        paramLabel = "FILE",
        description =
            "Write the NAR to this file; '-' is standard output, where a failure at the end can"
                + " only be told by the exit code.")
    private @Nullable String nar;
  }

  GetCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  int run(NodeSession session, Display display) throws Exception {
    if (isJson() && nar().equals("-")) {
      throw new ConfigException("--json and --nar - both want standard output; choose one");
    }
    JsonObject argument = JsonObject.of("path", resolved(path));
    NodeSession.Nar nar = session.nar(argument);
    VerifiedNar verified = verified(nar, display);
    Optional<Path> target = write(nar, verified);
    display.clear();
    if (isJson()) {
      display.print(nar.description().with("to", target.map(Path::toString).orElse(nar())));
    } else if (target.isPresent()) {
      display.print(
          "wrote " + target.get() + " (" + Amounts.bytes(verified.size()) + ", hash verified)");
    }
    return ExitCode.DONE;
  }

  private Optional<Path> write(NodeSession.Nar nar, VerifiedNar verified) throws Exception {
    if (nar().equals("-")) {
      NarTarget.toStream(verified, terminal().out());
      return Optional.empty();
    }
    if (!nar().isEmpty()) {
      Path file = Path.of(nar());
      NarTarget.toFile(verified, file);
      return Optional.of(file);
    }
    Path tree = destination == null ? null : destination.tree;
    if (tree == null) {
      String baseName = nar.description().text("path").replaceFirst(".*/", "");
      tree = Path.of(StorePath.ofBaseName(baseName).name());
    }
    NarTarget.toTree(verified, tree);
    return Optional.of(tree);
  }

  /** The value of {@code --nar}, or nothing. */
  private String nar() {
    return destination == null || destination.nar == null ? "" : destination.nar;
  }

  private static VerifiedNar verified(NodeSession.Nar nar, Display display)
      throws IOException, MalformedDataException {
    JsonObject description = nar.description();
    return new VerifiedNar(
        nar.bytes(),
        NixHash.parse(description.text("narHash")),
        description.whole("narSize"),
        description.text("path"),
        display::progress);
  }
}
