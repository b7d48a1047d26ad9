package spindrift.mount;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.ipld.Cid;
import spindrift.nix.StorePath;

/** Whole blocks of one path, such as the nodes of its DAGs. */
record NodeReader(StorePath path, Blocks blocks, OpenFiles files) {
  /** The bytes of a block, checked. */
  Bytes bytes(Cid cid) throws IOException, FaultException {
    return switch (blocks.load(path, cid)) {
      case Held.Memory(Bytes bytes) -> bytes;
      case Held.Place(BlockAnswer.InFile at) -> read(at, cid);
    };
  }

  private Bytes read(BlockAnswer.InFile at, Cid cid) throws IOException, FaultException {
    Optional<OpenFiles.Open> file = files.use(at.file(), at.identity());
    if (file.isEmpty()) {
      blocks.forget(cid);
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
