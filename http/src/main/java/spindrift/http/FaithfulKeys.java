package spindrift.http;

import java.net.Socket;
import java.net.URI;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/** Shows a client's certificate to one server and to nobody whom it redirects to. */
final class FaithfulKeys extends X509ExtendedKeyManager {
  private static final int HTTPS_PORT = 443;

  private final X509ExtendedKeyManager keys;
  private final URI server;

  FaithfulKeys(X509ExtendedKeyManager keys, URI server) {
    this.keys = keys;
    this.server = server;
  }

  @Override
  public @Nullable String chooseEngineClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
    int port = server.getPort() < 0 ? HTTPS_PORT : server.getPort();
    if (engine == null
        || !server.getHost().equalsIgnoreCase(engine.getPeerHost())
        || engine.getPeerPort() != port) {
      return null;
    }
    return keys.chooseEngineClientAlias(keyTypes, issuers, engine);
  }

  @Override
  public @Nullable String chooseClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return null;
  }

  @Override
  public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
    return keys.getClientAliases(keyType, issuers);
  }

  @Override
  public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
    return null;
  }

  @Override
  public @Nullable String chooseServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return null;
  }

  @Override
  public X509Certificate @Nullable [] getCertificateChain(String alias) {
    return keys.getCertificateChain(alias);
  }

  @Override
  public @Nullable PrivateKey getPrivateKey(String alias) {
    return keys.getPrivateKey(alias);
  }
}
