package spindrift.p2p;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import spindrift.base.Bytes;
import spindrift.base.FaultException;

/**
 * A stream whose protocol is proposed together with the first bytes that are written, and whose
 * answer is looked at by the first read; so agreeing on it costs no round trip. For protocols that
 * the peer has said it speaks.
 */
final class OptimisticStream implements MuxedStream {
  /** Ours: so much of a first write goes into one piece with the proposal. */
  private static final int MAX_JOINED = 16 << 10;

  private static final byte[] NOTHING = {};

  private final MuxedStream stream;
  private final String protocol;
  private final InputStream in = new AnswerFirst();
  private final OutputStream out = new ProposalFirst();
  private final Object proposing = new Object();

  /** Guarded by {@link #proposing}. */
  private boolean proposed;

  /** For the reading thread alone. */
  private boolean agreed;

  OptimisticStream(MuxedStream stream, String protocol) {
    this.stream = stream;
    this.protocol = protocol;
  }

  @Override
  public InputStream in() {
    return in;
  }

  @Override
  public OutputStream out() {
    return out;
  }

  @Override
  public void timeout(Duration timeout) {
    stream.timeout(timeout);
  }

  @Override
  public void closeWrite() throws IOException {
    propose(NOTHING, 0, 0);
    stream.closeWrite();
  }

  @Override
  public void reset() {
    stream.reset();
  }

  @Override
  public void close() {
    stream.close();
  }

  /**
   * Sends the proposal if it has not been sent, and some bytes with it.
   *
   * @return how many of the bytes were sent
   */
  private int propose(byte[] buffer, int from, int length) throws IOException {
    synchronized (proposing) {
      if (proposed) {
        return 0;
      }
      proposed = true;
      Bytes proposal = Multistream.proposal(protocol);
      int joined = Math.min(length, MAX_JOINED);
      byte[] first = new byte[proposal.size() + joined];
      proposal.copyTo(first, 0);
      System.arraycopy(buffer, from, first, proposal.size(), joined);
      stream.out().write(first, 0, first.length);
      return joined;
    }
  }

  private void agree() throws IOException {
    if (agreed) {
      return;
    }
    propose(NOTHING, 0, 0);
    stream.out().flush();
    try {
      Multistream.confirm(stream.in(), protocol);
    } catch (FaultException e) {
      stream.reset();
      throw new IOException("no agreement on " + protocol + ": " + e.getMessage(), e);
    }
    agreed = true;
  }

  private final class AnswerFirst extends InputStream {
    private final byte[] single = new byte[1];

    @Override
    public int read() throws IOException {
      return read(single, 0, 1) < 0 ? -1 : single[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int from, int length) throws IOException {
      agree();
      return stream.in().read(buffer, from, length);
    }

    @Override
    public int available() throws IOException {
      return agreed ? stream.in().available() : 0;
    }
  }

  private final class ProposalFirst extends OutputStream {
    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] buffer, int from, int length) throws IOException {
      int sent = propose(buffer, from, length);
      if (sent < length) {
        stream.out().write(buffer, from + sent, length - sent);
      }
    }

    @Override
    public void flush() throws IOException {
      propose(NOTHING, 0, 0);
      stream.out().flush();
    }
  }
}
