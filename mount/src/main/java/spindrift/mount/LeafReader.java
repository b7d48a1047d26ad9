package spindrift.mount;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.IntegrityException;
import spindrift.fuse.Content;
import spindrift.ipld.Cid;
import spindrift.nix.StorePath;

/** Ranges of the blocks of one path, from memory or from files of this machine. */
record LeafReader(StorePath path, Blocks blocks, OpenFiles files) {
  /** Ours: a file that changes that often is not one of a store. */
  private static final int MAX_TRIES = 3;

  /**
   * Where a range of a block is.
   *
   * @param release to be called once it was read
   */
  record Piece(Content.Slice slice, Runnable release) {}

  /**
   * A range of a leaf.
   *
   * @param size that the whole leaf must have
   */
  Piece piece(Cid cid, long size, int from, int to) throws IOException, FaultException {
    for (int attempt = 1; ; attempt++) {
      Held held = blocks.load(path, cid);
      Optional<Piece> piece = piece(held, cid, size, from, to);
      if (piece.isPresent()) {
        return piece.get();
      }
      if (attempt == MAX_TRIES) {
        throw new IOException("the file that " + cid + " lies in changes again and again");
      }
    }
  }

  /** A range of a leaf that needs no waiting for; empty where it would. */
  Optional<Piece> pieceHere(Cid cid, long size, int from, int to)
      throws IOException, FaultException {
    Optional<Held> held = blocks.here(path, cid);
    return held.isEmpty() ? Optional.empty() : piece(held.get(), cid, size, from, to);
  }

  private Optional<Piece> piece(Held held, Cid cid, long size, int from, int to)
      throws IOException, IntegrityException {
    if (held.size() != size) {
      throw new IntegrityException(
          size + " bytes of " + cid, held.size() + " bytes", path.toString());
    }
    return switch (held) {
      case Held.Memory(Bytes bytes) ->
          Optional.of(new Piece(Content.Slice.of(bytes.slice(from, to)), () -> {}));
      case Held.Place(BlockAnswer.InFile at) -> {
        Optional<OpenFiles.Open> file = open(at);
        if (file.isEmpty()) {
          blocks.forget(cid);
        }
        yield file.map(
            open ->
                new Piece(
                    Content.Slice.of(open.channel(), at.offset() + from, to - from),
                    open::release));
      }
    };
  }

  private Optional<OpenFiles.Open> open(BlockAnswer.InFile at) {
    try {
      return files.use(at.file(), at.identity());
    } catch (IOException e) {
      return Optional.empty(); // it is gone: the node knows another place, or gets it anew
    }
  }

  /** A whole block of any size, checked. */
  Bytes bytes(Cid cid) throws IOException, FaultException {
    for (int attempt = 1; ; attempt++) {
      switch (blocks.load(path, cid)) {
        case Held.Memory(Bytes bytes) -> {
          return bytes;
        }
        case Held.Place(BlockAnswer.InFile at) -> {
          Optional<OpenFiles.Open> file = open(at);
          if (file.isPresent()) {
            return read(file.get(), at, cid);
          }
          blocks.forget(cid);
        }
      }
      if (attempt == MAX_TRIES) {
        throw new IOException("the file that " + cid + " lies in changes again and again");
      }
    }
  }

  private static Bytes read(OpenFiles.Open file, BlockAnswer.InFile at, Cid cid)
      throws IOException, IntegrityException {
    try {
      byte[] content = new byte[at.length()];
      ByteBuffer buffer = ByteBuffer.wrap(content);
      while (buffer.hasRemaining()) {
        if (file.channel().read(buffer, at.offset() + buffer.position()) < 0) {
          throw new IOException(at.file() + " is shorter than it was");
        }
      }
      Bytes bytes = Bytes.owning(content);
      cid.verify(bytes, at.file().toString());
      return bytes;
    } finally {
      file.release();
    }
  }
}
