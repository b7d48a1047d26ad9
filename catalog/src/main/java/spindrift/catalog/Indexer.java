package spindrift.catalog;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import spindrift.base.AbsentException;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.FileIdentity;
import spindrift.base.IntegrityException;
import spindrift.blocks.DiskBlockStore;
import spindrift.blocks.LeafReference;
import spindrift.blocks.ReferencedFile;
import spindrift.blocks.Session;
import spindrift.catalog.Catalog.Put;
import spindrift.catalog.CatalogRecord.Origin;
import spindrift.catalog.CatalogRecord.Pin;
import spindrift.ipld.Block;
import spindrift.ipld.BlockSink;
import spindrift.ipld.Cid;
import spindrift.nix.FileMode;
import spindrift.nix.NarInfo;
import spindrift.nix.PathInfo;
import spindrift.nix.Signature;
import spindrift.nix.StorePath;
import spindrift.store.LocalStore;
import spindrift.store.StoreTree;

/**
 * Takes paths of the local store into the catalog: both views are built and proved by the NAR hash,
 * and leaves stay where they are, as references into the store's files. Safe for use by several
 * threads.
 */
public final class Indexer {
  /** Records that become durable together; each batch costs two waits for the disk. */
  private static final int BATCH = 64;

  private final Catalog catalog;
  private final DiskBlockStore blocks;
  private final LocalStore store;

  public Indexer(Catalog catalog, DiskBlockStore blocks, LocalStore store) {
    this.catalog = catalog;
    this.blocks = blocks;
    this.store = store;
  }

  /**
   * What became of each path.
   *
   * @param added new in the catalog
   * @param known were there and are unchanged
   * @param failed could not be taken in, and why
   * @param narBytes sum of the NAR sizes of {@code added}
   */
  public record Outcome(
      List<StorePath> added, List<StorePath> known, List<Failure> failed, long narBytes) {}

  /** A path that could not be taken in. */
  public record Failure(StorePath path, Exception cause) {}

  /**
   * Takes paths in and pins them. Those that are done are durable on return, whatever became of the
   * others.
   */
  public Outcome add(Collection<StorePath> paths, Progress progress)
      throws IOException, FaultException, InterruptedException {
    Run run = run(paths, new Manner(Pin.PINNED, progress, Pace.FULL));
    run.workAtOnce();
    return run.outcome();
  }

  /**
   * Takes a path in on the calling thread and does not pin it; one that is pinned stays so. It is
   * durable on return. A path that is there and unchanged is not read.
   *
   * @param pace is asked before every piece of a file
   */
  public Outcome addUnpinned(StorePath path, Pace pace) throws IOException, FaultException {
    Run run = run(List.of(path), new Manner(Pin.UNPINNED, Progress.NONE, pace));
    run.workHere();
    return run.outcome();
  }

  private Run run(Collection<StorePath> paths, Manner manner) throws IOException, FaultException {
    List<PathInfo> work = new ArrayList<>();
    List<Failure> failed = new ArrayList<>();
    for (StorePath path : paths) {
      Optional<PathInfo> info = store.pathInfo(path);
      if (info.isPresent()) {
        work.add(info.get());
      } else {
        failed.add(new Failure(path, new AbsentException(path + " is not a valid path")));
      }
    }
    // Large ones first, so that no thread is left alone with one at the end.
    work.sort(Comparator.comparingLong(PathInfo::narSize).reversed());
    return new Run(work, failed, manner);
  }

  /** How a run is done. */
  private record Manner(Pin pin, Progress progress, Pace pace) {}

  /** One call from outside: results are gathered here, under its lock. */
  private final class Run {
    private final List<PathInfo> work;
    private final List<Failure> failed;
    private final Manner manner;
    private final long total;
    private final AtomicLong done = new AtomicLong();
    private final List<StorePath> added = new ArrayList<>();
    private final List<StorePath> known = new ArrayList<>();
    private List<Put> waiting = new ArrayList<>();
    private long narBytes;
    private volatile boolean stopped;

    Run(List<PathInfo> work, List<Failure> failed, Manner manner) {
      this.work = work;
      this.failed = failed;
      this.manner = manner;
      this.total = work.stream().mapToLong(PathInfo::narSize).sum();
    }

    void workAtOnce() throws IOException, InterruptedException {
      List<Future<?>> tasks = new ArrayList<>();
      // Platform threads: this is hashing, not waiting.
      try (ExecutorService workers =
              Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
          Session session = blocks.session()) {
        for (PathInfo info : work) {
          tasks.add(workers.submit(() -> index(info, session)));
        }
        try {
          for (Future<?> task : tasks) {
            task.get();
          }
        } catch (ExecutionException e) {
          throw new IOException("taking store paths in: " + e.getCause(), e.getCause());
        } finally {
          // Not by an interrupt, which would close the files of packs under everybody's hands.
          stopped = true;
        }
        commit();
      }
    }

    void workHere() throws IOException {
      try (Session session = blocks.session()) {
        for (PathInfo info : work) {
          index(info, session);
        }
        commit();
      }
    }

    synchronized Outcome outcome() {
      return new Outcome(List.copyOf(added), List.copyOf(known), List.copyOf(failed), narBytes);
    }

    private Void index(PathInfo info, Session session) throws IOException {
      if (stopped) {
        return null;
      }
      Put read;
      try {
        store.protect(info.path());
        Optional<CatalogRecord> record = catalog.find(info.path());
        if (record.isPresent() && isUnchanged(record.get(), info)) {
          if (manner.pin() == Pin.PINNED) {
            catalog.pin(info.path(), Pin.PINNED);
          }
          done.addAndGet(info.narSize());
          synchronized (this) {
            known.add(info.path());
          }
          return null;
        }
        read = read(info, session, record);
      } catch (FaultException | IOException e) {
        synchronized (this) {
          failed.add(new Failure(info.path(), e));
        }
        return null;
      }
      finished(read);
      return null;
    }

    private boolean isUnchanged(CatalogRecord record, PathInfo info)
        throws IOException, FaultException {
      if (record.treeFingerprint().isEmpty()
          || !record.narInfo().narHash().equals(info.narHash())) {
        return false;
      }
      TreeFingerprint fingerprint = new TreeFingerprint();
      new StoreTree(store.realPath(info.path())).walk(fingerprint);
      return fingerprint.finish().equals(record.treeFingerprint().get());
    }

    private Put read(PathInfo info, Session session, Optional<CatalogRecord> before)
        throws IOException, FaultException {
      Path root = store.realPath(info.path());
      ViewBlocks made = new ViewBlocks();
      FileLeaves leaves = new FileLeaves(session, made);
      ViewBuilder views = new ViewBuilder(adding(made, session), leaves::leaf);
      TreeFingerprint fingerprint = new TreeFingerprint();
      new StoreTree(root)
          .walk(
              new Reading(views, leaves, fingerprint, manner.pace(), size -> advanced(size, info)));
      ViewBuilder.Result result = views.finish();
      if (!result.narHash().equals(info.narHash())) {
        throw new IntegrityException(
            info.narHash().toString(), result.narHash().toString(), "store path " + root);
      }
      blocks.addReferences(leaves.files());
      done.addAndGet(info.narSize() - leaves.bytes());
      NarInfo described = result.views().describe(NarInfo.of(info));
      if (before.isPresent() && before.get().narInfo().narHash().equals(info.narHash())) {
        for (Signature signature : before.get().narInfo().signatures()) {
          described = described.withSignature(signature);
        }
      }
      Instant now = Instant.now();
      CatalogRecord record =
          new CatalogRecord(
              described,
              result.views().nar(),
              result.views().tree(),
              // What was pushed here before has its leaves in packs, and does not need the store.
              before.map(CatalogRecord::origin).orElse(Origin.STORE),
              pinOf(before),
              Optional.of(fingerprint.finish()),
              before.map(CatalogRecord::added).orElse(now),
              now);
      return new Put(record, Optional.of(made));
    }

    private Pin pinOf(Optional<CatalogRecord> before) {
      boolean wasPinned = before.map(CatalogRecord::pin).filter(Pin.PINNED::equals).isPresent();
      return wasPinned ? Pin.PINNED : manner.pin();
    }

    private void advanced(long bytes, PathInfo info) {
      manner.progress().report(done.addAndGet(bytes), total, info.path().name());
    }

    private void finished(Put read) throws IOException {
      List<Put> full = List.of();
      synchronized (this) {
        waiting.add(read);
        if (waiting.size() == BATCH) {
          full = waiting;
          waiting = new ArrayList<>();
        }
      }
      commit(full);
    }

    private void commit() throws IOException {
      List<Put> rest;
      synchronized (this) {
        rest = waiting;
        waiting = new ArrayList<>();
      }
      commit(rest);
    }

    private void commit(List<Put> puts) throws IOException {
      if (puts.isEmpty()) {
        return;
      }
      blocks.sync();
      catalog.putAll(puts);
      synchronized (this) {
        for (Put put : puts) {
          added.add(put.record().path());
          narBytes += put.record().narInfo().narSize();
        }
      }
    }
  }

  private static BlockSink adding(ViewBlocks made, Session session) {
    return block -> {
      made.add(block.cid());
      session.accept(block);
    };
  }

  /** Gathers the leaves of one object's files. */
  private static final class FileLeaves {
    private final Session session;
    private final ViewBlocks made;
    private final List<ReferencedFile> files = new ArrayList<>();
    private List<LeafReference> current = new ArrayList<>();
    private long bytes;

    FileLeaves(Session session, ViewBlocks made) {
      this.session = session;
      this.made = made;
    }

    void leaf(Cid cid, byte[] buffer, int from, int length, long offset)
        throws IOException, FaultException {
      made.add(cid);
      if (length == 0) {
        session.accept(Block.raw(Bytes.EMPTY));
      } else {
        current.add(new LeafReference(cid, offset, length));
        bytes += length;
      }
    }

    void endFile(Path file, FileIdentity identity) {
      if (!current.isEmpty()) {
        files.add(new ReferencedFile(file, identity, current));
        current = new ArrayList<>();
      }
    }

    List<ReferencedFile> files() {
      return files;
    }

    long bytes() {
      return bytes;
    }
  }

  /** Is told of bytes that were read. */
  @FunctionalInterface
  private interface BytesRead {
    void count(long bytes);
  }

  /** Reads files while they are walked. */
  private record Reading(
      ViewBuilder views, FileLeaves leaves, TreeFingerprint fingerprint, Pace pace, BytesRead read)
      implements StoreTree.Visitor {
    @Override
    public void startDirectory() throws IOException, FaultException {
      views.startDirectory();
      fingerprint.startDirectory();
    }

    @Override
    public void entry(Bytes name) throws IOException, FaultException {
      views.entry(name);
      fingerprint.entry(name);
    }

    @Override
    public void endDirectory() throws IOException, FaultException {
      views.endDirectory();
      fingerprint.endDirectory();
    }

    @Override
    public void file(Path file, FileMode mode, FileIdentity identity)
        throws IOException, FaultException {
      fingerprint.file(mode, identity);
      try (InputStream contents = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
        views.regular(mode, identity.size(), new PacedStream(contents, pace));
      }
      if (!FileIdentity.of(file).equals(identity)) {
        throw new IntegrityException("a file that stays as it is", "one that changes", "" + file);
      }
      leaves.endFile(file, identity);
      read.count(identity.size());
    }

    @Override
    public void symlink(Bytes target) throws IOException, FaultException {
      views.symlink(target);
      fingerprint.symlink(target);
    }
  }
}
