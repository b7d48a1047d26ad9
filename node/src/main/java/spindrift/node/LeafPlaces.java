package spindrift.node;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import spindrift.base.ByteReader;
import spindrift.base.Bytes;
import spindrift.base.FileIdentity;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;
import spindrift.base.RawPath;
import spindrift.ipld.Cid;
import spindrift.mount.BlockAnswer;
import spindrift.mount.Depot;

/**
 * How a mount asks its node where leaves lie, and is told: there may be thousands, which would be
 * slow in JSON. All numbers are big-endian.
 *
 * <pre>
 * question  digest*                              SHA-256, 32 bytes each
 * answer    place*
 * place     at file offset:u64 length:u32
 * at        u16                                  which digest of the question
 * file      0:u16                                the file of the place before
 *           | size:u16 path identity             another one; the path has so many bytes
 * identity  device inode size modified changed   u64 each
 * </pre>
 */
final class LeafPlaces {
  private static final String FORMAT = "places of leaves";
  private static final int DIGEST = 32;

  /** What a question takes at the most. */
  static final int MAX_QUESTION_BYTES = Depot.MAX_PLACES * DIGEST;

  private LeafPlaces() {}

  static Bytes question(List<Cid> leaves) {
    byte[] digests = new byte[leaves.size() * DIGEST];
    for (int i = 0; i < leaves.size(); i++) {
      leaves.get(i).digest().copyTo(digests, i * DIGEST);
    }
    return Bytes.owning(digests);
  }

  static List<Cid> leaves(Bytes question) throws MalformedDataException, LimitExceededException {
    int count = question.size() / DIGEST;
    if (count > Depot.MAX_PLACES) {
      throw new LimitExceededException("leaves of one question", Depot.MAX_PLACES);
    }
    if (question.size() % DIGEST != 0) {
      throw new MalformedDataException(FORMAT, count * (long) DIGEST, "a digest has 32 bytes");
    }
    List<Cid> leaves = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      leaves.add(Cid.raw(question.slice(i * DIGEST, (i + 1) * DIGEST)));
    }
    return leaves;
  }

  /** Puts an answer together; for one thread. */
  static final class Writer {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final DataOutputStream out = new DataOutputStream(bytes);
    private @Nullable Path last;
    private @Nullable FileIdentity lastIdentity;

    void add(int at, Path file, FileIdentity identity, long offset, int length) {
      try {
        out.writeShort(at);
        if (file.equals(last) && identity.equals(lastIdentity)) {
          out.writeShort(0);
        } else {
          file(file, identity);
          last = file;
          lastIdentity = identity;
        }
        out.writeLong(offset);
        out.writeInt(length);
      } catch (IOException e) {
        throw new UncheckedIOException("in memory", e);
      }
    }

    private void file(Path file, FileIdentity identity) throws IOException {
      Bytes path = RawPath.bytes(file);
      if (path.size() > RawPath.MAX_BYTES) {
        throw new IllegalArgumentException("a path of " + path.size() + " bytes");
      }
      out.writeShort(path.size());
      path.writeTo(out);
      out.writeLong(identity.device());
      out.writeLong(identity.inode());
      out.writeLong(identity.size());
      out.writeLong(identity.modified());
      out.writeLong(identity.changed());
    }

    int size() {
      return bytes.size();
    }

    /** What was added since the last time; the next place names its file again. */
    Bytes take() {
      Bytes all = Bytes.owning(bytes.toByteArray());
      bytes.reset();
      last = null;
      lastIdentity = null;
      return all;
    }
  }

  /** Reads an answer to a question about these leaves. */
  static void read(Bytes answer, List<Cid> leaves, Depot.Found found)
      throws MalformedDataException {
    ByteReader in = answer.reader(FORMAT);
    Path file = null;
    FileIdentity identity = null;
    while (!in.atEnd()) {
      int at = u16(in);
      int size = u16(in);
      if (size > 0) {
        file = RawPath.absolute(in.readBytes(size), FORMAT);
        identity = new FileIdentity(number(in), number(in), number(in), number(in), number(in));
      }
      long offset = number(in);
      int length = in.readInt(ByteOrder.BIG_ENDIAN);
      if (at >= leaves.size() || file == null || identity == null) {
        throw in.malformed("a place of nothing that was asked for, or in no file");
      }
      if (offset < 0 || length < 0 || length > identity.size() - offset) {
        throw in.malformed("a place outside of its file");
      }
      found.at(leaves.get(at), new BlockAnswer.InFile(file, offset, length, identity));
    }
  }

  private static int u16(ByteReader in) throws MalformedDataException {
    return in.readByte() << 8 | in.readByte();
  }

  private static long number(ByteReader in) throws MalformedDataException {
    return in.readLong(ByteOrder.BIG_ENDIAN);
  }
}
