package spindrift.cli;

import spindrift.node.Node;

/**
 * Closes a node when the process is told to stop (SIGTERM, SIGINT, SIGHUP), and ends the process
 * with 0 when that went well. Closing this takes it back.
 */
final class StopOnSignal implements AutoCloseable {
  private final Thread hook;

  private StopOnSignal(Thread hook) {
    this.hook = hook;
  }

  static StopOnSignal install(Node node, Terminal terminal) {
    Thread hook = new Thread(() -> stop(node, terminal), "stop");
    Runtime.getRuntime().addShutdownHook(hook);
    return new StopOnSignal(hook);
  }

  private static void stop(Node node, Terminal terminal) {
    int status = ExitCode.DONE;
    try {
      node.close();
    } catch (Exception e) {
      status = new Failures(terminal).report(e);
    }
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
