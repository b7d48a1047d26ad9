package spindrift.mount;

import java.io.IOException;
import java.util.Optional;
import spindrift.base.FaultException;
import spindrift.fuse.FileTree;

/**
 * The store as a file system, before it is mounted: the tree to show, and what is behind it.
 * Whoever opens it closes it, after the tree was unmounted.
 */
public final class StoreMount implements AutoCloseable {
  private final Depot depot;
  private final Recorder recorder;
  private final OpenFiles files = new OpenFiles();
  private final Blocks blocks;
  private final TopLevel top;
  private final Paths paths;
  private final StoreTree tree;
  private final Optional<WarmUp> warmUp;

  private StoreMount(
      Depot depot,
      MountSettings settings,
      TopLevel top,
      Recorder recorder,
      Optional<WarmUp.Lines> warm) {
    this.depot = depot;
    this.recorder = recorder;
    this.top = top;
    this.blocks = new Blocks(depot, settings.patience(), recorder);
    this.paths = new Paths(depot, blocks, files, settings.demand());
    this.tree = new StoreTree(paths, new FileContents(blocks, files), top, depot, settings);
    this.warmUp = warm.map(lines -> new WarmUp(lines, paths, blocks));
  }

  /**
   * Opens what settings say. No path's tree is fetched before it is looked at, but what was
   * recorded is from now on.
   *
   * @param depot is closed with this
   * @throws spindrift.base.AbsentException when a root is nowhere
   */
  public static StoreMount open(Depot depot, MountSettings settings)
      throws IOException, FaultException {
    TopLevel top = new TopLevel();
    if (!settings.roots().isEmpty()) {
      top.add(depot.closure(settings.roots()));
    }
    Optional<WarmUp.Lines> warm =
        settings.warm().isPresent()
            ? Optional.of(WarmUp.read(settings.warm().get()))
            : Optional.empty();
    Recorder recorder =
        settings.record().isPresent() ? Recorder.to(settings.record().get()) : Recorder.none();
    StoreMount opened = new StoreMount(depot, settings, top, recorder, warm);
    opened.warmUp.ifPresent(WarmUp::start);
    return opened;
  }

  /** What to mount. */
  public FileTree tree() {
    return tree;
  }

  /** How many paths the top directory shows so far. */
  public int paths() {
    return top.size();
  }

  /** Bytes that came from the node so far. */
  public long fetchedBytes() {
    return blocks.fetchedBytes();
  }

  @Override
  public void close() throws IOException {
    warmUp.ifPresent(WarmUp::close);
    depot.close();
    files.close();
    recorder.close();
  }
}
