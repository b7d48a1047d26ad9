package spindrift.catalog;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import spindrift.base.Bytes;
import spindrift.base.Digests;
import spindrift.base.FaultException;
import spindrift.base.MalformedDataException;
import spindrift.base.Multihash;
import spindrift.dag.DirectoryWriter;
import spindrift.dag.FileCutter;
import spindrift.dag.FileLayout;
import spindrift.dag.LeafSink;
import spindrift.ipld.Block;
import spindrift.ipld.BlockSink;
import spindrift.ipld.Cid;
import spindrift.ipld.UnixFsAttributes;
import spindrift.ipld.UnixFsEntry;
import spindrift.ipld.UnixFsNode;
import spindrift.ipld.UnixFsNode.Part;
import spindrift.nix.FileMode;
import spindrift.nix.NarVisitor;
import spindrift.nix.NarWriter;
import spindrift.nix.NixHash;

/**
 * Builds both views of a store object while its tree is told, and the hash of its NAR, which proves
 * them. For one thread and one object.
 */
public final class ViewBuilder implements NarVisitor {
  /** Bytes of framing in one identity CID: what every reader of identity hashes accepts. */
  static final int MAX_FRAMING_PIECE = Multihash.MAX_IDENTITY_BYTES;

  /**
   * Framing that is gathered before pieces are cut off it: a directory may have a million links.
   */
  private static final int FRAMING_BATCH = 64 << 10;

  /** The mode of an executable file in a Nix store; that of others is not written. */
  private static final UnixFsAttributes EXECUTABLE = UnixFsAttributes.ofMode(0555);

  private final BlockSink blocks;
  private final FileCutter cutter;
  private final FileLayout narView;
  private final MessageDigest narDigest = Digests.sha256();
  private final ByteArrayOutputStream framing = new ByteArrayOutputStream();
  private final NarWriter narWriter = new NarWriter(framing);
  private long narSize;

  private final Deque<List<UnixFsEntry>> directories = new ArrayDeque<>();
  private final Deque<Bytes> names = new ArrayDeque<>();
  private Optional<Cid> treeView = Optional.empty();

  /**
   * @param blocks gets the nodes of both views
   * @param leaves is told of every leaf, file by file
   */
  public ViewBuilder(BlockSink blocks, LeafSink leaves) {
    this.blocks = blocks;
    this.cutter = new FileCutter(blocks, leaves);
    this.narView = new FileLayout(blocks);
  }

  /** What came out: the views, and the hash and size in bytes of the NAR that they render. */
  public record Result(Views views, NixHash narHash, long narSize) {}

  /** Finishes, once the root's node was told. */
  public Result finish() throws IOException, FaultException {
    Cid tree = treeView.orElseThrow(() -> new IllegalStateException("the tree has not ended"));
    endFraming();
    Part nar = narView.finish(UnixFsAttributes.NONE);
    NixHash hash = NixHash.sha256(Bytes.owning(narDigest.digest()));
    return new Result(new Views(nar.cid(), tree), hash, narSize);
  }

  @Override
  public void startDirectory() throws IOException, FaultException {
    narWriter.startDirectory();
    directories.push(new ArrayList<>());
  }

  @Override
  public void entry(Bytes name) throws IOException, FaultException {
    narWriter.entry(name);
    names.push(name);
  }

  @Override
  public void endDirectory() throws IOException, FaultException {
    narWriter.endDirectory();
    Part directory = DirectoryWriter.write(directories.pop(), blocks);
    linked(directory.cid(), directory.tsize());
  }

  @Override
  public void regular(FileMode mode, long size, InputStream contents)
      throws IOException, FaultException {
    narWriter.startRegular(mode, size);
    if (size > 0) {
      endFraming();
    }
    FileCutter.CutFile file =
        cutter.cut(
            new CountingStream(contents),
            mode == FileMode.EXECUTABLE ? EXECUTABLE : UnixFsAttributes.NONE);
    if (file.content().size() != size) {
      throw new MalformedDataException(
          "NAR", narSize, "a file has " + file.content().size() + " bytes, not " + size);
    }
    if (size > 0) {
      narView.add(file.content());
    }
    narWriter.endRegular();
    linked(file.entry().cid(), file.entry().tsize());
  }

  @Override
  public void symlink(Bytes target) throws IOException, FaultException {
    narWriter.symlink(target);
    Block link = UnixFsNode.Symlink.to(target).encode();
    blocks.accept(link);
    linked(link.cid(), link.bytes().size());
  }

  private void linked(Cid cid, long tsize) throws IOException, FaultException {
    if (framing.size() > FRAMING_BATCH) {
      Bytes bytes = Bytes.owning(framing.toByteArray());
      int whole = bytes.size() - bytes.size() % MAX_FRAMING_PIECE;
      framing.reset();
      bytes.slice(whole, bytes.size()).writeTo(framing);
      addFraming(bytes.slice(0, whole));
    }
    if (directories.isEmpty()) {
      treeView = Optional.of(cid);
    } else {
      directories.element().add(new UnixFsEntry(names.pop(), cid, tsize));
    }
  }

  private void endFraming() throws IOException, FaultException {
    Bytes bytes = Bytes.owning(framing.toByteArray());
    framing.reset();
    addFraming(bytes);
  }

  /** Pieces are cut from the beginning of a run, wherever it is cut into batches. */
  private void addFraming(Bytes bytes) throws IOException, FaultException {
    narDigest.update(bytes.asByteBuffer());
    narSize += bytes.size();
    for (int from = 0; from < bytes.size(); from += MAX_FRAMING_PIECE) {
      Bytes piece = bytes.slice(from, Math.min(bytes.size(), from + MAX_FRAMING_PIECE));
      narView.add(Part.leaf(Cid.identityRaw(piece), piece.size()));
    }
  }

  /** Hashes a file's contents into the NAR's hash while they are read to be cut. */
  private final class CountingStream extends InputStream {
    private final InputStream contents;

    CountingStream(InputStream contents) {
      this.contents = contents;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int from, int length) throws IOException {
      int count = contents.read(buffer, from, length);
      if (count > 0) {
        narDigest.update(buffer, from, count);
        narSize += count;
      }
      return count;
    }
  }
}
