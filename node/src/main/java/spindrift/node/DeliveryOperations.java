package spindrift.node;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import spindrift.base.AbsentException;
import spindrift.base.ByteSource;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.Json;
import spindrift.base.JsonObject;
import spindrift.base.JsonValue;
import spindrift.base.MalformedDataException;
import spindrift.nix.NarInfo;
import spindrift.substitute.Substituter;
import spindrift.substitute.Transfer;

/** What a node gives to commands that write stores: narinfos and NARs, from wherever it can. */
final class DeliveryOperations {
  /** Ours: as many as Nix asks for. */
  private static final int AT_ONCE = 25;

  private final DataDirectory data;
  private final Substituter substituter;
  private final Optional<Operations.LookUp> lookUp;

  /**
   * @param lookUp empty where there is nobody to ask
   */
  DeliveryOperations(
      DataDirectory data, Substituter substituter, Optional<Operations.LookUp> lookUp) {
    this.data = data;
    this.substituter = substituter;
    this.lookUp = lookUp;
  }

  /** Gives an item with {@code hashPart} and {@code narInfo} for each path that somebody has. */
  JsonObject narInfos(JsonObject arguments, Reporter reporter)
      throws IOException, FaultException, InterruptedException {
    boolean isAlone = isSet(arguments, Operations.ALONE);
    List<Future<Boolean>> asked = new ArrayList<>();
    Semaphore places = new Semaphore(AT_ONCE);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (JsonValue argument : arguments.items("paths")) {
        String hashPart = StorePathArgument.hashPart(data.storeDir(), Json.asText(argument));
        places.acquire();
        Callable<Boolean> task =
            () -> {
              try {
                return tell(hashPart, isAlone, reporter);
              } finally {
                places.release();
              }
            };
        asked.add(threads.submit(task));
      }
      int found = 0;
      for (Future<Boolean> one : asked) {
        found += result(one) ? 1 : 0;
      }
      return JsonObject.of("found", found);
    }
  }

  private boolean tell(String hashPart, boolean isAlone, Reporter reporter)
      throws IOException, FaultException, InterruptedException {
    Optional<Bytes> text = text(hashPart, isAlone);
    if (text.isEmpty() && lookUp.isPresent()) {
      // Asked anew: on a busy machine the first answers may come too late.
      lookUp.get().lookUp(hashPart);
      text = text(hashPart, isAlone);
    }
    text.ifPresent(
        found -> reporter.item(JsonObject.of("hashPart", hashPart, "narInfo", found.display())));
    return text.isPresent();
  }

  private Optional<Bytes> text(String hashPart, boolean isAlone)
      throws IOException, FaultException {
    return isAlone ? substituter.narInfoTextAlone(hashPart) : substituter.narInfoText(hashPart);
  }

  private static boolean isSet(JsonObject arguments, String name) throws MalformedDataException {
    return arguments.find(name).isPresent() && arguments.truth(name);
  }

  private static boolean result(Future<Boolean> asked)
      throws IOException, FaultException, InterruptedException {
    try {
      return asked.get();
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException cause -> throw cause;
        case FaultException cause -> throw cause;
        case InterruptedException cause -> throw cause;
        case null, default -> throw new IllegalStateException(e);
      }
    }
  }

  /** The NAR of the one path in {@code path}. */
  Operations.Nar nar(JsonObject arguments) throws IOException, FaultException {
    String hashPart = StorePathArgument.hashPart(data.storeDir(), arguments.text("path"));
    boolean isUnchecked = isSet(arguments, Operations.UNCHECKED);
    NarInfo info =
        NarInfo.parse(
            data.storeDir(),
            text(hashPart, isUnchecked)
                .orElseThrow(() -> new AbsentException("nobody has " + hashPart)));
    ByteSource bytes =
        (isUnchecked
                ? substituter.uncheckedNar(info.narHash(), hashPart)
                : substituter.nar(info.narHash(), Optional.of(hashPart)))
            .orElseThrow(() -> new AbsentException("nobody has the NAR of " + info.path()));
    JsonObject description =
        JsonObject.of(
            "path", info.path().in(data.storeDir()),
            "narHash", info.narHash().toString(),
            "narSize", bytes.size());
    return new Operations.Nar(
        description, bytes, isUnchecked ? Operations.Nar.Form.RANGES : Operations.Nar.Form.BYTES);
  }

  /** Of a NAR that was just delivered, the bytes that did not come over the network. */
  JsonObject delivered(Operations.Nar nar) throws MalformedDataException {
    String path = nar.description().optionalText("path").orElse("");
    return substituter.transfers().stream()
        .filter(transfer -> transfer.path().in(data.storeDir()).equals(path))
        .findFirst()
        .map(Transfer::localBytes)
        .map(bytes -> JsonObject.of("localBytes", bytes))
        .orElseGet(() -> JsonObject.of("localBytes", nar.bytes().size()));
  }
}
