package spindrift.substitute;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import spindrift.nix.StorePath;

/** The transfers under way and those that ended lately. Safe for use by several threads. */
final class TransferLog {
  private static final int MAX_ENDED = 100;

  private final History history;
  private final Set<RunningTransfer> running = new LinkedHashSet<>();
  private final Deque<Transfer> ended = new ArrayDeque<>();

  TransferLog(History history) {
    this.history = history;
  }

  synchronized RunningTransfer begin(StorePath path, long narBytes) {
    RunningTransfer begun = new RunningTransfer(path, narBytes);
    running.add(begun);
    return begun;
  }

  void end(RunningTransfer transfer, Transfer.State state) {
    Transfer last = transfer.describe(state);
    synchronized (this) {
      if (!running.remove(transfer)) {
        return;
      }
      ended.addFirst(last);
      if (ended.size() > MAX_ENDED) {
        ended.removeLast();
      }
    }
    history.transferred(last);
  }

  /** Forgets one by which nothing came; another follows it. */
  synchronized void drop(RunningTransfer transfer) {
    running.remove(transfer);
  }

  /** Newest first. */
  List<Transfer> list() {
    List<RunningTransfer> now;
    List<Transfer> past;
    synchronized (this) {
      now = new ArrayList<>(running).reversed();
      past = List.copyOf(ended);
    }
    return Stream.concat(
            now.stream().map(transfer -> transfer.describe(Transfer.State.RUNNING)), past.stream())
        .toList();
  }
}
