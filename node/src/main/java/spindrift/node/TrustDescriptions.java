package spindrift.node;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import spindrift.base.FaultException;
import spindrift.base.JsonObject;
import spindrift.catalog.Testimony;
import spindrift.catalog.TrustPolicy;
import spindrift.catalog.Verdict;
import spindrift.nix.NarInfo;

/** What the trust gate says of objects that are here, as commands show it. */
final class TrustDescriptions {
  private static final String STORE = "in the store of this machine";
  private static final String KEPT = "kept by this node";

  private TrustDescriptions() {}

  /** Where an object is. */
  static String place(DataDirectory data, NarInfo info) throws IOException, FaultException {
    return isInStore(data, info) ? STORE : KEPT;
  }

  /** {@code {"verdict": …, "reasons": […]}}. */
  static JsonObject of(DataDirectory data, NarInfo info) throws IOException, FaultException {
    String source = isInStore(data, info) ? TrustPolicy.LOCAL : KEPT;
    Verdict verdict = data.trust().judge(List.of(new Testimony(source, info)));
    return JsonObject.of("verdict", word(verdict), "reasons", verdict.reasons());
  }

  private static boolean isInStore(DataDirectory data, NarInfo info)
      throws IOException, FaultException {
    return data.store().isPresent() && data.store().get().pathInfo(info.path()).isPresent();
  }

  private static String word(Verdict verdict) {
    return verdict.getClass().getSimpleName().toLowerCase(Locale.ROOT);
  }
}
