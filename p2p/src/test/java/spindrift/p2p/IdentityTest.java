package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.Bytes;
import spindrift.base.ConfigException;
import spindrift.base.ProtoWriter;

class IdentityTest {
  @TempDir Path folder;

  @Test
  void isMadeOnceAndKept() throws Exception {
    Path file = folder.resolve("identity");
    Identity made = Identity.open(file);
    Identity kept = Identity.open(file);

    assertThat(kept.peerId()).isEqualTo(made.peerId());
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(made.publicKey().verifies(Bytes.utf8("snow"), kept.sign(Bytes.utf8("snow"))))
        .isTrue();
    assertThat(Identity.open(folder.resolve("other")).peerId()).isNotEqualTo(made.peerId());
  }

  @Test
  void readsTheOldFormWithThePublicKeyTwice() throws Exception {
    Identity identity = Identity.generate();
    Bytes data = identity.toBytes().slice(4, 68);
    Bytes twice = data.concat(identity.publicKey().data());
    Bytes old = new ProtoWriter().varint(1, 1).bytes(2, twice).toBytes();
    assertThat(Identity.read(old).peerId()).isEqualTo(identity.peerId());

    Bytes other = data.concat(Identity.generate().publicKey().data());
    Path file = write(new ProtoWriter().varint(1, 1).bytes(2, other).toBytes());
    assertThatThrownBy(() -> Identity.open(file)).isInstanceOf(ConfigException.class);
  }

  @Test
  void aFileThatOthersMayReadIsRefused() throws Exception {
    Path file = folder.resolve("identity");
    Identity.open(file);
    for (String mode : new String[] {"rw-r-----", "rw----r--", "rw--w----"}) {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
      assertThatThrownBy(() -> Identity.open(file))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("chmod 600");
    }
  }

  @Test
  void aFileThatIsNoIdentityIsRefused() throws Exception {
    Bytes good = Identity.generate().toBytes();
    Bytes otherKey = Identity.generate().publicKey().data();
    for (Bytes bad :
        new Bytes[] {
          Bytes.EMPTY,
          Bytes.utf8("snow"),
          good.slice(0, good.size() - 1),
          good.slice(0, 36).concat(otherKey),
          new ProtoWriter().varint(1, 0).bytes(2, Bytes.owning(new byte[64])).toBytes(),
          Bytes.owning(new byte[100_000])
        }) {
      Path file = write(bad);
      assertThatThrownBy(() -> Identity.open(file))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("identity");
      assertThat(Files.size(file)).isEqualTo(bad.size());
    }
  }

  @Test
  void neverShowsThePrivateKey() {
    Identity identity = Identity.generate();
    assertThat(identity).hasToString(identity.peerId().toString());
  }

  private Path write(Bytes content) throws Exception {
    Path file = folder.resolve("written");
    Files.write(file, content.toArray());
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    return file;
  }
}
