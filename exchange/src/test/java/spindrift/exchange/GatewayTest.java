package spindrift.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.AbsentException;
import spindrift.base.Bytes;
import spindrift.base.Digests;
import spindrift.base.IntegrityException;
import spindrift.base.LimitExceededException;
import spindrift.http.WebClient;
import spindrift.http.WebSettings;
import spindrift.ipld.Cid;
import spindrift.testkit.FaultyUpstream;

/** A gateway is believed nothing but what its blocks prove. */
class GatewayTest {
  private static final Bytes BLOCK = Bytes.utf8("a block");
  private static final Cid CID = Cid.raw(Digests.sha256(BLOCK));

  @TempDir Path folder;
  private FaultyUpstream server;
  private WebClient client;
  private Gateway gateway;

  @BeforeEach
  void open() throws Exception {
    Files.createDirectories(folder.resolve("ipfs"));
    Files.write(folder.resolve("ipfs/" + CID), BLOCK.toArray());
    server = FaultyUpstream.over(folder);
    client = WebClient.open(WebSettings.DEFAULTS);
    gateway = new Gateway(URI.create(server.url()), client, Duration.ofSeconds(2));
  }

  @AfterEach
  void close() {
    client.close();
    server.close();
  }

  @Test
  void givesBlocksThatAreWhatTheirCidSays() throws Exception {
    assertThat(gateway.load(CID)).isEqualTo(BLOCK);
    assertThat(server.seen().getFirst().target()).isEqualTo("/ipfs/" + CID + "?format=raw");
    assertThat(server.seen().getFirst().header("accept")).contains("application/vnd.ipld.raw");
    Cid absent = Cid.raw(Digests.sha256(Bytes.utf8("another")));
    assertThatThrownBy(() -> gateway.load(absent)).isInstanceOf(AbsentException.class);
  }

  @Test
  void refusesWhatIsNot() {
    server.on("/ipfs/").corruptAt(3);
    assertThatThrownBy(() -> gateway.load(CID)).isInstanceOf(IntegrityException.class);
    server.on("/ipfs/").answer(Bytes.owning(new byte[(2 << 20) + 1]));
    assertThatThrownBy(() -> gateway.load(CID)).isInstanceOf(LimitExceededException.class);
    server.on("/ipfs/").answer(Bytes.owning(new byte[(2 << 20) + 1])).chunked();
    assertThatThrownBy(() -> gateway.load(CID)).isInstanceOf(LimitExceededException.class);
    server.on("/ipfs/").status(500);
    assertThatThrownBy(() -> gateway.load(CID)).isInstanceOf(IOException.class);
  }

  @Test
  void doesNotWaitWithoutEnd() {
    Gateway hasty = new Gateway(URI.create(server.url()), client, Duration.ofMillis(200));
    server.on("/ipfs/").drip(1);
    assertThatThrownBy(() -> hasty.load(CID)).isInstanceOf(IOException.class);
    server.on("/ipfs/").silence();
    assertThatThrownBy(() -> hasty.load(CID)).isInstanceOf(IOException.class);
  }
}
