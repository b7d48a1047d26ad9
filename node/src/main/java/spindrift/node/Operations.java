package spindrift.node;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import spindrift.base.AbsentException;
import spindrift.base.ByteSource;
import spindrift.base.ConfigException;
import spindrift.base.FaultException;
import spindrift.base.Json;
import spindrift.base.JsonObject;
import spindrift.base.JsonValue;
import spindrift.base.MalformedDataException;
import spindrift.blocks.StoreStats;
import spindrift.catalog.Catalog;
import spindrift.catalog.CatalogRecord;
import spindrift.catalog.CatalogRecord.Pin;
import spindrift.nix.NarInfo;
import spindrift.p2p.Multiaddr;
import spindrift.p2p.PeerId;
import spindrift.substitute.History;
import spindrift.substitute.LookupReport;
import spindrift.substitute.Substituter;
import spindrift.substitute.Transfer;

/**
 * What commands ask of a node, the same whether it runs or its data directory was opened for the
 * command. Arguments and answers are JSON. Safe for use by several threads.
 */
public final class Operations {
  private static final System.Logger LOG = System.getLogger(Operations.class.getName());

  /** The command whose result is followed by a NAR. */
  public static final String NAR = "nar";

  /** The command whose result is followed by frames with a NAR from wherever it can be had. */
  public static final String DELIVER = "deliver";

  /**
   * The argument of {@link #DELIVER} that is true where the client hashes what he gets, and reads
   * ranges of files.
   */
  public static final String UNCHECKED = "unchecked";

  /** The argument of {@code narinfos} that is true where no NARs are to be fetched ahead. */
  public static final String ALONE = "alone";

  private final DataDirectory data;
  private final OptionalLong quota;
  private final Optional<Running> running;
  private final CatalogOperations catalog;
  private final SharingOperations sharing;
  private final WhyOperations why;

  /** What only a node that runs knows and does. */
  interface Running {
    JsonObject describe();

    /** Transfers under way and ended lately. */
    List<Transfer> transfers();

    /** Empty where peer-to-peer is off. */
    Optional<PeerNetwork> network();

    /** What happened to paths lately. */
    History history();

    /** Empty where there is nobody to ask. */
    Optional<LookUp> lookUp();

    /** What those ask who mount the store; empty where nobody can. */
    Optional<MountService> mounts();

    /** All that the node can get. */
    Substituter substituter();
  }

  /** Asks all sources for a path at once, whatever is remembered of it. */
  @FunctionalInterface
  interface LookUp {
    LookupReport lookUp(String hashPart) throws IOException, FaultException, InterruptedException;
  }

  /** On a data directory that no node runs on. */
  public Operations(DataDirectory data, OptionalLong quota) {
    this(data, quota, Optional.empty());
  }

  Operations(DataDirectory data, OptionalLong quota, Optional<Running> running) {
    this.data = data;
    this.quota = quota;
    this.running = running;
    this.catalog = new CatalogOperations(data, quota);
    this.sharing = new SharingOperations(data, running.flatMap(Running::network));
    this.why = new WhyOperations(data, running);
  }

  /**
   * Runs a command.
   *
   * @throws AbsentException when a path that it names is not here
   * @throws ConfigException when there is no such command or an argument is wrong
   */
  public JsonObject run(String command, JsonObject arguments, Reporter reporter)
      throws IOException, FaultException, InterruptedException {
    return switch (command) {
      case "add" -> catalog.add(arguments, reporter);
      case "add-file" -> new SourceOperations(data, cacheUrl()).add(arguments, reporter);
      case "narinfos" -> delivery().narInfos(arguments, reporter);
      case "info" -> info(arguments, reporter);
      case "why" -> why.why(arguments, reporter);
      case "ls" -> catalog.list(arguments, reporter);
      case "pin" -> catalog.pin(arguments, Pin.PINNED);
      case "unpin" -> catalog.pin(arguments, Pin.UNPINNED);
      case "gc" -> catalog.collect(arguments);
      case "verify" -> catalog.verify(arguments, reporter);
      case "status" -> status();
      case "share" ->
          sharing.share(StorePathArgument.storePaths(data.storeDir(), arguments), arguments);
      case "unshare" ->
          sharing.unshare(StorePathArgument.storePaths(data.storeDir(), arguments), arguments);
      case "id" -> identity();
      case "peers" -> network().operations().list(reporter);
      case "peer-connect" -> network().operations().connect(arguments);
      case "peer-disconnect" -> network().operations().disconnect(arguments);
      case "peer-ban" -> network().operations().ban(arguments);
      default -> throw new ConfigException("command", command, "unknown to this node");
    };
  }

  /** A store object's NAR and what is known of it. */
  public record Nar(JsonObject description, ByteSource bytes, Form form) {
    Nar(JsonObject description, ByteSource bytes) {
      this(description, bytes, Form.BYTES);
    }

    /** What it is sent as. */
    public enum Form {
      BYTES,
      /** Bytes, and ranges of files of this machine in place of them. */
      RANGES
    }
  }

  /** The NAR of the one path in {@code path}; see {@link #NAR}. */
  public Nar nar(JsonObject arguments) throws IOException, FaultException {
    String hashPart = StorePathArgument.hashPart(data.storeDir(), arguments.text("path"));
    NarInfo info =
        data.cache()
            .narInfo(hashPart)
            .orElseThrow(() -> new AbsentException(hashPart + " is not here"));
    ByteSource bytes =
        data.cache()
            .nar(info.narHash(), Optional.of(hashPart))
            .orElseThrow(() -> new AbsentException("the NAR of " + info.path() + " is not here"));
    JsonObject description =
        JsonObject.of(
            "path", info.path().in(data.storeDir()),
            "narHash", info.narHash().toString(),
            "narSize", bytes.size());
    return new Nar(description, bytes);
  }

  /** What those ask who mount the store. */
  MountService mounts() throws ConfigException {
    return running.flatMap(Running::mounts).orElseThrow(this::noNode);
  }

  private ConfigException noNode() {
    return new ConfigException("no node runs on " + data.path() + "; 'spindrift up' starts one");
  }

  private DeliveryOperations delivery() {
    return new DeliveryOperations(
        data,
        running.map(Running::substituter).orElseGet(() -> Substituter.local(data.cache())),
        running.flatMap(Running::lookUp));
  }

  /** The NAR of the one path in {@code path}, wherever it is; see {@link #DELIVER}. */
  public Nar delivery(JsonObject arguments) throws IOException, FaultException {
    return delivery().nar(arguments);
  }

  /** What is to be said behind a NAR that was delivered. */
  public JsonObject delivered(Nar nar) throws MalformedDataException {
    return delivery().delivered(nar);
  }

  private JsonObject info(JsonObject arguments, Reporter reporter)
      throws IOException, FaultException {
    int found = 0;
    List<String> absent = new ArrayList<>();
    for (JsonValue argument : arguments.items("paths")) {
      String text = Json.asText(argument);
      String hashPart = StorePathArgument.hashPart(data.storeDir(), text);
      Optional<CatalogRecord> record = data.catalog().find(hashPart);
      Optional<NarInfo> info = data.cache().narInfo(hashPart);
      if (record.isEmpty() && info.isEmpty()) {
        Optional<MountRecords.Elsewhere> elsewhere = elsewhere(hashPart);
        if (elsewhere.isEmpty()) {
          absent.add(text);
        } else {
          reporter.item(Descriptions.of(elsewhere.get(), data.storeDir()));
          found++;
        }
        continue;
      }
      NarInfo known = info.orElseGet(() -> record.orElseThrow().narInfo());
      reporter.item(
          Descriptions.of(known, record, data.sharing().ground(known), data.storeDir())
              .with("trust", TrustDescriptions.of(data, known)));
      found++;
    }
    if (!absent.isEmpty()) {
      throw new AbsentException(String.join(", ", absent) + ": not here");
    }
    return JsonObject.of("found", found);
  }

  /** A look-up that fails says nothing of the other paths: nobody is found then. */
  private Optional<MountRecords.Elsewhere> elsewhere(String hashPart) {
    Optional<MountService> mounts = running.flatMap(Running::mounts);
    try {
      return mounts.isEmpty() ? Optional.empty() : mounts.get().records().elsewhere(hashPart);
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "not looked up hash={0} why={1}", hashPart, e.getMessage());
      return Optional.empty();
    }
  }

  private JsonObject status() throws IOException {
    Catalog.Totals totals = data.catalog().totals();
    StoreStats blocks = data.blocks().stats();
    return JsonObject.of(
        "data", data.path().toAbsolutePath().toString(),
        "store", data.store().map(store -> store.layout().realStoreDir().toString()),
        "records", totals.records(),
        "pinned", totals.pinned(),
        "narBytes", totals.narBytes(),
        "blocks", blocks.blocks(),
        "blockBytes", blocks.bytes(),
        "packs", blocks.packs(),
        "packBytes", blocks.packBytes(),
        "references", blocks.references(),
        "quota", quota,
        "node", running.map(Running::describe),
        "distrusted", running.map(node -> node.substituter().distrusted()),
        "transfers",
            running.map(
                node ->
                    node.transfers().stream()
                        .map(transfer -> Descriptions.of(transfer, data.storeDir()))
                        .toList()));
  }

  /** Where this node serves, or would by default. */
  private String cacheUrl() throws FaultException {
    String usual = "http://" + NodeConfig.DEFAULT_LISTEN;
    return running.isEmpty() ? usual : running.get().describe().optionalText("http").orElse(usual);
  }

  private JsonObject identity() throws IOException, FaultException {
    PeerId own = data.identity().peerId();
    List<Multiaddr> addresses =
        running.flatMap(Running::network).map(PeerNetwork::addresses).orElse(List.of());
    return JsonObject.of(
        "peer", own.toString(),
        "cid", own.toCid(),
        "addresses", addresses.stream().map(Multiaddr::toString).toList());
  }

  private PeerNetwork network() throws ConfigException {
    return running
        .orElseThrow(this::noNode)
        .network()
        .orElseThrow(
            () ->
                new ConfigException(
                    "this node runs without peers; start it without '--p2p-listen none'"));
  }
}
