package spindrift.cli;

import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import spindrift.node.Mounted;

/** {@code spindrift umount}. */
@Command(
    name = "umount",
    description = {"Take away what 'spindrift mount' has mounted; its process then ends.", ""},
    footer = {"", "Example:", "  spindrift umount /mnt/store"})
final class UmountCommand extends TerminalCommand implements Callable<Integer> {
  @Parameters(paramLabel = "DIR", description = "Where it is mounted.")
  private @Nullable Path directory;

  @Option(
      names = "--lazy",
      description = "Take it out of sight even when programs use it; they may finish.")
  private boolean lazy;

  UmountCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  public Integer call() throws Exception {
    Mounted.unmount(
        Objects.requireNonNull(directory), lazy ? Mounted.Force.WHEN_BUSY : Mounted.Force.NEVER);
    return ExitCode.DONE;
  }
}
