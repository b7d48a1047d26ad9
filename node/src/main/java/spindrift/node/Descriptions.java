package spindrift.node;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import spindrift.base.JsonObject;
import spindrift.catalog.CatalogRecord;
import spindrift.catalog.Sharing;
import spindrift.ipld.Cid;
import spindrift.nix.NarInfo;
import spindrift.nix.Signature;
import spindrift.nix.StoreDir;
import spindrift.substitute.PathSources;
import spindrift.substitute.Transfer;

/** Records as commands show them. */
final class Descriptions {
  private Descriptions() {}

  /** All that is known of a store object. */
  static JsonObject of(
      NarInfo info, Optional<CatalogRecord> record, Sharing.Ground ground, StoreDir store) {
    return builder(info, store)
        .put("public", isPublic(ground))
        .put("publicBecause", because(ground))
        .put("narCid", record.map(known -> known.narView().toString()))
        .put("treeCid", record.map(known -> known.treeView().toString()))
        // A record is made when its NAR was hashed.
        .put("view", record.map(known -> "proved"))
        .put(
            "origin",
            record
                .map(known -> known.origin().name().toLowerCase(Locale.ROOT))
                .orElse("store, not indexed"))
        .put("pinned", record.map(known -> known.pin() == CatalogRecord.Pin.PINNED))
        .put("added", record.map(known -> known.added().toString()))
        .put("used", record.map(known -> known.used().toString()))
        .build();
  }

  /** What is known of a store object that is not here. */
  static JsonObject of(MountRecords.Elsewhere elsewhere, StoreDir store) {
    Optional<PathSources.Offered> view = elsewhere.view();
    return builder(elsewhere.info(), store)
        .put("narCid", view.map(offered -> offered.nar().toString()))
        .put("treeCid", view.flatMap(PathSources.Offered::tree).map(Cid::toString))
        .put("view", view.map(offered -> offered.isProved() ? "proved" : "claimed"))
        .put("viewBy", view.map(PathSources.Offered::offeredBy))
        .put("origin", "elsewhere")
        .build();
  }

  private static JsonObject.Builder builder(NarInfo info, StoreDir store) {
    return JsonObject.builder()
        .put("path", info.path().in(store))
        .put("narHash", info.narHash().toString())
        .put("narSize", info.narSize())
        .put("references", info.references().stream().map(path -> path.in(store)).toList())
        .put("deriver", info.deriver().map(path -> path.in(store)))
        .put("contentAddress", info.ca().map(ca -> ca.render()))
        .put("signatures", info.signatureLines())
        .put("signers", info.signatures().stream().map(Signature::keyName).toList());
  }

  private static boolean isPublic(Sharing.Ground ground) {
    return switch (ground) {
      case Sharing.Ground.Signed _, Sharing.Ground.Shared _ -> true;
      case Sharing.Ground.Unsigned _, Sharing.Ground.Unshared _ -> false;
    };
  }

  private static String because(Sharing.Ground ground) {
    return switch (ground) {
      case Sharing.Ground.Signed signed -> "signed by " + signed.keyName();
      case Sharing.Ground.Shared _ -> "shared by 'spindrift share'";
      case Sharing.Ground.Unsigned _ -> "signed by none of share.keys; 'spindrift share' shares it";
      case Sharing.Ground.Unshared _ -> "'spindrift unshare' took it back";
    };
  }

  /** A NAR on its way. */
  static JsonObject of(Transfer transfer, StoreDir store) {
    return JsonObject.of(
        "path", transfer.path().in(store),
        "state", transfer.state().name().toLowerCase(Locale.ROOT),
        "started", transfer.started().toString(),
        "narBytes", transfer.narBytes(),
        "doneBytes", transfer.doneBytes(),
        "localBytes", transfer.localBytes(),
        "bytesPerSecond", transfer.bytesPerSecond(),
        "sources", transfer.sources().stream().map(Descriptions::of).toList(),
        "failOvers", transfer.failOvers(),
        "reasons", transfer.reasons());
  }

  private static JsonObject of(Transfer.Source source) {
    return JsonObject.of(
        "name", source.name(),
        "bytes", source.bytes(),
        "bytesPerSecond", source.bytesPerSecond());
  }

  /** A line of a list. */
  static JsonObject brief(CatalogRecord record, StoreDir store) {
    return JsonObject.of(
        "path", record.path().in(store),
        "narSize", record.narInfo().narSize(),
        "narCid", record.narView().toString(),
        "origin", record.origin().name().toLowerCase(Locale.ROOT),
        "pinned", record.pin() == CatalogRecord.Pin.PINNED,
        "signers",
            List.copyOf(record.narInfo().signatures().stream().map(Signature::keyName).toList()));
  }
}
