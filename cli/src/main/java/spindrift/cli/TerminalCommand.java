package spindrift.cli;

import picocli.CommandLine.Option;

/** What every command takes and has. */
abstract class TerminalCommand {
  private final Terminal terminal;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  @SuppressWarnings("unused") // picocli acts on it
  private boolean help;

  // Read from the arguments by Failures, which must know it before they are parsed.
  @Option(names = "--debug", description = "On failure show where in the program it happened.")
  @SuppressWarnings("unused")
  private boolean debug;

  TerminalCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  final Terminal terminal() {
    return terminal;
  }
}
