package spindrift.node;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import spindrift.base.AbsentException;
import spindrift.base.ConfigException;
import spindrift.base.FaultException;
import spindrift.base.JsonObject;
import spindrift.blocks.DamagedBlock;
import spindrift.blocks.GcMode;
import spindrift.blocks.Verification;
import spindrift.catalog.CatalogRecord;
import spindrift.catalog.CatalogRecord.Pin;
import spindrift.catalog.Housekeeping;
import spindrift.catalog.Indexer;
import spindrift.nix.StorePath;
import spindrift.store.LocalStore;

/**
 * What is done to the records of a data directory: taken in, listed, pinned, collected, verified.
 * Arguments and answers as in {@link Operations#run}. Safe for use by several threads.
 */
final class CatalogOperations {
  private final DataDirectory data;
  private final OptionalLong quota;

  CatalogOperations(DataDirectory data, OptionalLong quota) {
    this.data = data;
    this.quota = quota;
  }

  JsonObject add(JsonObject arguments, Reporter reporter)
      throws IOException, FaultException, InterruptedException {
    LocalStore store =
        data.store()
            .orElseThrow(
                () ->
                    new ConfigException(
                        "there is no Nix store to add from; name one with --store"));
    Set<StorePath> paths =
        new LinkedHashSet<>(StorePathArgument.storePaths(data.storeDir(), arguments));
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

  JsonObject list(JsonObject arguments, Reporter reporter) throws IOException, FaultException {
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

  JsonObject pin(JsonObject arguments, Pin pin) throws IOException, FaultException {
    int changed = 0;
    List<String> absent = new ArrayList<>();
    for (StorePath path : StorePathArgument.storePaths(data.storeDir(), arguments)) {
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

  JsonObject collect(JsonObject arguments) throws IOException, FaultException {
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

  JsonObject verify(JsonObject arguments, Reporter reporter)
      throws IOException, FaultException, InterruptedException {
    boolean all = arguments.find("paths").isEmpty();
    List<CatalogRecord> chosen =
        all ? List.of() : records(StorePathArgument.storePaths(data.storeDir(), arguments));
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
}
