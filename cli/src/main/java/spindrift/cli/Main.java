package spindrift.cli;

/** What Java starts. */
public final class Main {
  private Main() {}

  /** Runs one command and ends the process with its exit code. */
  public static void main(String[] args) {
    Terminal terminal = Terminal.ofProcess();
    int status = new Program(terminal).run(args);
    terminal.flush();
    System.exit(status);
  }
}
