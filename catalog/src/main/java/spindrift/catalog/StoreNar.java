package spindrift.catalog;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import spindrift.base.ByteSource;
import spindrift.base.ByteTarget;
import spindrift.base.ByteWindow;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.FileIdentity;
import spindrift.base.IntegrityException;
import spindrift.nix.FileMode;
import spindrift.nix.NarWriter;
import spindrift.nix.NixHash;
import spindrift.store.StoreTree;

/**
 * The NAR of a store object, rendered straight from its files on this machine.
 *
 * <p>The first time, the NAR is hashed while it streams, and its last byte is held back until the
 * hash has come out right. Then the files' {@link TreeFingerprint} is remembered, and as long as it
 * stays the same the bytes are not hashed again; when it has changed, the files are read once more
 * before the last byte goes out. A whole NAR that is not the promised one so never ends cleanly;
 * for a part of one that was never proved, that is left to the reader of the whole.
 */
final class StoreNar implements ByteSource {
  private final Path root;
  private final NixHash narHash;
  private final long size;
  private final Optional<Bytes> provedFingerprint;
  private final Proved proved;

  /** Is told the fingerprint of files that were found to have the NAR hash. */
  @FunctionalInterface
  interface Proved {
    void accept(Bytes fingerprint) throws IOException;
  }

  /**
   * @param provedFingerprint of the files when they last had this NAR hash
   */
  StoreNar(
      Path root, NixHash narHash, long size, Optional<Bytes> provedFingerprint, Proved proved) {
    this.root = root;
    this.narHash = narHash;
    this.size = size;
    this.provedFingerprint = provedFingerprint;
    this.proved = proved;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public void writeTo(ByteTarget target, long from, long to) throws IOException, FaultException {
    boolean whole = from == 0 && to == size;
    if (provedFingerprint.isEmpty() && whole) {
      HashingTarget hashing = new HashingTarget(target, 0, size);
      Bytes fingerprint = render(new ByteWindow(hashing, 0, size));
      hashing.finish(narHash, root.toString());
      proved.accept(fingerprint);
      return;
    }
    HeldBackTarget held = new HeldBackTarget(target, to - from);
    Bytes fingerprint = render(new ByteWindow(held, from, to));
    if (provedFingerprint.isPresent() && !provedFingerprint.get().equals(fingerprint)) {
      proveAgain(fingerprint);
    }
    held.finish();
  }

  /** The same for one who hashes it himself: what the files hold is not looked at here. */
  ByteSource unchecked() {
    return new Unchecked(this);
  }

  private record Unchecked(StoreNar nar) implements ByteSource {
    @Override
    public long size() {
      return nar.size;
    }

    @Override
    public void writeTo(ByteTarget target, long from, long to) throws IOException, FaultException {
      nar.render(new ByteWindow(target, from, to));
    }
  }

  /** Files that were touched since are read once more, before the last byte goes out. */
  private void proveAgain(Bytes fingerprint) throws IOException, FaultException {
    HashingTarget hashing = new HashingTarget((buffer, from, length) -> {}, 0, size);
    Bytes fingerprintNow = render(new ByteWindow(hashing, 0, size));
    hashing.finish(narHash, root.toString());
    if (!fingerprintNow.equals(fingerprint)) {
      throw new IntegrityException(
          "files that stay as they are", "files that change while they are read", root.toString());
    }
    proved.accept(fingerprint);
  }

  private Bytes render(ByteWindow window) throws IOException, FaultException {
    TreeFingerprint fingerprint = new TreeFingerprint();
    NarWriter nar = new NarWriter(window);
    new StoreTree(root).walk(new Renderer(nar, window, fingerprint));
    if (window.position() != size) {
      throw new IntegrityException(
          size + " bytes of NAR", window.position() + " bytes", root.toString());
    }
    return fingerprint.finish();
  }

  /** Turns a walk over files into a NAR. */
  private record Renderer(NarWriter nar, ByteWindow window, TreeFingerprint fingerprint)
      implements StoreTree.Visitor {
    @Override
    public void startDirectory() throws IOException, FaultException {
      nar.startDirectory();
      fingerprint.startDirectory();
    }

    @Override
    public void entry(Bytes name) throws IOException, FaultException {
      nar.entry(name);
      fingerprint.entry(name);
    }

    @Override
    public void endDirectory() throws IOException, FaultException {
      nar.endDirectory();
      fingerprint.endDirectory();
    }

    @Override
    public void file(Path file, FileMode mode, FileIdentity identity)
        throws IOException, FaultException {
      fingerprint.file(mode, identity);
      nar.startRegular(mode, identity.size());
      window.file(file, identity.size());
      nar.endRegular();
    }

    @Override
    public void symlink(Bytes target) throws IOException, FaultException {
      nar.symlink(target);
      fingerprint.symlink(target);
    }
  }
}
