package spindrift.cli;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;
import spindrift.base.FaultException;

/** Says in one line what went wrong and what to do next, and chooses the exit code. */
final class Failures implements IExecutionExceptionHandler, IParameterExceptionHandler {
  private final Terminal terminal;
  private final boolean debug;

  /**
   * @param arguments those of the process; with {@code --debug} among them, or a variable {@code
   *     SPINDRIFT_DEBUG}, stack traces are shown
   */
  Failures(Terminal terminal, String... arguments) {
    this.terminal = terminal;
    this.debug =
        List.of(arguments).contains("--debug")
            || !terminal.environment().getOrDefault("SPINDRIFT_DEBUG", "").isEmpty();
  }

  @Override
  public int handleExecutionException(Exception failure, CommandLine command, ParseResult parsed) {
    return report(failure);
  }

  @Override
  public int handleParseException(ParameterException failure, String[] arguments) {
    String name = failure.getCommandLine().getCommandSpec().qualifiedName();
    String problem = usageProblem(failure);
    say(problem + (problem.endsWith("?") ? " See '" : "; see '") + name + " --help'");
    trace(failure);
    return ExitCode.USAGE;
  }

  /** Reports a failure and returns the exit code. */
  int report(Throwable failure) {
    terminal.out().flush();
    say(oneLine(message(failure)));
    trace(failure);
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof FaultException fault) {
        return ExitCode.of(fault.fault());
      }
    }
    return ExitCode.FAILED;
  }

  private static String message(Throwable failure) {
    return switch (failure) {
      case FaultException fault -> String.valueOf(fault.getMessage());
      case UncheckedIOException unchecked when unchecked.getCause() != null ->
          message(unchecked.getCause());
      case NoSuchFileException e -> e.getFile() + ": no such file or folder";
      case AccessDeniedException e -> e.getFile() + ": permission denied";
      case FileAlreadyExistsException e -> e.getFile() + ": exists already";
      case FileSystemException e when e.getReason() != null ->
          e.getFile() + ": " + e.getReason().toLowerCase(Locale.ROOT);
      case InterruptedIOException e -> "interrupted";
      case InterruptedException e -> "interrupted";
      case IOException e when e.getMessage() != null -> e.getMessage();
      case OutOfMemoryError e ->
          "out of memory; SPINDRIFT_JAVA_OPTS=-Xmx1g gives more than the usual 512 MB";
      default -> "this is a bug: " + failure + "; with --debug it tells more";
    };
  }

  private static String usageProblem(ParameterException failure) {
    if (failure instanceof UnmatchedArgumentException unmatched) {
      String what = unmatched.getUnmatched().getFirst();
      List<String> similar = unmatched.getSuggestions();
      boolean option = unmatched.isUnknownOption();
      boolean command = !option && !unmatched.getCommandLine().getSubcommands().isEmpty();
      String kind = option ? "unknown option" : command ? "unknown command" : "unexpected argument";
      return kind
          + " '"
          + what
          + "'"
          + (similar.isEmpty() ? "" : "; did you mean '" + similar.getFirst() + "'?");
    }
    String message = String.valueOf(failure.getMessage());
    if (failure instanceof MissingParameterException) {
      message = message.replaceFirst("^Missing required parameter(s?): ", "missing ");
    }
    message =
        message
            .replaceFirst("^Error: ", "")
            .replaceFirst("^Unknown subcommand '(.*)'\\.$", "unknown command '$1'");
    return oneLine(Character.toLowerCase(message.charAt(0)) + message.substring(1));
  }

  private void say(String problem) {
    terminal.err().println("spindrift: " + problem);
  }

  private void trace(Throwable failure) {
    if (debug) {
      failure.printStackTrace(terminal.err());
    }
  }

  private static String oneLine(String text) {
    return text.strip().replaceAll("\\s*\\R\\s*", "; ");
  }
}
