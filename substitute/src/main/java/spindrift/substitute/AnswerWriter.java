package spindrift.substitute;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import spindrift.base.Bytes;
import spindrift.base.IntegrityException;
import spindrift.blocks.BlockReader;
import spindrift.ipld.Cid;
import spindrift.substitute.AnswerMessage.End;
import spindrift.substitute.AnswerMessage.ObjectViews;
import spindrift.substitute.PublicObjects.PublicObject;

/** Writes an answer in messages of some size, within the limits of one answer. For one thread. */
final class AnswerWriter {
  /** Ours: bytes gathered for one message, so that the first ones arrive soon. */
  private static final int MESSAGE_BYTES = 64 << 10;

  /** Ours: bytes of root blocks in one answer; they save a round trip where they fit. */
  private static final int MAX_ROOTS_BYTES = 2 << 20;

  /** Ours: bytes of narinfos, which with roots and views stay below what a client takes. */
  private static final int MAX_NAR_INFO_BYTES = 12 << 20;

  private final OutputStream out;
  private final BlockReader blocks;
  private final List<Bytes> narInfos = new ArrayList<>();
  private final List<ObjectViews> views = new ArrayList<>();
  private int gathered;
  private int narInfoBytes;
  private int rootBytes;

  /**
   * @param blocks to read root blocks from
   */
  AnswerWriter(OutputStream out, BlockReader blocks) {
    this.out = out;
    this.blocks = blocks;
  }

  /**
   * Writes an object, and its views where it has any.
   *
   * @return false when the answer is full, and the object left out
   */
  boolean object(PublicObject object) throws IOException {
    int size = object.narInfo().size();
    if (narInfoBytes + size > MAX_NAR_INFO_BYTES) {
      return false;
    }
    if (gathered + size > MESSAGE_BYTES) {
      flush();
    }
    narInfos.add(object.narInfo());
    narInfoBytes += size;
    gathered += size;
    views(object);
    return true;
  }

  /** Writes the views of an object that was written before, where it has any by now. */
  void views(PublicObject object) throws IOException {
    if (object.views().isEmpty()) {
      return;
    }
    Optional<Bytes> root = root(object.views().get().nar());
    int size = root.map(Bytes::size).orElse(0);
    rootBytes += size;
    gathered += size;
    views.add(new ObjectViews(object.path().hashPart(), object.views().get(), root));
  }

  private Optional<Bytes> root(Cid cid) throws IOException {
    if (cid.isIdentity()) {
      return Optional.empty();
    }
    try {
      return blocks
          .read(cid)
          .filter(
              root ->
                  root.size() <= AnswerMessage.MAX_ROOT_BYTES
                      && rootBytes + root.size() <= MAX_ROOTS_BYTES);
    } catch (IntegrityException e) {
      return Optional.empty(); // whoever asks for the block itself will see
    }
  }

  /** Writes that there is nothing to tell of some keys. */
  void absent(List<Integer> keys) throws IOException {
    write(new AnswerMessage(List.of(), List.of(), keys, Optional.empty()));
  }

  /** Writes the last message. */
  void end(End why) throws IOException {
    flush();
    write(new AnswerMessage(List.of(), List.of(), List.of(), Optional.of(why)));
  }

  /** Sends what was gathered. */
  void flush() throws IOException {
    if (!narInfos.isEmpty() || !views.isEmpty()) {
      write(new AnswerMessage(narInfos, views, List.of(), Optional.empty()));
      narInfos.clear();
      views.clear();
      gathered = 0;
    }
  }

  private void write(AnswerMessage message) throws IOException {
    message.encode().toDelimited().writeTo(out);
    out.flush();
  }
}
