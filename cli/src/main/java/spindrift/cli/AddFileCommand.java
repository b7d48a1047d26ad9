package spindrift.cli;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import spindrift.base.JsonObject;

/** {@code spindrift add-file}. */
@Command(
    name = "add-file",
    description = {
      "Offer files as sources: to this machine's Nix and to peers, by their hash.",
      "",
      "Each file becomes the store path that fetchurl would make of it, kept as blocks and pinned,"
          + " so the file itself may change or go. To offer it is to share it: peers may have it."
          + " 'spindrift unshare PATH' keeps it from them; 'spindrift unpin PATH' and 'spindrift gc"
          + " --unpinned' let it go.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  spindrift add-file hello-2.12.tar.gz",
      "  spindrift add-file --algo sha512 --algo sha256 --name hello.tar.gz ~/Downloads/x.part",
      "docs/sources.md says how Nix is told to ask for it."
    })
final class AddFileCommand extends NodeCommand {
  @Option(
      names = "--algo",
      paramLabel = "ALGO",
      description =
          "The hash by which it is found, as the expression that fetches it has it: sha256, sha512,"
              + " sha1 or md5; may be given several times. Default: sha256.")
  private List<String> algorithms = List.of("sha256");

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "The name of the store path. Default: the file's.")
  private @Nullable String name;

  @Parameters(arity = "1..*", paramLabel = "FILE", description = "Regular files.")
  private List<Path> files = List.of();

  AddFileCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  NodeSession.Absence absence() {
    return NodeSession.Absence.CREATE;
  }

  @Override
  int run(NodeSession session, Display display) throws Exception {
    JsonObject arguments =
        JsonObject.of(
            "files",
            files.stream().map(file -> file.toAbsolutePath().toString()).toList(),
            "algorithms",
            algorithms);
    JsonObject all = name != null ? arguments.with("name", name) : arguments;
    if (isJson()) {
      display.printItems(reporter -> session.run("add-file", all, reporter));
    } else {
      session.run("add-file", all, display.reporter(item -> display.print(text(item))));
    }
    return ExitCode.DONE;
  }

  private String text(JsonObject item) {
    Fields fields =
        new Fields()
            .add("path", Members.texts(item, "paths"))
            .add("size", Amounts.bytes(Members.whole(item, "size")));
    for (JsonObject hash : Members.objects(item, "hashes")) {
      String algorithm = Members.text(hash, "algorithm");
      if (algorithms.contains(algorithm)) {
        fields.add(
            algorithm,
            List.of(
                Members.text(hash, "base16"),
                Members.text(hash, "nix32"),
                Members.text(hash, "sri")));
      }
    }
    return Members.text(item, "file")
        + "\n"
        + fields
            .add("CID", Members.text(item, "cid"))
            .add("URLs", Members.texts(item, "urls"))
            .render("  ");
  }
}
