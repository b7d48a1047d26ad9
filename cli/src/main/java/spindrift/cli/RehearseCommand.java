package spindrift.cli;

import static java.lang.ProcessBuilder.Redirect.DISCARD;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import spindrift.base.Bytes;
import spindrift.base.ConfigException;
import spindrift.base.FaultException;
import spindrift.nix.FileMode;
import spindrift.nix.NarInfo;
import spindrift.nix.NarWriter;
import spindrift.nix.SecretKey;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;
import spindrift.node.Node;
import spindrift.node.NodeConfig;
import spindrift.node.PeerSettings;
import spindrift.node.UpstreamSettings;

/**
 * {@code spindrift rehearse}: a node that serves itself a little and ends, so that Java can record
 * which classes a start needs. What goes wrong here only makes later starts slower.
 */
@Command(
    name = "rehearse",
    hidden = true,
    description = {"Does a little of everything, for Java's ahead-of-time cache.", ""},
    footer = {"", "Example:", "  java -XX:AOTCacheOutput=FILE … spindrift.cli.Main rehearse"})
final class RehearseCommand extends TerminalCommand implements Callable<Integer> {
  private static final System.Logger LOG = System.getLogger(RehearseCommand.class.getName());
  private static final StorePath PATH =
      new StorePath("00000000000000000000000000000000", "rehearsal");
  private static final String NAR_INFO = "/" + PATH.hashPart() + ".narinfo";
  private static final Pattern URL = Pattern.compile("URL: (\\S+)");
  private static final Pattern CID = Pattern.compile("IpfsCid: (\\S+)");
  private static final int TIMEOUT_MILLIS = 1000;

  @Option(
      names = "--mount",
      description = "What a mount does, and nothing else: the less there is, the sooner it starts.")
  private boolean mount;

  RehearseCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  public Integer call() throws IOException {
    LogLines.warnTo(terminal().err());
    try (Scratch scratch = Scratch.beside(Path.of(System.getProperty("java.io.tmpdir"), "it"))) {
      if (mount) {
        rehearseMount(scratch.path());
      } else {
        rehearse(scratch.path());
      }
    } catch (Exception e) {
      LOG.log(System.Logger.Level.DEBUG, "rehearse failed", e);
    }
    return ExitCode.DONE;
  }

  /** A mount of a node in another process, of which this one is to know nothing. */
  static void rehearseMount(Path folder) throws Exception {
    Path data = folder.resolve("data");
    try (OtherNode node = OtherNode.start(data)) {
      serve(URI.create(node.url()), SecretKey.generate("rehearsal-1"));
      new RehearsedMount(folder.resolve("mount"), PATH.baseName(), "--data=" + data)
          .run(RehearseCommand::command);
    }
  }

  /** Everything once, in a folder that is empty. */
  static void rehearse(Path folder) throws Exception {
    Path data = folder.resolve("data");
    SecretKey key = SecretKey.generate("rehearsal-1");
    try (Node node = Node.start(config(data).withUploads(NodeConfig.Uploaders.ANYBODY))) {
      serve(URI.create(node.url()), key);
      String given = "--data=" + data;
      command("status", given);
      command("ls", given);
      command("info", given, PATH.hashPart());
      command("verify", given);
      command("get", given, PATH.hashPart(), "--to=" + folder.resolve("tree"));
      command("share", given, PATH.baseName());
      meet(node, folder.resolve("peer"), key);
      substitute(node, folder.resolve("client"), key);
      command("gc", given);
    }
    command("status", "--store=none", "--data=" + data);
    command("ls", "--store=none", "--json", "--data=" + data);
    command("--help");
    command("unknown");
  }

  private static NodeConfig config(Path data) throws ConfigException {
    return NodeConfig.defaults()
        .withListen("127.0.0.1:0")
        .withData(data)
        .withStore("none")
        .withP2pListen(List.of("/ip4/127.0.0.1/tcp/0"))
        .withDiscovery(PeerSettings.Discovery.OFF)
        .withMoreUpstreams(List.of(UpstreamSettings.NONE));
  }

  /** A third one has the first as an upstream, and the last has a closure. */
  private static void substitute(Node first, Path data, SecretKey key) throws Exception {
    RehearsedClosure closure = RehearsedClosure.signedBy(key);
    try (RehearsalCache empty = RehearsalCache.open(Map.of());
        RehearsalCache full = RehearsalCache.open(closure.files())) {
      NodeConfig config =
          config(data)
              .withMoreTrustedKeys(List.of(key.publicKey().render()))
              .withP2pListen(List.of(PeerSettings.NONE))
              .withMoreUpstreams(List.of(first.url(), empty.url(), full.url()));
      try (Node third = Node.start(config)) {
        fetch(URI.create(third.url()));
        closure.askFor(URI.create(third.url()));
        command("why", "--data=" + data, PATH.hashPart());
      }
    }
  }

  private static void fetch(URI url) throws IOException {
    Matcher nar = URL.matcher(exchange(url, "GET " + NAR_INFO, Bytes.EMPTY));
    if (nar.find()) {
      exchange(url, "GET /" + nar.group(1), Bytes.EMPTY);
    }
  }

  /** A second node gets from the first what it does not have. */
  private static void meet(Node first, Path data, SecretKey key) throws Exception {
    NodeConfig config = config(data).withMoreTrustedKeys(List.of(key.publicKey().render()));
    try (Node second = Node.start(config)) {
      URI url = URI.create(second.url());
      String given = "--data=" + data;
      command("peer", "connect", first.p2pAddress(), given);
      fetch(url);
      command("peers", given);
      command("status", given);
      realise(given, data.resolveSibling("store"));
    }
  }

  /** On a machine without Nix nobody will want that. */
  private static void realise(String given, Path store) throws Exception {
    Files.createDirectory(store);
    List<String> init = List.of("nix-store", "--store", store.toString(), "--init");
    Process process;
    try {
      process = new ProcessBuilder(init).redirectErrorStream(true).redirectOutput(DISCARD).start();
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "no Nix", e);
      return;
    }
    if (process.waitFor(TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)) {
      command("realise", "-r", given, "--store=" + store, PATH.in(StoreDir.DEFAULT));
    }
  }

  private static void serve(URI node, SecretKey key) throws IOException {
    Bytes nar = nar();
    NarInfo info = RehearsedClosure.narInfo(PATH, nar, List.of(), key);
    exchange(node, "GET /nix-cache-info", Bytes.EMPTY);
    exchange(node, "GET " + NAR_INFO, Bytes.EMPTY);
    exchange(node, "PUT /" + info.url(), nar);
    exchange(node, "PUT " + NAR_INFO, Bytes.utf8(info.render(StoreDir.DEFAULT)));
    String served = exchange(node, "GET " + NAR_INFO, Bytes.EMPTY);
    exchange(node, "HEAD " + NAR_INFO, Bytes.EMPTY);
    exchange(node, "GET /" + info.url(), Bytes.EMPTY);
    exchange(node, "GET /" + PATH.hashPart() + ".ls", Bytes.EMPTY);
    Matcher cid = CID.matcher(served);
    if (cid.find()) {
      exchange(node, "GET /ipfs/" + cid.group(1), Bytes.EMPTY);
    }
  }

  private static Bytes nar() throws IOException {
    ByteArrayOutputStream nar = new ByteArrayOutputStream();
    NarWriter writer = new NarWriter(nar);
    try {
      writer.startDirectory();
      writer.entry(Bytes.utf8("file"));
      writer.regular(FileMode.EXECUTABLE, 5, new ByteArrayInputStream(new byte[5]));
      writer.entry(Bytes.utf8("link"));
      writer.symlink(Bytes.utf8("file"));
      writer.endDirectory();
    } catch (FaultException e) {
      throw new IOException(e);
    }
    return Bytes.owning(nar.toByteArray());
  }

  /** One request on a connection of its own; returns head and body as text. */
  private static String exchange(URI node, String request, Bytes body) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(node.getHost(), node.getPort()), TIMEOUT_MILLIS);
      socket.setSoTimeout(TIMEOUT_MILLIS);
      String head =
          request
              + " HTTP/1.1\r\nHost: "
              + node.getAuthority()
              + "\r\nConnection: close\r\nContent-Length: "
              + body.size()
              + "\r\n\r\n";
      Bytes.utf8(head).concat(body).writeTo(socket.getOutputStream());
      try (InputStream in = socket.getInputStream()) {
        return new String(in.readAllBytes(), StandardCharsets.UTF_8);
      }
    }
  }

  /** Runs a command whose output nobody wants. */
  private static void command(String... arguments) {
    try (PrintStream nowhere =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8)) {
      Terminal silent =
          new Terminal(
              InputStream.nullInputStream(), nowhere, nowhere, Terminal.Screen.NONE, Map.of());
      int status = new Program(silent).run(arguments);
      LOG.log(System.Logger.Level.DEBUG, "rehearsed {0} status={1}", arguments[0], status);
    }
  }
}
