package spindrift.mount;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.Optional;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.IntegrityException;
import spindrift.ipld.Cid;
import spindrift.nix.StorePath;

/** Whole blocks of one path, such as the nodes of its DAGs. */
record NodeReader(StorePath path, Blocks blocks, OpenFiles files) {
  private static final System.Logger LOG = System.getLogger(NodeReader.class.getName());

  /** The bytes of a block, checked; from the node where its file is not what it was. */
  Bytes bytes(Cid cid) throws IOException, FaultException {
    Held block = blocks.load(path, cid);
    if (block instanceof Held.Place(BlockAnswer.InFile at)) {
      try {
        return read(at, cid);
      } catch (IOException | IntegrityException e) {
        LOG.log(Level.DEBUG, "unreadable block={0} why={1}", cid, e.getMessage());
        blocks.forget(cid);
        block = blocks.load(path, cid);
      }
    }
    if (block instanceof Held.Memory(Bytes bytes)) {
      return bytes;
    }
    throw new IOException("block " + cid + " is only in a file that cannot be read");
  }

  private Bytes read(BlockAnswer.InFile at, Cid cid) throws IOException, FaultException {
    Optional<OpenFiles.Open> file = files.use(at.file(), at.identity());
    if (file.isEmpty()) {
      throw new IOException(at.file() + " has changed");
    }
    try {
      ByteBuffer buffer = ByteBuffer.allocate(at.length());
      while (buffer.hasRemaining()) {
        if (file.get().channel().read(buffer, at.offset() + buffer.position()) < 0) {
          throw new IOException(at.file() + " is shorter than it was");
        }
      }
      Bytes bytes = Bytes.owning(buffer.array());
      cid.verify(bytes, at.file().toString());
      return bytes;
    } finally {
      file.get().release();
    }
  }
}
