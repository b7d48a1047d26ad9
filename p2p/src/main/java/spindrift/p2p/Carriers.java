package spindrift.p2p;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How often the cables of this machine's network cards were plugged in, as Linux counts it. A card
 * whose cable is pulled and plugged into another network has the same addresses before and after
 * when that goes quickly; but not the same count.
 *
 * @param cards the folder with one for each card
 */
public record Carriers(Path cards) {
  public static final Carriers OF_LINUX = new Carriers(Path.of("/sys/class/net"));

  /** Since the card came; 0 on systems that do not count. */
  public long plugged(String card) {
    try {
      return Long.parseLong(
          Files.readString(cards.resolve(card).resolve("carrier_up_count")).strip());
    } catch (IOException | NumberFormatException e) {
      return 0;
    }
  }
}
