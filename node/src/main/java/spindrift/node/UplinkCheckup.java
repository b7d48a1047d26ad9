package spindrift.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Whether there is a way out of the local network.
 *
 * @param interfaces the folder in which Linux tells of each whether it has a carrier
 */
record UplinkCheckup(DefaultRoutes routes, Path interfaces) implements Checkup {
  static final UplinkCheckup OF_LINUX =
      new UplinkCheckup(DefaultRoutes.OF_LINUX, Path.of("/sys/class/net"));

  private static final String ABOUT = "uplink";

  @Override
  public void run(Consumer<Finding> findings) {
    if (!routes.areKnown()) {
      return;
    }
    Set<String> names =
        routes.read().stream().map(route -> route.split(" ", 3)[1]).collect(Collectors.toSet());
    Set<String> dead = names.stream().filter(this::isWithoutCarrier).collect(Collectors.toSet());
    if (names.isEmpty()) {
      findings.accept(
          Finding.warning(
              ABOUT,
              "no route leads out of the local network",
              "'ip route' should show a default; until then paths come from here and from peers"));
    } else if (names.equals(dead)) {
      findings.accept(
          Finding.warning(
              ABOUT,
              "the way out is " + String.join(", ", dead) + ", which has no carrier",
              "is the cable in, is the wireless network joined? 'ip link' shows it"));
    } else {
      names.removeAll(dead);
      findings.accept(Finding.ok(ABOUT, "the way out is " + String.join(", ", names)));
    }
  }

  private boolean isWithoutCarrier(String name) {
    try {
      return Files.readString(interfaces.resolve(name).resolve("carrier")).strip().equals("0");
    } catch (IOException e) {
      return false; // it does not say
    }
  }
}
