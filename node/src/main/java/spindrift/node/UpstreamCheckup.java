package spindrift.node;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import spindrift.base.Bytes;
import spindrift.base.ConfigException;
import spindrift.base.FaultException;
import spindrift.nix.CacheInfo;
import spindrift.nix.StoreDir;
import spindrift.upstream.BusyException;
import spindrift.upstream.Upstream;

/**
 * Whether caches by others answer, are for this store, and agree on the time: asked as the node
 * asks them, with its logins and through its proxies.
 *
 * @param distrusted names of those that gave the running node wrong NARs lately
 */
record UpstreamCheckup(UpstreamSettings upstreams, Set<String> distrusted) implements Checkup {
  private static final String ABOUT = "upstream";
  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final Duration SLOW = Duration.ofSeconds(2);

  /** Beyond this, certificates and signatures of times begin to fail. */
  private static final Duration MAX_SKEW = Duration.ofMinutes(5);

  @Override
  public void run(Consumer<Finding> findings) {
    for (UpstreamSettings.Listed one : upstreams.listed()) {
      // Each alone: a file that one of them needs is no reason not to look at the others.
      try (OtherCaches opened = OtherCaches.open(upstreams.only(one), StoreDir.DEFAULT)) {
        opened.upstreams().forEach(upstream -> check(upstream, findings));
      } catch (ConfigException | IOException e) {
        findings.accept(
            Finding.problem(ABOUT, String.valueOf(e.getMessage()), "the node will not start so"));
      }
    }
  }

  private void check(Upstream upstream, Consumer<Finding> findings) {
    String name = upstream.name();
    if (distrusted.contains(name)) {
      findings.accept(
          Finding.warning(
              ABOUT,
              name + " gave a wrong NAR lately; the node asks it after all others for an hour",
              "'spindrift why PATH' says of which path; tell its owner, or take it from the list"));
    }
    long begun = System.nanoTime();
    try {
      Optional<Bytes> info = upstream.document("nix-cache-info", CacheInfo.MAX_SIZE, TIMEOUT);
      Duration took = Duration.ofNanos(System.nanoTime() - begun);
      findings.accept(
          info.isPresent()
              ? judged(name, info.get(), took)
              : Finding.warning(
                  ABOUT,
                  name + " has no nix-cache-info, or gives it to nobody",
                  "is the URL right?"));
      upstream
          .clockAhead()
          .filter(ahead -> ahead.abs().compareTo(MAX_SKEW) > 0)
          .ifPresent(ahead -> findings.accept(clock(name, ahead.abs())));
    } catch (BusyException e) {
      findings.accept(
          Finding.warning(ABOUT, name + " wants to be left alone", "the node does so for a while"));
    } catch (IOException e) {
      findings.accept(
          Finding.warning(
              ABOUT,
              name + " cannot be asked: " + WebProbe.why(e),
              "the node goes on without it; is the network up, is the URL right?"));
    } catch (FaultException e) {
      findings.accept(
          Finding.problem(ABOUT, name + ": " + e.getMessage(), "is it a binary cache?"));
    }
  }

  private static Finding judged(String name, Bytes info, Duration took) throws FaultException {
    Optional<StoreDir> store = CacheInfo.parse(info).store();
    if (store.isPresent() && !store.get().equals(StoreDir.DEFAULT)) {
      return Finding.problem(
          ABOUT, name + " is for the store " + store.get(), "take it from the list");
    }
    long millis = took.toMillis();
    return took.compareTo(SLOW) > 0
        ? Finding.warning(ABOUT, name + " takes " + millis + " ms to answer", "prefer others to it")
        : Finding.ok(ABOUT, name + " answers in " + millis + " ms");
  }

  private static Finding clock(String name, Duration off) {
    return Finding.problem(
        "clock",
        "the clock here is " + off.toMinutes() + " minutes from that of " + name,
        "set the clock: timedatectl set-ntp true");
  }
}
