package spindrift.catalog;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import spindrift.base.Bytes;
import spindrift.base.Digests;
import spindrift.base.FileIdentity;
import spindrift.nix.FileMode;
import spindrift.store.StoreTree;

/**
 * A digest over the names in a store object and the identities of its files: while it stays the
 * same, so does the object's NAR. Made while the tree is walked, without reading a file. For one
 * thread.
 */
final class TreeFingerprint implements StoreTree.Visitor {
  private final MessageDigest digest = Digests.sha256();
  private final ByteBuffer record = ByteBuffer.allocate(1 + 5 * Long.BYTES);

  @Override
  public void startDirectory() {
    digest.update((byte) '(');
  }

  @Override
  public void endDirectory() {
    digest.update((byte) ')');
  }

  @Override
  public void entry(Bytes name) {
    text('n', name);
  }

  @Override
  public void symlink(Bytes target) {
    text('l', target);
  }

  @Override
  public void file(Path file, FileMode mode, FileIdentity identity) {
    file(mode, identity);
  }

  void file(FileMode mode, FileIdentity identity) {
    record.clear();
    record.put((byte) (mode == FileMode.EXECUTABLE ? 'x' : 'r'));
    record.putLong(identity.device()).putLong(identity.inode()).putLong(identity.size());
    record.putLong(identity.modified()).putLong(identity.changed());
    digest.update(record.flip());
  }

  Bytes finish() {
    return Bytes.owning(digest.digest());
  }

  private void text(char kind, Bytes text) {
    record.clear();
    record.put((byte) kind).putInt(text.size());
    digest.update(record.flip());
    digest.update(text.asByteBuffer());
  }
}
