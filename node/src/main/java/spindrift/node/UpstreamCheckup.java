package spindrift.node;

import java.io.IOException;
import java.net.URI;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import spindrift.base.FaultException;
import spindrift.nix.CacheInfo;
import spindrift.nix.StoreDir;

/** Whether caches by others answer, are for this store, and agree on the time. */
record UpstreamCheckup(List<URI> upstreams, WebProbe web) implements Checkup {
  private static final Duration SLOW = Duration.ofSeconds(2);

  /** Beyond this, certificates and signatures of times begin to fail. */
  private static final Duration MAX_SKEW = Duration.ofMinutes(5);

  @Override
  public void run(Consumer<Finding> findings) {
    for (URI upstream : upstreams) {
      check(upstream, findings);
    }
  }

  private void check(URI upstream, Consumer<Finding> findings) {
    String name = withoutCredentials(upstream);
    try {
      WebProbe.Answer answer =
          web.get(upstream.toString().replaceFirst("/+$", "") + "/nix-cache-info");
      findings.accept(judged(name, answer));
      answer.date().flatMap(date -> clock(name, date)).ifPresent(findings);
    } catch (IOException e) {
      findings.accept(
          Finding.warning(
              "upstream",
              name + " cannot be reached: " + WebProbe.why(e),
              "the node goes on without it; is the network up, is the URL right?"));
    }
  }

  private static Finding judged(String name, WebProbe.Answer answer) {
    if (answer.status() != 200) {
      return Finding.warning(
          "upstream",
          name + " answers with status " + answer.status(),
          answer.status() == 401 || answer.status() == 403
              ? "it wants credentials: put them into the netrc file"
              : "is it a binary cache?");
    }
    try {
      Optional<StoreDir> store = CacheInfo.parse(answer.body()).store();
      if (store.isPresent() && !store.get().equals(StoreDir.DEFAULT)) {
        return Finding.problem(
            "upstream", name + " is for the store " + store.get(), "take it from the list");
      }
    } catch (FaultException e) {
      return Finding.problem(
          "upstream", name + " does not look like a binary cache", "is the URL right?");
    }
    long millis = answer.took().toMillis();
    return answer.took().compareTo(SLOW) > 0
        ? Finding.warning(
            "upstream", name + " takes " + millis + " ms to answer", "prefer others to it")
        : Finding.ok("upstream", name + " answers in " + millis + " ms");
  }

  private static Optional<Finding> clock(String name, String date) {
    try {
      Instant theirs = ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      Duration off = Duration.between(theirs, Instant.now()).abs();
      return off.compareTo(MAX_SKEW) < 0
          ? Optional.empty()
          : Optional.of(
              Finding.problem(
                  "clock",
                  "the clock here is " + off.toMinutes() + " minutes from that of " + name,
                  "set the clock: timedatectl set-ntp true"));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  private static String withoutCredentials(URI uri) {
    return uri.getRawUserInfo() == null
        ? uri.toString()
        : uri.toString().replace(uri.getRawUserInfo() + "@", "");
  }
}
