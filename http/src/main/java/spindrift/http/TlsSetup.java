package spindrift.http;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509TrustManager;

/**
 * Whom TLS believes: the authorities of the JDK, of this machine, of the files that Nix and OpenSSL
 * are pointed at, and of the owner's own.
 */
final class TlsSetup {
  private static final System.Logger LOG = System.getLogger(TlsSetup.class.getName());
  private static final Path SYSTEM = Path.of("/etc/ssl/certs/ca-certificates.crt");
  private static final List<String> VARIABLES = List.of("NIX_SSL_CERT_FILE", "SSL_CERT_FILE");
  private static final char[] NO_PASSWORD = new char[0];

  private TlsSetup() {}

  /** What was read last: a node has many clients, and hundreds of certificates are read slowly. */
  private static final AtomicReference<Optional<Known>> LAST =
      new AtomicReference<>(Optional.empty());

  /** Files as they were when their certificates were read. */
  private record Known(List<Version> files, List<TrustManager> managers) {}

  /** A file as it is now. */
  private record Version(Path file, FileTime changed, long size) {}

  static SSLContext context(WebSettings settings) throws IOException {
    try {
      KeyManager[] keys =
          settings.certificate().isPresent()
              ? new KeyManager[] {keys(settings.certificate().get())}
              : new KeyManager[0];
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys, trust(settings).toArray(TrustManager[]::new), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException("TLS cannot be set up: " + e.getMessage(), e);
    }
  }

  private static List<TrustManager> trust(WebSettings settings)
      throws IOException, GeneralSecurityException {
    List<Version> files = new ArrayList<>();
    for (Path file : files(settings)) {
      files.add(new Version(file, Files.getLastModifiedTime(file), Files.size(file)));
    }
    Optional<Known> last = LAST.get().filter(known -> known.files.equals(files));
    if (last.isPresent()) {
      return last.get().managers;
    }
    KeyStore authorities = emptyStore();
    List<X509Certificate> all = new ArrayList<>(ofJdk());
    for (Version version : files) {
      all.addAll(PemFile.read(version.file).certificates());
    }
    for (int number = 0; number < all.size(); number++) {
      authorities.setCertificateEntry("authority" + number, all.get(number));
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(authorities);
    List<TrustManager> managers = List.of(factory.getTrustManagers());
    LAST.set(Optional.of(new Known(files, managers)));
    return managers;
  }

  /** Where authorities are, beside those of the JDK. */
  private static List<Path> files(WebSettings settings) {
    List<Path> files = new ArrayList<>();
    if (Files.isReadable(SYSTEM)) {
      files.add(SYSTEM);
    }
    Map<String, String> environment = settings.environment();
    for (String variable : VARIABLES) {
      Path file = Path.of(environment.getOrDefault(variable, ""));
      if (!file.toString().isEmpty() && Files.isReadable(file)) {
        files.add(file);
      }
    }
    for (Path file : settings.authorities()) {
      if (Files.isReadable(file)) {
        files.add(file);
      } else {
        LOG.log(Level.WARNING, "no-authorities file={0}", file);
      }
    }
    return files;
  }

  private static List<X509Certificate> ofJdk() throws GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init((KeyStore) null);
    List<X509Certificate> all = new ArrayList<>();
    for (TrustManager manager : factory.getTrustManagers()) {
      if (manager instanceof X509TrustManager known) {
        all.addAll(List.of(known.getAcceptedIssuers()));
      }
    }
    return all;
  }

  private static KeyManager keys(ClientCertificate shown)
      throws IOException, GeneralSecurityException {
    List<X509Certificate> chain = PemFile.read(shown.certificate()).certificates();
    if (chain.isEmpty()) {
      throw new IOException(shown.certificate() + " has no certificate");
    }
    KeyStore store = emptyStore();
    store.setKeyEntry(
        "client",
        PemFile.read(shown.privateKey()).privateKey(),
        NO_PASSWORD,
        chain.toArray(Certificate[]::new));
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, NO_PASSWORD);
    for (KeyManager manager : factory.getKeyManagers()) {
      if (manager instanceof X509ExtendedKeyManager known) {
        return new FaithfulKeys(known, shown.server());
      }
    }
    throw new IOException("no key manager in this JDK");
  }

  private static KeyStore emptyStore() throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, NO_PASSWORD);
    return store;
  }
}
