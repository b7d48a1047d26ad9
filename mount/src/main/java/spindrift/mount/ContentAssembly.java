package spindrift.mount;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import spindrift.base.Bytes;
import spindrift.fuse.Content;
import spindrift.ipld.Cid;

/**
 * Puts the content of a read together. Leaves that follow each other in one file of this machine
 * become one piece, which is read at once. For one thread and one read.
 */
final class ContentAssembly {
  private final OpenFiles files;
  private final Blocks blocks;
  private final List<Part> parts = new ArrayList<>();

  private sealed interface Part {}

  private record InMemory(Bytes bytes) implements Part {}

  private static final class Run implements Part {
    final BlockAnswer.InFile first;
    final long start;
    final List<Cid> cids = new ArrayList<>();
    long end;

    Run(BlockAnswer.InFile first, long start, long end) {
      this.first = first;
      this.start = start;
      this.end = end;
    }

    boolean goesOn(BlockAnswer.InFile next, long from) {
      return from == end
          && first.file().equals(next.file())
          && first.identity().equals(next.identity());
    }
  }

  ContentAssembly(OpenFiles files, Blocks blocks) {
    this.files = files;
    this.blocks = blocks;
  }

  /** Adds a range of a block. */
  void add(Cid cid, Held block, int from, int to) {
    switch (block) {
      case Held.Memory(Bytes bytes) -> parts.add(new InMemory(bytes.slice(from, to)));
      case Held.Place(BlockAnswer.InFile at) -> {
        long start = at.offset() + from;
        boolean goesOn =
            !parts.isEmpty() && parts.getLast() instanceof Run last && last.goesOn(at, start);
        Run run = goesOn ? (Run) parts.getLast() : new Run(at, start, start);
        run.end = at.offset() + to;
        run.cids.add(cid);
        if (!goesOn) {
          parts.add(run);
        }
      }
    }
  }

  /** All that was added; empty when a file has changed, whose blocks are forgotten then. */
  Optional<Content> finish() {
    List<Content.Slice> slices = new ArrayList<>();
    List<OpenFiles.Open> opened = new ArrayList<>();
    for (Part part : parts) {
      switch (part) {
        case InMemory(Bytes bytes) -> slices.add(Content.Slice.of(bytes));
        case Run run -> {
          Optional<OpenFiles.Open> file = open(run.first);
          if (file.isEmpty()) {
            run.cids.forEach(blocks::forget);
            opened.forEach(OpenFiles.Open::release);
            return Optional.empty();
          }
          opened.add(file.get());
          slices.add(Content.Slice.of(file.get().channel(), run.start, run.end - run.start));
        }
      }
    }
    return Optional.of(
        new Content(slices, () -> isRight(opened), () -> opened.forEach(OpenFiles.Open::release)));
  }

  /**
   * What was written to a file while it was read may be among what was read, or the file just got
   * another name: either way the node gives the bytes when they are asked for again.
   */
  private boolean isRight(List<OpenFiles.Open> opened) {
    if (opened.stream().allMatch(OpenFiles.Open::isUnchanged)) {
      return true;
    }
    for (Part part : parts) {
      if (part instanceof Run run) {
        run.cids.forEach(blocks::forget);
      }
    }
    return false;
  }

  private Optional<OpenFiles.Open> open(BlockAnswer.InFile at) {
    try {
      return files.use(at.file(), at.identity());
    } catch (IOException e) {
      return Optional.empty(); // it is gone: the node knows another place, or gets it anew
    }
  }
}
