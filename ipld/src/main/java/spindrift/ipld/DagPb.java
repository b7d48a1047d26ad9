package spindrift.ipld;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import spindrift.base.ByteReader;
import spindrift.base.Bytes;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;
import spindrift.base.Varint;

/**
 * The DAG-PB format. There is one encoding of a node and no other is read: links before data,
 * fields of a link in order, links in the order of names, integers in their shortest form.
 *
 * <pre>
 * node = *( 0x12 length link ) [ 0x0a length data ]
 * link = 0x0a length cid [ 0x12 length name ] [ 0x18 varint-tsize ]
 * </pre>
 *
 * @see <a href="https://ipld.io/specs/codecs/dag-pb/spec/">DAG-PB</a>
 */
public final class DagPb {
  private static final String FORMAT = "DAG-PB";
  private static final int NODE_LINK = 0x12;
  private static final int NODE_DATA = 0x0a;
  private static final int LINK_HASH = 0x0a;
  private static final int LINK_NAME = 0x12;
  private static final int LINK_TSIZE = 0x18;

  private DagPb() {}

  /** The bytes of a node. */
  public static Bytes encode(PbNode node) {
    ByteSink out = new ByteSink(encodedSize(node));
    for (PbLink link : node.links()) {
      out.put(NODE_LINK);
      out.putVarint(linkSize(link));
      out.put(LINK_HASH);
      out.putVarint(link.cid().byteSize());
      out.put(link.cid());
      if (link.name().isPresent()) {
        out.put(LINK_NAME);
        out.putVarint(link.nameOrEmpty().size());
        out.put(link.nameOrEmpty());
      }
      if (link.tsize().isPresent()) {
        out.put(LINK_TSIZE);
        out.putVarint(link.tsize().getAsLong());
      }
    }
    if (node.data().isPresent()) {
      Bytes data = node.data().get();
      out.put(NODE_DATA);
      out.putVarint(data.size());
      out.put(data);
    }
    return out.toBytes();
  }

  /** How many bytes {@link #encode} makes of a node. */
  public static int encodedSize(PbNode node) {
    long size = node.data().map(data -> delimited(data.size())).orElse(0);
    for (PbLink link : node.links()) {
      size += delimited(linkSize(link));
    }
    return Math.toIntExact(size);
  }

  /**
   * Reads a node.
   *
   * @throws LimitExceededException when there are more than {@link Block#MAX_BYTES} bytes
   */
  public static PbNode decode(Bytes block) throws MalformedDataException, LimitExceededException {
    if (block.size() > Block.MAX_BYTES) {
      throw new LimitExceededException("size of a DAG-PB block", Block.MAX_BYTES);
    }
    ByteReader in = block.reader(FORMAT);
    List<PbLink> links = new ArrayList<>();
    Bytes last = Bytes.EMPTY;
    while (!in.atEnd() && in.peekByte() == NODE_LINK) {
      in.readByte();
      PbLink link = readLink(in);
      if (last.compareTo(link.nameOrEmpty()) > 0) {
        throw in.malformed("link names out of order");
      }
      last = link.nameOrEmpty();
      links.add(link);
    }
    Optional<Bytes> data = Optional.empty();
    if (!in.atEnd()) {
      expect(in, NODE_DATA, "the data field");
      data = Optional.of(in.readBytes(in.readVarint()));
      in.expectEnd();
    }
    return new PbNode(links, data);
  }

  private static PbLink readLink(ByteReader in) throws MalformedDataException {
    long size = in.readVarint();
    long end = in.offset() + size;
    if (size > in.remaining()) {
      throw in.malformed("link longer than the node");
    }
    expect(in, LINK_HASH, "the link's hash");
    Cid cid = readCid(in);
    Optional<Bytes> name = Optional.empty();
    if (in.offset() < end && in.peekByte() == LINK_NAME) {
      in.readByte();
      name = Optional.of(in.readBytes(in.readVarint()));
    }
    OptionalLong tsize = OptionalLong.empty();
    if (in.offset() < end && in.peekByte() == LINK_TSIZE) {
      in.readByte();
      tsize = OptionalLong.of(in.readVarint());
    }
    if (in.offset() != end) {
      throw in.malformed("link's length and fields differ");
    }
    return new PbLink(cid, name, tsize);
  }

  private static Cid readCid(ByteReader in) throws MalformedDataException {
    long size = in.readVarint();
    int start = in.offset();
    Cid cid = Cid.read(in);
    if (in.offset() - start != size) {
      throw in.malformed("CID of another length than stated");
    }
    return cid;
  }

  private static void expect(ByteReader in, int tag, String what) throws MalformedDataException {
    if (in.peekByte() != tag) {
      throw in.malformed("expected " + what + " but found tag " + in.peekByte());
    }
    in.readByte();
  }

  private static int linkSize(PbLink link) {
    int size = delimited(link.cid().byteSize());
    if (link.name().isPresent()) {
      size += delimited(link.nameOrEmpty().size());
    }
    if (link.tsize().isPresent()) {
      size += 1 + Varint.size(link.tsize().getAsLong());
    }
    return size;
  }

  /** Size of a length-delimited field with a tag of one byte. */
  private static int delimited(int contentSize) {
    return 1 + Varint.size(contentSize) + contentSize;
  }
}
