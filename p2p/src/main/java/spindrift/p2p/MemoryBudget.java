package spindrift.p2p;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The bytes that the receive buffers of all connections of a host may hold together. Each
 * connection takes from it through an account of its own. Windows grow only while there is plenty.
 * Where none is left for what peers may send without asking, the connection that holds most has to
 * give some up, so that no peer can take what others need. Safe for use by several threads.
 */
final class MemoryBudget {
  /**
   * What each connection may hold beyond the total: one stream's window, which no peer asks for.
   */
  static final int GUARANTEED = YamuxFrame.INITIAL_WINDOW;

  /** No window grows when this part of the total is in use. */
  private static final int GROWING_PART = 2;

  /** No window grows when its connection has this part of the total already. */
  private static final int GROWING_SHARE = 4;

  /**
   * Connections that are made to give memory up for one that needs it, before that goes without.
   */
  private static final int MOST_SHED = 4;

  /**
   * Part of the total that all connections may have beside it, to seal and open in large pieces.
   */
  private static final int PIECES_PART = 4;

  private final long total;
  private final List<Account> accounts = new ArrayList<>();
  private long used;
  private long inPieces;

  /**
   * @param total in bytes
   */
  MemoryBudget(long total) {
    this.total = total;
  }

  /**
   * Room for a connection; closed when that ends.
   *
   * @param shed frees some of what the connection holds, at once; called by threads of other
   *     connections
   */
  synchronized Account open(Runnable shed) {
    Account account = new Account(shed);
    accounts.add(account);
    return account;
  }

  /** The bytes in use beyond what each connection has for certain. */
  synchronized long used() {
    return used;
  }

  /**
   * The buffers of a channel beyond what it needs for a frame at a time, which cannot be given back
   * while it lasts. They come out of room of their own: who came first has them, and the others
   * send and receive in smaller pieces.
   */
  Pieces pieces() {
    return new Pieces();
  }

  /** What one channel has of that room. */
  final class Pieces implements AutoCloseable {
    private long held;
    private boolean closed;

    private Pieces() {}

    /** Takes so many bytes, if there are as many. */
    boolean take(long bytes) {
      synchronized (MemoryBudget.this) {
        if (closed || inPieces + bytes > total / PIECES_PART) {
          return false;
        }
        held += bytes;
        inPieces += bytes;
        return true;
      }
    }

    /** Gives all back. */
    @Override
    public void close() {
      synchronized (MemoryBudget.this) {
        inPieces -= held;
        held = 0;
        closed = true;
      }
    }
  }

  private synchronized Optional<Account> greediest() {
    return accounts.stream().max(Comparator.comparingLong(account -> account.held));
  }

  /** What one connection holds. */
  final class Account implements AutoCloseable {
    private final Runnable shed;
    private long held;
    private boolean closed;

    private Account(Runnable shed) {
      this.shed = shed;
    }

    /**
     * Takes bytes for a buffer that has to hold what a peer sent; false where there are none. Not
     * to be called with a lock held that {@code shed} needs.
     */
    boolean hold(long bytes) {
      for (int i = 0; i < MOST_SHED; i++) {
        if (take(bytes)) {
          return true;
        }
        Optional<Account> greediest = greediest();
        if (greediest.isEmpty() || greediest.get() == this) {
          return false;
        }
        greediest.get().shed.run();
      }
      return take(bytes);
    }

    private boolean take(long bytes) {
      synchronized (MemoryBudget.this) {
        long more = counted(held + bytes) - counted(held);
        if (more > 0 && used + more > total) {
          return false;
        }
        if (!closed) {
          held += bytes;
          used += more;
        }
        return true;
      }
    }

    /** Whether nobody would miss so many bytes, if a peer is allowed to send them. */
    boolean spare(long bytes) {
      synchronized (MemoryBudget.this) {
        return used + bytes <= total / GROWING_PART && held + bytes <= total / GROWING_SHARE;
      }
    }

    void release(long bytes) {
      synchronized (MemoryBudget.this) {
        if (!closed) {
          used -= counted(held) - counted(held - bytes);
          held -= bytes;
        }
      }
    }

    /** Gives all back. */
    @Override
    public void close() {
      synchronized (MemoryBudget.this) {
        release(held);
        closed = true;
        accounts.remove(this);
      }
    }

    private static long counted(long bytes) {
      return Math.max(0, bytes - GUARANTEED);
    }
  }
}
