package spindrift.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import spindrift.base.AbsentException;
import spindrift.base.ByteSource;
import spindrift.base.Bytes;
import spindrift.base.Digests;
import spindrift.base.FaultException;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;
import spindrift.blocks.BlockReader;
import spindrift.dag.UnixFsDag;
import spindrift.ipld.BlockSource;
import spindrift.ipld.Cid;
import spindrift.ipld.HamtDirectory;
import spindrift.ipld.HamtEntries;
import spindrift.ipld.UnixFsEntry;
import spindrift.ipld.UnixFsNode;
import spindrift.substitute.Substituter;

/**
 * {@code GET /ipfs/<cid>[/path]} over the blocks that are here, and those that peers have: files
 * and listings for people, {@code ?format=raw} for those who check blocks themselves; {@code
 * ?format=car} of what is here.
 *
 * @see <a href="https://specs.ipfs.tech/http-gateways/trustless-gateway/">Trustless gateway</a>
 */
final class GatewayHandler {
  private static final String RAW_TYPE = "application/vnd.ipld.raw";
  private static final Pattern FILE_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._+-]{0,254}");
  private static final String FOR_EVER = "public, max-age=29030400, immutable";

  private final Substituter substituter;
  private final BlockReader here;

  /**
   * @param here the blocks here that everybody may see
   */
  GatewayHandler(Substituter substituter, BlockReader here) {
    this.substituter = substituter;
    this.here = here;
  }

  /** A client that wants only what is here, and soon, says so. */
  private static boolean isOnlyIfCached(Request request) {
    return request.field("Cache-Control").orElse("").contains("only-if-cached");
  }

  private BlockSource blocks(Request request) {
    return isOnlyIfCached(request) ? here : substituter.blocks(here);
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

    /** The path as it is written in a URL, which is ASCII. */
    String url() {
      StringBuilder url = new StringBuilder("/ipfs/").append(root);
      for (Bytes name : names) {
        url.append('/');
        PercentPath.encode(name, url);
      }
      return url.toString();
    }
  }

  /** The answer for {@code <cid>[/path]}. */
  Reply handle(String path, Request request) throws IOException, FaultException {
    Target target = Target.parse(path);
    try {
      return switch (format(request)) {
        case "raw" -> raw(target, request);
        case "car" -> car(target, request);
        case "" -> show(target, request);
        default -> Reply.text(406, "format is raw or car, or left out");
      };
    } catch (AbsentException e) {
      return Reply.text(isOnlyIfCached(request) ? 412 : 404, String.valueOf(e.getMessage()));
    }
  }

  /** The query parameter, which wins, or what the Accept field names. */
  private static String format(Request request) {
    Optional<String> parameter = request.parameter("format");
    if (parameter.isPresent()) {
      return parameter.get();
    }
    String accept = request.field("Accept").orElse("");
    return accept.contains(RAW_TYPE) ? "raw" : accept.contains(CarRequest.MEDIA_TYPE) ? "car" : "";
  }

  /** The CIDs from the root to what the names lead to. */
  private static List<Cid> resolve(Target target, UnixFsDag dag)
      throws IOException, FaultException {
    List<Cid> way = new ArrayList<>(List.of(target.root()));
    for (Bytes name : target.names()) {
      way.add(
          dag.resolve(way.getLast(), List.of(name))
              .orElseThrow(() -> new AbsentException("there is no " + target.url())));
    }
    return way;
  }

  private Reply raw(Target target, Request request) throws IOException, FaultException {
    BlockSource blocks = blocks(request);
    List<Cid> way = resolve(target, new UnixFsDag(blocks));
    Cid cid = way.getLast();
    Bytes block = blocks.load(cid);
    return immutable(request, cid + ".raw", Reply.ok(RAW_TYPE, block), target, way)
        .with("Content-Disposition", attachment(request, cid + ".bin"));
  }

  private Reply car(Target target, Request request) throws IOException, FaultException {
    CarRequest wanted = CarRequest.of(request);
    // Of what is here only: its length is told beforehand, and so is the size of each block.
    CarPlan plan = new CarPlan(target.root(), wanted.duplicates(), here);
    // Each block on the way is noted once, though it may be read more than once.
    List<Cid> way = resolve(target, new UnixFsDag(plan.noting()));
    Cid cid = way.getLast();
    switch (wanted.scope()) {
      case BLOCK -> {
        here.load(cid);
        plan.note(cid);
      }
      case ALL -> plan.noteAll(cid);
      case ENTITY -> entity(cid, wanted.entityBytes(), plan);
    }
    // The blocks depend on the whole path, and on what is wanted of it.
    String tag =
        cid + ".car." + Digests.sha256(Bytes.utf8(target.url() + " " + wanted)).slice(0, 8);
    Reply car = Reply.ok(wanted.mediaType(), plan.car()).wholeOnly();
    return immutable(request, tag, car, target, way)
        .with("Content-Disposition", attachment(request, cid + ".car"));
  }

  /** A file with all or some of its bytes, a directory with what it takes to list it. */
  private void entity(Cid cid, String range, CarPlan plan) throws IOException, FaultException {
    if (cid.codec() != Cid.DAG_PB) {
      here.load(cid);
      plan.note(cid);
      return;
    }
    switch (new UnixFsDag(here).node(cid)) {
      case UnixFsNode.File file -> {
        EntityBytes bytes = EntityBytes.parse(range, file.size());
        plan.noteRange(cid, bytes.from(), bytes.to());
      }
      case UnixFsNode.Shard shard -> {
        plan.note(cid);
        HamtEntries entries = HamtDirectory.of(shard, plan.noting()).entries();
        while (entries.next().isPresent()) {
          // Only the shards matter, which are noted as they are read.
        }
      }
      case UnixFsNode.Directory directory -> plan.note(cid);
      case UnixFsNode.Symlink link -> plan.note(cid);
    }
  }

  private Reply show(Target target, Request request) throws IOException, FaultException {
    BlockSource blocks = blocks(request);
    UnixFsDag dag = new UnixFsDag(blocks);
    List<Cid> way = resolve(target, dag);
    Cid cid = way.getLast();
    return switch (dag.node(cid)) {
      case UnixFsNode.File file -> {
        ByteSource content = isOnlyIfCached(request) ? dag.file(cid) : substituter.file(cid, here);
        String type = MediaTypes.of(target.fileName(), content);
        yield immutable(request, cid.toString(), Reply.ok(type, content), target, way);
      }
      case UnixFsNode.Symlink link ->
          immutable(request, cid.toString(), Reply.ok("inode/symlink", link.target()), target, way);
      case UnixFsNode.Directory directory -> listing(target, directory.entries());
      case UnixFsNode.Shard shard -> listing(target, beginning(shard, blocks));
    };
  }

  /** Not all of a huge directory, which would be a page that no browser shows. */
  private static List<UnixFsEntry> beginning(UnixFsNode.Shard shard, BlockSource blocks)
      throws IOException, FaultException {
    HamtEntries all = HamtDirectory.of(shard, blocks).entries();
    List<UnixFsEntry> entries = new ArrayList<>();
    Optional<UnixFsEntry> entry = all.next();
    while (entry.isPresent() && entries.size() <= DirectoryPage.MAX_ENTRIES) {
      entries.add(entry.get());
      entry = all.next();
    }
    entries.sort(Comparator.comparing(UnixFsEntry::name));
    return entries;
  }

  private static Reply listing(Target target, List<UnixFsEntry> entries) {
    String html = DirectoryPage.render(target.root(), target.names(), entries);
    return guarded(Reply.ok("text/html; charset=utf-8", Bytes.utf8(html)));
  }

  private static String attachment(Request request, String fileName) {
    String name =
        request
            .parameter("filename")
            .filter(given -> FILE_NAME.matcher(given).matches())
            .orElse(fileName);
    return "attachment; filename=\"" + name + "\"";
  }

  /** The reply, or 304 where the client has it; with what both have to say. */
  private static Reply immutable(
      Request request, String tag, Reply reply, Target target, List<Cid> way) {
    String known = request.field("If-None-Match").orElse("");
    boolean has = known.strip().equals("*") || known.contains("\"" + tag + "\"");
    Reply answer = has ? Reply.notModified() : guarded(reply);
    return answer
        .with("ETag", "\"" + tag + "\"")
        .with("Cache-Control", FOR_EVER)
        .with("X-Ipfs-Path", target.url())
        .with("X-Ipfs-Roots", way.stream().map(Cid::toString).collect(Collectors.joining(",")));
  }

  /** Contents come from anywhere: a page among them must not act in the name of this node. */
  private static Reply guarded(Reply reply) {
    return reply
        .with("X-Content-Type-Options", "nosniff")
        .with("Content-Security-Policy", "sandbox");
  }
}
