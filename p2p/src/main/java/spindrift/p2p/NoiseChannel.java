package spindrift.p2p;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.ProtocolViolationException;

/**
 * What follows a {@link NoiseHandshake}: frames of two bytes of length, most significant first, and
 * as much ciphertext. Buffers grow with what is sent, so that an idle connection holds little.
 */
final class NoiseChannel implements SecureChannel {
  /** What peers call it. */
  static final String PROTOCOL = "/noise";

  /** The protocol's: as much as two bytes of length can say. */
  static final int MAX_FRAME_BYTES = 65535;

  /** The most text in a frame. */
  static final int MAX_TEXT_BYTES = MAX_FRAME_BYTES - NoiseCipher.TAG_BYTES;

  private static final int LENGTH_BYTES = 2;

  /** Ours: written to the socket at once; more saves no system call worth the memory. */
  private static final int MAX_FRAMES_AT_ONCE = 4;

  /**
   * Who is at the other end.
   *
   * @param muxer that both agreed on, if they did
   */
  record Peer(PublicKey key, Optional<String> muxer) {}

  private final Peer peer;
  private final Wire wire;

  /** None until {@link #growWithin}. */
  private MemoryBudget.@Nullable Pieces pieces;

  // The reading thread's.
  private final WireInput in;
  private final NoiseCipher opening;
  private byte[] frame = new byte[0];
  private int textFrom;
  private int textTo;
  private boolean broken;

  // The writing thread's.
  private final NoiseCipher sealing;
  private byte[] sealed = new byte[0];
  private ByteBuffer outgoing = ByteBuffer.allocateDirect(0);
  private int framesAtOnce = 1;

  NoiseChannel(Peer peer, Wire wire, WireInput in, NoiseCipher sealing, NoiseCipher opening) {
    this.peer = peer;
    this.wire = wire;
    this.in = in;
    this.sealing = sealing;
    this.opening = opening;
  }

  /**
   * Reads and writes in larger pieces from now on, where there is room for them; to be called
   * before other threads have the channel, which gives the room back when it is closed.
   */
  void growWithin(MemoryBudget.Pieces room) {
    pieces = room;
    in.growWithin(room::take);
  }

  @Override
  public PublicKey remoteKey() {
    return peer.key();
  }

  @Override
  public Optional<String> muxer() {
    return peer.muxer();
  }

  @Override
  public int read(byte[] buffer, int from, int length) throws IOException, FaultException {
    if (broken) {
      throw new IOException("a channel that failed before");
    }
    try {
      while (textFrom == textTo && length > 0) {
        if (!in.await(LENGTH_BYTES)) {
          return -1;
        }
        int size = awaitFrame();
        if (size - NoiseCipher.TAG_BYTES > length) {
          // Over itself: what the caller has no room for stays here.
          textTo = opening.open(Bytes.EMPTY, frame, 0, size, frame, 0);
          textFrom = 0;
        } else {
          int count = opening.open(Bytes.EMPTY, frame, 0, size, buffer, from);
          if (count > 0) {
            return count;
          }
        }
      }
    } catch (IOException | FaultException e) {
      broken = true;
      close();
      throw e;
    }
    int count = Math.min(length, textTo - textFrom);
    System.arraycopy(frame, textFrom, buffer, from, count);
    textFrom += count;
    return count;
  }

  /** Puts the next frame into {@link #frame} and returns its size. */
  private int awaitFrame() throws IOException, ProtocolViolationException {
    int size = in.peekShort();
    if (size < NoiseCipher.TAG_BYTES) {
      throw new ProtocolViolationException(PROTOCOL, "a frame of " + size + " bytes");
    }
    in.await(LENGTH_BYTES + size);
    in.skip(LENGTH_BYTES);
    frame = withRoom(frame, size);
    in.take(frame, size);
    return size;
  }

  @Override
  public void write(byte[] buffer, int from, int length) throws IOException {
    try {
      int at = from;
      int end = from + length;
      if (length > MAX_TEXT_BYTES) {
        growOutgoing();
      }
      while (at < end) {
        at += writeFrames(buffer, at, Math.min(end - at, framesAtOnce * MAX_TEXT_BYTES));
      }
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  private void growOutgoing() {
    if (framesAtOnce == 1
        && pieces != null
        && pieces.take((MAX_FRAMES_AT_ONCE - 1L) * (LENGTH_BYTES + MAX_FRAME_BYTES))) {
      framesAtOnce = MAX_FRAMES_AT_ONCE;
    }
  }

  /** Seals as many frames as the bytes take, and writes them together. */
  private int writeFrames(byte[] buffer, int from, int length) throws IOException {
    int frames = Math.ceilDiv(length, MAX_TEXT_BYTES);
    int bytes = length + frames * (LENGTH_BYTES + NoiseCipher.TAG_BYTES);
    if (outgoing.capacity() < bytes) {
      outgoing =
          ByteBuffer.allocateDirect(
              Math.min(framesAtOnce * (LENGTH_BYTES + MAX_FRAME_BYTES), grown(bytes)));
    }
    outgoing.clear();
    for (int done = 0; done < length; done += MAX_TEXT_BYTES) {
      int text = Math.min(MAX_TEXT_BYTES, length - done);
      sealed = withRoom(sealed, text + NoiseCipher.TAG_BYTES);
      int size = sealing.seal(Bytes.EMPTY, buffer, from + done, text, sealed, 0);
      outgoing.putShort((short) size).put(sealed, 0, size);
    }
    wire.write(outgoing.flip());
    return length;
  }

  private static byte[] withRoom(byte[] array, int size) {
    return array.length >= size ? array : new byte[Math.min(MAX_FRAME_BYTES, grown(size))];
  }

  private static int grown(int size) {
    return Math.max(512, Integer.highestOneBit(size - 1) << 1);
  }

  @Override
  public void close() {
    wire.close();
    if (pieces != null) {
      pieces.close();
    }
  }
}
