package spindrift.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import spindrift.base.Bytes;
import spindrift.base.Digests;
import spindrift.base.FaultException;
import spindrift.base.FileIdentity;
import spindrift.base.IntegrityException;
import spindrift.nix.FileMode;
import spindrift.nix.NarWriter;
import spindrift.nix.NixHash;
import spindrift.nix.PathInfo;
import spindrift.nix.StoreDir;

/** The NAR of files on disk, checked against what Nix registered. */
final class NarDump implements StoreTree.Visitor {
  private final NarWriter nar;

  private NarDump(NarWriter nar) {
    this.nar = nar;
  }

  /** Writes the NAR of the files at {@code root}, which belong to the object. */
  static void copy(Path root, PathInfo info, StoreDir store, OutputStream out)
      throws IOException, IntegrityException {
    MessageDigest digest = Digests.sha256();
    String expected = info.narHash().toString();
    NarWriter nar = new NarWriter(new DigestOutputStream(out, digest));
    try {
      new StoreTree(root).walk(new NarDump(nar));
    } catch (FaultException e) {
      throw new IntegrityException(expected, "no NAR: " + e.getMessage(), info.path().in(store));
    }
    nar.finish();
    NixHash actual = NixHash.sha256(Bytes.owning(digest.digest()));
    if (!actual.equals(info.narHash())) {
      throw new IntegrityException(expected, actual.toString(), info.path().in(store));
    }
  }

  @Override
  public void startDirectory() throws IOException, FaultException {
    nar.startDirectory();
  }

  @Override
  public void entry(Bytes name) throws IOException, FaultException {
    nar.entry(name);
  }

  @Override
  public void endDirectory() throws IOException {
    nar.endDirectory();
  }

  @Override
  public void file(Path file, FileMode mode, FileIdentity identity) throws IOException {
    try (InputStream contents = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
      nar.regular(mode, identity.size(), contents);
    }
  }

  @Override
  public void symlink(Bytes target) throws IOException, FaultException {
    nar.symlink(target);
  }
}
