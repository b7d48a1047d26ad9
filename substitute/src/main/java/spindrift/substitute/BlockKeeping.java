package spindrift.substitute;

import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger.Level;
import java.util.concurrent.Semaphore;
import spindrift.base.FaultException;
import spindrift.catalog.Uploads;
import spindrift.nix.NarInfo;

/**
 * Keeps NARs that pass as blocks, as those that clients push, so that peers and later clients get
 * them from here. It follows behind the clients, who do not wait for it: where the disk is too slow
 * for that the NAR is not kept. Safe for use by several threads.
 */
final class BlockKeeping implements Keeping {
  private static final System.Logger LOG = System.getLogger(BlockKeeping.class.getName());

  private final Uploads uploads;

  /** It is hashing that takes the time. */
  private final Semaphore atOnce = new Semaphore(Runtime.getRuntime().availableProcessors());

  BlockKeeping(Uploads uploads) {
    this.uploads = uploads;
  }

  @Override
  public void follow(NarInfo info, NarSpool spool) {
    NarSpool.Reader reader = spool.follower();
    Thread.ofVirtual().name("keep").start(() -> keep(info, reader));
  }

  private void keep(NarInfo info, NarSpool.Reader reader) {
    try (reader;
        Input nar = new Input(reader)) {
      atOnce.acquire();
      try {
        uploads.keep(info, nar);
      } finally {
        atOnce.release();
      }
    } catch (IOException | FaultException | InterruptedException e) {
      LOG.log(Level.DEBUG, "not kept path={0} why={1}", info.path(), e.getMessage());
    } catch (RuntimeException e) {
      LOG.log(Level.ERROR, "keeping failed", e);
    }
  }

  private static final class Input extends InputStream {
    private final NarSpool.Reader reader;

    Input(NarSpool.Reader reader) {
      this.reader = reader;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int from, int length) throws IOException {
      try {
        return length == 0 ? 0 : reader.read(buffer, from, length);
      } catch (NarSpool.ReadFailure e) {
        throw new IOException(e.getMessage(), e);
      }
    }
  }
}
