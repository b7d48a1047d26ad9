package spindrift.cli;

/**
 * Closes a node, or what else runs, when the process is told to stop (SIGTERM, SIGINT, SIGHUP), and
 * ends the process with 0 when that went well. Closing this takes it back.
 */
final class StopOnSignal implements AutoCloseable {
  private final Thread hook;

  private StopOnSignal(Thread hook) {
    this.hook = hook;
  }

  static StopOnSignal install(AutoCloseable running, Terminal terminal) {
    Thread hook = new Thread(() -> stop(running, terminal), "stop");
    Runtime.getRuntime().addShutdownHook(hook);
    return new StopOnSignal(hook);
  }

  private static void stop(AutoCloseable running, Terminal terminal) {
    int status = ExitCode.DONE;
    try {
      running.close();
    } catch (Exception e) {
      status = new Failures(terminal).report(e);
    }
    LogLines.flushAll();
    terminal.flush();
    // The Java machine would end with 128 + the signal, which service managers take for a failure.
    Runtime.getRuntime().halt(status);
  }

  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The process is ending: the hook is what brought us here, and ends it.
    }
  }
}
