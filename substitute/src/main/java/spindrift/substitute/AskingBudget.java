package spindrift.substitute;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import spindrift.p2p.PeerId;

/** How much each peer may ask, and all together. Safe for use by several threads. */
final class AskingBudget {
  /** Ours: requests under way of one peer; a client of Nix asks for some 25 paths at a time. */
  static final int MAX_UNDER_WAY_PER_PEER = 64;

  /** Ours: requests under way in all; each holds up to 400 KB. */
  static final int MAX_UNDER_WAY = 256;

  /** Ours: keys and objects told a second; each costs up to a tenth of a millisecond. */
  static final int KEYS_PER_SECOND = 4096;

  /** Ours: keys after a pause: some closures at once. */
  static final int BURST = 8 * KEYS_PER_SECOND;

  /** Ours: paths that are indexed now because one peer waits for them. */
  static final int MAX_WANTED_PER_PEER = 64;

  /** Ours: peers whose rates are remembered; more than can be connected. */
  private static final int MAX_PEERS = 1024;

  private final LongSupplier nanoTime;

  // Guarded by this.
  private final Map<PeerId, Account> accounts = new LinkedHashMap<>(16, 0.75f, true);
  private int underWay;

  AskingBudget(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** What one peer has used; guarded by the budget. */
  private final class Account {
    private int underWay;
    private int wanted;
    private double keys = BURST;
    private long filledAt = nanoTime.getAsLong();

    private void fill() {
      long now = nanoTime.getAsLong();
      double seconds = (double) (now - filledAt) / TimeUnit.SECONDS.toNanos(1);
      keys = Math.min(BURST, keys + seconds * KEYS_PER_SECOND);
      filledAt = now;
    }
  }

  /** A request under way, until it is closed. For one thread. */
  final class Ticket implements AutoCloseable {
    private final Account account;
    private int wanted;

    private Ticket(Account account) {
      this.account = account;
    }

    /** Whether so many keys may be asked for now; from then on they count. */
    boolean takeKeys(int count) {
      synchronized (AskingBudget.this) {
        account.fill();
        if (account.keys < count) {
          return false;
        }
        account.keys -= count;
        return true;
      }
    }

    /** Counts what was told beyond the keys, which may put later requests off. */
    void count(int objects) {
      synchronized (AskingBudget.this) {
        account.keys -= objects;
      }
    }

    /** How many of so many paths may be indexed now for this peer. */
    int takeWanted(int count) {
      synchronized (AskingBudget.this) {
        int granted = Math.clamp(MAX_WANTED_PER_PEER - account.wanted, 0, count);
        account.wanted += granted;
        wanted += granted;
        return granted;
      }
    }

    @Override
    public void close() {
      synchronized (AskingBudget.this) {
        account.wanted -= wanted;
        wanted = 0;
        account.underWay--;
        underWay--;
      }
    }
  }

  /** Lets a request in, unless there are too many; the caller closes the ticket. */
  synchronized Optional<Ticket> enter(PeerId peer) {
    forgetIdle();
    Account account = accounts.computeIfAbsent(peer, unknown -> new Account());
    if (underWay >= MAX_UNDER_WAY || account.underWay >= MAX_UNDER_WAY_PER_PEER) {
      return Optional.empty();
    }
    account.underWay++;
    underWay++;
    return Optional.of(new Ticket(account));
  }

  /** Keeps the map small; whoever has a request under way is not forgotten. */
  private void forgetIdle() {
    Iterator<Account> oldest = accounts.values().iterator();
    while (accounts.size() >= MAX_PEERS && oldest.hasNext()) {
      if (oldest.next().underWay == 0) {
        oldest.remove();
      }
    }
  }
}
