package spindrift.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import spindrift.base.AbsentException;
import spindrift.base.ByteSource;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;
import spindrift.blocks.BlockReader;
import spindrift.dag.UnixFsDag;
import spindrift.ipld.Cid;
import spindrift.ipld.UnixFsNode;

/**
 * {@code GET /ipfs/<cid>[/path]} over the blocks that are here: files and listings for people,
 * {@code ?format=raw} and {@code ?format=car} for those who check blocks themselves.
 *
 * @see <a href="https://specs.ipfs.tech/http-gateways/trustless-gateway/">Trustless gateway</a>
 */
final class GatewayHandler {
  private static final String RAW_TYPE = "application/vnd.ipld.raw";
  private static final String CAR_TYPE = "application/vnd.ipld.car";
  private static final String FOR_EVER = "public, max-age=29030400, immutable";

  private final UnixFsDag dag;
  private final BlockReader blocks;

  GatewayHandler(UnixFsDag dag, BlockReader blocks) {
    this.dag = dag;
    this.blocks = blocks;
  }

  /** What is asked for: a CID and names below it. */
  private record Target(Cid root, List<Bytes> names) {
    static Target parse(String path) throws FaultException {
      String[] segments = path.replaceFirst("/$", "").split("/", -1);
      Cid root;
      try {
        root = Cid.parse(segments[0]);
      } catch (MalformedDataException | LimitExceededException e) {
        throw new MalformedDataException("path", -1, "no CID behind /ipfs/: " + e.getMessage());
      }
      List<Bytes> names = new ArrayList<>();
      for (int i = 1; i < segments.length; i++) {
        names.add(Bytes.owning(segments[i].getBytes(StandardCharsets.ISO_8859_1)));
      }
      return new Target(root, names);
    }

    /** A name for a file of this: the last name, or the CID. */
    String fileName() {
      return names.isEmpty() ? root.toString() : names.getLast().display();
    }
  }

  /** The answer for {@code <cid>[/path]}. */
  Reply handle(String path, Request request) throws IOException, FaultException {
    Target target = Target.parse(path);
    boolean rootIsHere = target.root().isIdentity() || blocks.has(target.root());
    if (!rootIsHere) {
      boolean onlyIfCached = request.field("Cache-Control").orElse("").contains("only-if-cached");
      return Reply.text(onlyIfCached ? 412 : 404, "block " + target.root() + " is not here");
    }
    String format = format(request);
    return switch (format) {
      case "raw" -> raw(target, request);
      case "car" -> car(target, request);
      case "" -> show(target, path, request);
      default -> Reply.text(400, "format is raw or car, or left out");
    };
  }

  /** The query parameter, which wins, or what the Accept field names. */
  private static String format(Request request) {
    Optional<String> parameter = request.parameter("format");
    if (parameter.isPresent()) {
      return parameter.get();
    }
    String accept = request.field("Accept").orElse("");
    return accept.contains(RAW_TYPE) ? "raw" : accept.contains(CAR_TYPE) ? "car" : "";
  }

  private Cid resolve(Target target) throws IOException, FaultException {
    return dag.resolve(target.root(), target.names())
        .orElseThrow(() -> new AbsentException("no such name below " + target.root()));
  }

  private Reply raw(Target target, Request request) throws IOException, FaultException {
    Cid cid = resolve(target);
    Optional<Reply> known = notModified(request, cid + ".raw");
    if (known.isPresent()) {
      return known.get();
    }
    Bytes block =
        blocks.read(cid).orElseThrow(() -> new AbsentException("block " + cid + " is not here"));
    return immutable(Reply.ok(RAW_TYPE, block), cid + ".raw")
        .with("Content-Disposition", "attachment; filename=\"" + cid + ".bin\"");
  }

  private Reply car(Target target, Request request) throws IOException, FaultException {
    String scope = request.parameter("dag-scope").orElse("all");
    String range = request.parameter("entity-bytes").orElse("");
    CarPlan plan = new CarPlan(target.root(), blocks);
    UnixFsDag noting = new UnixFsDag(plan.noting());
    Cid cid =
        noting
            .resolve(target.root(), target.names())
            .orElseThrow(() -> new AbsentException("no such name below " + target.root()));
    switch (scope) {
      case "block" -> plan.note(cid);
      case "all" -> plan.noteAll(cid);
      case "entity" -> entity(cid, range, plan, noting);
      default -> throw new MalformedDataException("dag-scope", -1, "is block, entity or all");
    }
    String tag = cid + ".car." + Integer.toHexString((scope + range + target).hashCode());
    Optional<Reply> known = notModified(request, tag);
    if (known.isPresent()) {
      return known.get();
    }
    return immutable(Reply.ok(CAR_TYPE + ";version=1;order=dfs;dups=n", plan.car()), tag)
        .with("Content-Disposition", "attachment; filename=\"" + cid + ".car\"");
  }

  /** A file with all or some of its bytes, a directory with what it takes to list it. */
  private void entity(Cid cid, String range, CarPlan plan, UnixFsDag noting)
      throws IOException, FaultException {
    plan.note(cid);
    UnixFsNode node = noting.node(cid);
    switch (node) {
      case UnixFsNode.File file -> {
        EntityBytes bytes = EntityBytes.parse(range, file.size());
        plan.noteRange(cid, bytes.from(), bytes.to());
      }
      case UnixFsNode.Shard shard -> noting.entries(shard);
      case UnixFsNode.Directory directory -> {}
      case UnixFsNode.Symlink link -> {}
    }
  }

  private Reply show(Target target, String path, Request request)
      throws IOException, FaultException {
    Cid cid = resolve(target);
    Optional<Reply> known = notModified(request, cid.toString());
    if (known.isPresent()) {
      return known.get();
    }
    UnixFsNode node = dag.node(cid);
    return switch (node) {
      case UnixFsNode.File file -> immutable(file(target, dag.file(cid)), cid.toString());
      case UnixFsNode.Symlink link ->
          immutable(Reply.ok("inode/symlink", link.target()), cid.toString());
      case UnixFsNode.Directory directory -> listing(path, directory);
      case UnixFsNode.Shard shard -> listing(path, shard);
    };
  }

  private static Reply file(Target target, ByteSource content) throws IOException, FaultException {
    return Reply.ok(MediaTypes.of(target.fileName(), content), content);
  }

  private Reply listing(String path, UnixFsNode directory) throws IOException, FaultException {
    String html = DirectoryPage.render(path, dag.entries(directory));
    return guarded(Reply.ok("text/html; charset=utf-8", Bytes.utf8(html)));
  }

  private static Optional<Reply> notModified(Request request, String tag) {
    String known = request.field("If-None-Match").orElse("");
    return known.equals("*") || known.contains("\"" + tag + "\"")
        ? Optional.of(Reply.of(304, "text/plain", new MemorySource(Bytes.EMPTY)))
        : Optional.empty();
  }

  private static Reply immutable(Reply reply, String tag) {
    return guarded(reply).with("ETag", "\"" + tag + "\"").with("Cache-Control", FOR_EVER);
  }

  /** Contents come from anywhere: a page among them must not act in the name of this node. */
  private static Reply guarded(Reply reply) {
    return reply
        .with("X-Content-Type-Options", "nosniff")
        .with("Content-Security-Policy", "sandbox");
  }
}
