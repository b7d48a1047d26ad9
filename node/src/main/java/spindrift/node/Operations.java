package spindrift.node;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import spindrift.base.AbsentException;
import spindrift.base.ByteSource;
import spindrift.base.ConfigException;
import spindrift.base.FaultException;
import spindrift.base.Json;
import spindrift.base.JsonObject;
import spindrift.base.JsonValue;
import spindrift.base.MalformedDataException;
import spindrift.blocks.DamagedBlock;
import spindrift.blocks.GcMode;
import spindrift.blocks.StoreStats;
import spindrift.blocks.Verification;
import spindrift.catalog.Catalog;
import spindrift.catalog.CatalogRecord;
import spindrift.catalog.CatalogRecord.Pin;
import spindrift.catalog.Housekeeping;
import spindrift.catalog.Indexer;
import spindrift.nix.NarInfo;
import spindrift.nix.StorePath;
import spindrift.p2p.Multiaddr;
import spindrift.p2p.PeerId;
import spindrift.store.LocalStore;
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
   * The argument of {@code narinfos} and {@link #DELIVER} that is true where the client hashes what
   * he gets, and reads ranges of files.
   */
  public static final String UNCHECKED = "unchecked";

  private final DataDirectory data;
  private final OptionalLong quota;
  private final Optional<Running> running;
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
      case "add" -> add(arguments, reporter);
      case "add-file" -> new SourceOperations(data, cacheUrl()).add(arguments, reporter);
      case "narinfos" -> delivery().narInfos(arguments, reporter);
      case "info" -> info(arguments, reporter);
      case "why" -> why.why(arguments, reporter);
      case "ls" -> list(arguments, reporter);
      case "pin" -> pin(arguments, Pin.PINNED);
      case "unpin" -> pin(arguments, Pin.UNPINNED);
      case "gc" -> collect(arguments);
      case "verify" -> verify(arguments, reporter);
      case "status" -> status();
      case "share" -> sharing.share(paths(arguments), arguments);
      case "unshare" -> sharing.unshare(paths(arguments), arguments);
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

  private JsonObject add(JsonObject arguments, Reporter reporter)
      throws IOException, FaultException, InterruptedException {
    LocalStore store =
        data.store()
            .orElseThrow(
                () ->
                    new ConfigException(
                        "there is no Nix store to add from; name one with --store"));
    Set<StorePath> paths = new LinkedHashSet<>(paths(arguments));
    boolean closure = arguments.find("closure").isPresent() && arguments.truth("closure");
    if (closure) {
      paths = new LinkedHashSet<>(store.closure(paths));
    }
    Indexer indexer = new Indexer(data.catalog(), data.blocks(), store);
    Indexer.Outcome outcome = indexer.add(paths, reporter);
    outcome.added().forEach(path -> data.cache().forget(path.hashPart()));
    for (Indexer.Failure failure : outcome.failed()) {
      reporter.item(
          JsonObject.of(
              "path", failure.path().in(data.storeDir()),
              "problem", String.valueOf(failure.cause().getMessage())));
    }
    return JsonObject.of(
        "added", outcome.added().size(),
        "known", outcome.known().size(),
        "failed", outcome.failed().size(),
        "narBytes", outcome.narBytes());
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

  private JsonObject list(JsonObject arguments, Reporter reporter)
      throws IOException, FaultException {
    NamePattern pattern = new NamePattern(arguments.optionalText("pattern").orElse("*"));
    long records = 0;
    long narBytes = 0;
    for (CatalogRecord record : data.housekeeping().allRecords()) {
      if (pattern.matches(record.path())) {
        reporter.item(Descriptions.brief(record, data.storeDir()));
        records++;
        narBytes += record.narInfo().narSize();
      }
    }
    return JsonObject.of("records", records, "narBytes", narBytes);
  }

  private JsonObject pin(JsonObject arguments, Pin pin) throws IOException, FaultException {
    int changed = 0;
    List<String> absent = new ArrayList<>();
    for (StorePath path : paths(arguments)) {
      if (data.catalog().pin(path, pin)) {
        changed++;
      } else {
        absent.add(path.in(data.storeDir()));
      }
    }
    if (!absent.isEmpty()) {
      throw new AbsentException(
          String.join(", ", absent) + ": not in the catalog; 'spindrift add' takes it in");
    }
    return JsonObject.of(pin == Pin.PINNED ? "pinned" : "unpinned", changed);
  }

  private JsonObject collect(JsonObject arguments) throws IOException, FaultException {
    boolean dryRun = arguments.find("dryRun").isPresent() && arguments.truth("dryRun");
    boolean unpinned = arguments.find("unpinned").isPresent() && arguments.truth("unpinned");
    Housekeeping.Collected result =
        data.housekeeping()
            .collect(
                quota,
                unpinned ? Housekeeping.Scope.UNPINNED : Housekeeping.Scope.OVER_QUOTA,
                dryRun ? GcMode.DRY_RUN : GcMode.COLLECT);
    return JsonObject.of(
        "dryRun", dryRun,
        "recordsWithoutFiles", result.gone().size(),
        "recordsEvicted", result.evicted().size(),
        "blocksRemoved", result.blocks().removed(),
        "bytesRemoved", result.blocks().removedBytes(),
        "bytesFreed", result.blocks().freedBytes());
  }

  private JsonObject verify(JsonObject arguments, Reporter reporter)
      throws IOException, FaultException, InterruptedException {
    boolean all = arguments.find("paths").isEmpty();
    List<CatalogRecord> chosen = all ? List.of() : records(paths(arguments));
    long total =
        all
            ? data.catalog().totals().narBytes()
            : chosen.stream().mapToLong(record -> record.narInfo().narSize()).sum();
    long records = 0;
    long damaged = 0;
    long before = 0;
    Housekeeping housekeeping = data.housekeeping();
    for (CatalogRecord record : all ? housekeeping.allRecords() : chosen) {
      long start = before;
      Optional<Housekeeping.Damage> damage =
          housekeeping.verify(
              record, (done, size, what) -> reporter.report(start + done, total, what));
      if (damage.isPresent()) {
        damaged++;
        reporter.item(damage(record.path().in(data.storeDir()), damage.get().problem()));
      }
      records++;
      before += record.narInfo().narSize();
    }
    long blocks = 0;
    if (all) {
      Verification verification = housekeeping.verifyBlocks(reporter);
      blocks = verification.blocks();
      damaged += verification.damaged().size() + verification.missing();
      for (DamagedBlock block : verification.damaged()) {
        reporter.item(damage(block.cid().toString(), block.pack() + " at byte " + block.offset()));
      }
      if (verification.missing() > 0) {
        reporter.item(damage("blocks: " + verification.missing(), "in the index and in no pack"));
      }
    }
    return JsonObject.of("records", records, "blocks", blocks, "damaged", damaged);
  }

  private static JsonObject damage(String what, String problem) {
    return JsonObject.of("damaged", what, "problem", problem);
  }

  private List<CatalogRecord> records(List<StorePath> paths) throws IOException, FaultException {
    List<CatalogRecord> records = new ArrayList<>();
    for (StorePath path : paths) {
      records.add(
          data.catalog()
              .find(path)
              .orElseThrow(
                  () -> new AbsentException(path.in(data.storeDir()) + " is not in the catalog")));
    }
    return records;
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

  private List<StorePath> paths(JsonObject arguments) throws FaultException {
    List<StorePath> paths = new ArrayList<>();
    for (JsonValue argument : arguments.items("paths")) {
      paths.add(StorePathArgument.storePath(data.storeDir(), Json.asText(argument)));
    }
    return paths;
  }
}
