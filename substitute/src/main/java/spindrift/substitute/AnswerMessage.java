package spindrift.substitute;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import spindrift.base.Bytes;
import spindrift.base.MalformedDataException;
import spindrift.base.ProtoReader;
import spindrift.base.ProtoWriter;
import spindrift.catalog.Views;
import spindrift.ipld.Cid;
import spindrift.nix.NarInfo;
import spindrift.nix.Nix32;
import spindrift.nix.StorePath;

/**
 * One of the messages that go over the stream to answer; see {@code docs/protocols/lookup.md}.
 *
 * @param narInfos texts, which are not read here
 * @param views of objects whose narinfo is in this message or an earlier one
 * @param absent numbers of keys
 * @param end that this is the last message, and why
 */
record AnswerMessage(
    List<Bytes> narInfos, List<ObjectViews> views, List<Integer> absent, Optional<End> end) {
  /** Of one message: the largest narinfo, or any number of small ones, and what goes with it. */
  static final int MAX_BYTES = NarInfo.MAX_SIZE + (64 << 10);

  /** Of a NAR view's root block that goes along: that of a NAR with a hundred files or so. */
  static final int MAX_ROOT_BYTES = 32 << 10;

  /** Of one message: an empty entry takes two bytes on the wire and a hundred in memory. */
  static final int MAX_ENTRIES = 16_384;

  private static final String FORMAT = "look-up answer";
  private static final int NAR_INFO = 1;
  private static final int VIEWS = 2;
  private static final int ABSENT = 3;
  private static final int END = 4;

  /** Why no more comes. */
  enum End {
    /** All was said. */
    COMPLETE(1),
    /** Nothing was said: the peer asks too much at this time. */
    BUSY(2),
    /** There is more in these closures than goes into one answer. */
    CUT(3);

    private final int number;

    End(int number) {
      this.number = number;
    }
  }

  /**
   * The views of one object.
   *
   * @param hashPart of its store path
   * @param narViewRoot the root block of the NAR view, not checked yet
   */
  record ObjectViews(String hashPart, Views views, Optional<Bytes> narViewRoot) {
    private static final int HASH_PART = 1;
    private static final int NAR_VIEW = 2;
    private static final int TREE_VIEW = 3;
    private static final int NAR_VIEW_ROOT = 4;

    ProtoWriter encode() {
      ProtoWriter out =
          new ProtoWriter()
              .bytes(HASH_PART, new LookupRequest.Key.HashPart(hashPart).digest())
              .bytes(NAR_VIEW, views.nar().toBytes())
              .bytes(TREE_VIEW, views.tree().toBytes());
      narViewRoot.ifPresent(root -> out.bytes(NAR_VIEW_ROOT, root));
      return out;
    }

    private static ObjectViews read(ProtoReader in) throws MalformedDataException {
      Bytes hashPart = Bytes.EMPTY;
      Optional<Cid> nar = Optional.empty();
      Optional<Cid> tree = Optional.empty();
      Optional<Bytes> root = Optional.empty();
      while (in.next()) {
        switch (in.field()) {
          case HASH_PART -> hashPart = in.bytes();
          case NAR_VIEW -> nar = Optional.of(cid(in));
          case TREE_VIEW -> tree = Optional.of(cid(in));
          case NAR_VIEW_ROOT -> root = Optional.of(in.bytes());
          default -> in.skip();
        }
      }
      if (hashPart.size() != StorePath.HASH_PART_BYTES || nar.isEmpty() || tree.isEmpty()) {
        throw in.malformed("views without an object, or with one missing");
      }
      if (root.isPresent() && root.get().size() > MAX_ROOT_BYTES) {
        throw in.malformed("root block of " + root.get().size() + " bytes");
      }
      return new ObjectViews(Nix32.encode(hashPart), new Views(nar.get(), tree.get()), root);
    }

    /** What a node can read: UnixFS, proved by SHA-256 or inside the CID. */
    private static Cid cid(ProtoReader in) throws MalformedDataException {
      Cid cid = Cid.fromBytes(in.bytes());
      boolean isUnixFs = cid.codec() == Cid.RAW || cid.codec() == Cid.DAG_PB;
      if (!isUnixFs || !(cid.isSha256() || cid.isIdentity())) {
        throw in.malformed("a CID that no view has");
      }
      return cid;
    }
  }

  AnswerMessage {
    narInfos = List.copyOf(narInfos);
    views = List.copyOf(views);
    absent = List.copyOf(absent);
  }

  ProtoWriter encode() {
    ProtoWriter out = new ProtoWriter();
    narInfos.forEach(text -> out.bytes(NAR_INFO, text));
    views.forEach(each -> out.message(VIEWS, each.encode()));
    absent.forEach(number -> out.varint(ABSENT, number));
    end.ifPresent(why -> out.varint(END, why.number));
    return out;
  }

  static AnswerMessage decode(Bytes message) throws MalformedDataException {
    ProtoReader in = ProtoReader.of(FORMAT, message);
    List<Bytes> narInfos = new ArrayList<>();
    List<ObjectViews> views = new ArrayList<>();
    List<Integer> absent = new ArrayList<>();
    Optional<End> end = Optional.empty();
    while (in.next()) {
      switch (in.field()) {
        case NAR_INFO -> narInfos.add(in.bytes());
        case VIEWS -> views.add(ObjectViews.read(in.message()));
        case ABSENT -> absent.add(keyNumber(in));
        case END -> end = Optional.of(end(in));
        default -> in.skip();
      }
      if (narInfos.size() + views.size() + absent.size() > MAX_ENTRIES) {
        throw in.malformed("more than " + MAX_ENTRIES + " entries");
      }
    }
    return new AnswerMessage(narInfos, views, absent, end);
  }

  private static int keyNumber(ProtoReader in) throws MalformedDataException {
    long number = in.varint();
    if (number < 0 || number >= LookupRequest.MAX_KEYS) {
      throw in.malformed("key number " + number);
    }
    return (int) number;
  }

  private static End end(ProtoReader in) throws MalformedDataException {
    long number = in.varint();
    for (End end : End.values()) {
      if (end.number == number) {
        return end;
      }
    }
    throw in.malformed("end " + number);
  }
}
