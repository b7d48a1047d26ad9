package spindrift.upstream;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A real nginx over a folder: plain, with TLS and HTTP/2, and with a client's certificate wanted.
 */
record Nginx(Process process, Path home, int plain, int tls, int strict) implements AutoCloseable {
  /** The user and the password of {@code /private}. */
  static final String LOGIN = "me:secret";

  static Optional<String> missing() {
    for (String program : new String[] {"nginx", "openssl"}) {
      if (!Files.isExecutable(Path.of("/usr/sbin", program))
          && !Files.isExecutable(Path.of("/usr/bin", program))) {
        return Optional.of("no " + program + ": run ./check as root");
      }
    }
    return Optional.empty();
  }

  static Nginx over(Path folder, Path home) throws IOException, InterruptedException {
    Files.createDirectories(home);
    makeCertificates(home);
    // The password as it is, which nginx takes in this form.
    Files.writeString(home.resolve("users"), "me:{PLAIN}secret\n");
    int plain = freePort();
    int tls = freePort();
    int strict = freePort();
    Files.writeString(home.resolve("nginx.conf"), configuration(folder, home, plain, tls, strict));
    Process process =
        new ProcessBuilder(
                "/usr/sbin/nginx", "-p", home.toString(), "-c", "nginx.conf", "-e", "error.log")
            .redirectErrorStream(true)
            .redirectOutput(home.resolve("out.log").toFile())
            .start();
    Nginx nginx = new Nginx(process, home, plain, tls, strict);
    nginx.awaitReady();
    return nginx;
  }

  private void awaitReady() throws IOException, InterruptedException {
    for (int tries = 0; tries < 100; tries++) {
      try (java.net.Socket _ = new java.net.Socket(InetAddress.ofLiteral("127.0.0.1"), strict)) {
        return;
      } catch (IOException e) {
        if (process.waitFor(50, TimeUnit.MILLISECONDS)) {
          break;
        }
      }
    }
    throw new IOException("nginx: " + Files.readString(home.resolve("out.log")));
  }

  Path authority() {
    return home.resolve("ca.pem");
  }

  @Override
  public void close() throws IOException {
    process.destroy();
    try {
      process.waitFor(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      return socket.getLocalPort();
    }
  }

  private static void makeCertificates(Path home) throws IOException, InterruptedException {
    String script =
        """
        set -e
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -keyout ca.key -out ca.pem \
          -subj /CN=test-ca -addext basicConstraints=critical,CA:TRUE
        for name in server client; do
          openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout $name.key -out $name.csr -subj /CN=$name
          echo subjectAltName=IP:127.0.0.1,DNS:localhost >$name.ext
          openssl x509 -req -in $name.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile $name.ext -out $name.pem
        done
        openssl ec -in client.key -out client-sec1.key
        openssl req -newkey rsa:2048 -nodes -keyout rsa.key -out rsa.csr -subj /CN=rsa
        openssl x509 -req -in rsa.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out rsa.pem
        openssl rsa -in rsa.key -traditional -out rsa1.key || openssl rsa -in rsa.key -out rsa1.key
        """;
    Process process =
        new ProcessBuilder("sh", "-c", script)
            .directory(home.toFile())
            .redirectErrorStream(true)
            .redirectOutput(home.resolve("openssl.log").toFile())
            .start();
    if (process.waitFor() != 0) {
      throw new IOException("openssl: " + Files.readString(home.resolve("openssl.log")));
    }
  }

  private static String configuration(Path folder, Path home, int plain, int tls, int strict) {
    return """
    daemon off;
    master_process off;
    pid HOME/pid;
    events {}
    http {
      access_log HOME/access.log;
      client_body_temp_path HOME/t1;
      proxy_temp_path HOME/t2;
      fastcgi_temp_path HOME/t3;
      uwsgi_temp_path HOME/t4;
      scgi_temp_path HOME/t5;
      root FOLDER;
      ssl_certificate HOME/server.pem;
      ssl_certificate_key HOME/server.key;
      server {
        listen 127.0.0.1:%d;
        location /private/ {
          alias FOLDER/;
          auth_basic "who";
          auth_basic_user_file HOME/users;
        }
      }
      server {
        listen 127.0.0.1:%d ssl http2;
      }
      server {
        listen 127.0.0.1:%d ssl http2;
        ssl_client_certificate HOME/ca.pem;
        ssl_verify_client on;
      }
    }
    """
        .formatted(plain, tls, strict)
        .replace("HOME", home.toString())
        .replace("FOLDER", folder.toString());
  }
}
