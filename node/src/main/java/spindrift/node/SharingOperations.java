package spindrift.node;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import spindrift.base.AbsentException;
import spindrift.base.FaultException;
import spindrift.base.JsonObject;
import spindrift.nix.NarInfo;
import spindrift.nix.StorePath;

/** What peers may have, as commands change it. Safe for use by several threads. */
final class SharingOperations {
  private final DataDirectory data;
  private final Optional<PeerNetwork> network;

  /**
   * @param network whose peers may wait for what is shared; empty where there is none
   */
  SharingOperations(DataDirectory data, Optional<PeerNetwork> network) {
    this.data = data;
    this.network = network;
  }

  /** Makes the paths public, with {@code closure} all that they refer to as well. */
  JsonObject share(List<StorePath> paths, JsonObject arguments) throws IOException, FaultException {
    Collection<StorePath> chosen = chosen(paths, arguments);
    data.sharing().share(chosen);
    if (network.isPresent()) {
      network.get().answers().shared(chosen);
    }
    return JsonObject.of("shared", chosen.size());
  }

  /** Makes the paths private, with {@code closure} all that they refer to as well. */
  JsonObject unshare(List<StorePath> paths, JsonObject arguments)
      throws IOException, FaultException {
    Collection<StorePath> chosen = chosen(paths, arguments);
    data.sharing().unshare(chosen);
    return JsonObject.of("unshared", chosen.size());
  }

  private Collection<StorePath> chosen(List<StorePath> paths, JsonObject arguments)
      throws IOException, FaultException {
    boolean closure = arguments.find("closure").isPresent() && arguments.truth("closure");
    return closure ? closure(paths) : paths;
  }

  /** The paths and all that they refer to, which must be here. */
  private Set<StorePath> closure(List<StorePath> roots) throws IOException, FaultException {
    Set<StorePath> closure = new LinkedHashSet<>(roots);
    Deque<StorePath> open = new ArrayDeque<>(closure);
    while (!open.isEmpty()) {
      StorePath path = open.pop();
      NarInfo info =
          data.cache()
              .narInfo(path.hashPart())
              .orElseThrow(
                  () ->
                      new AbsentException(
                          path.in(data.storeDir())
                              + " is not here, so what it refers to is not known"));
      for (StorePath reference : info.references()) {
        if (closure.add(reference)) {
          open.push(reference);
        }
      }
    }
    return closure;
  }
}
