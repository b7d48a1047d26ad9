package spindrift.cli;

import picocli.CommandLine.Option;

/** What every command takes. */
final class CommonOptions {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  private boolean help;

  // Read from the arguments by Failures, which must know it before they are parsed.
  @Option(names = "--debug", description = "On failure show where in the program it happened.")
  private boolean debug;
}
