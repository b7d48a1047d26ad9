package spindrift.substitute;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import spindrift.base.Bytes;
import spindrift.base.IntegrityException;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;
import spindrift.catalog.Views;
import spindrift.nix.ContentAddress;
import spindrift.nix.NarInfo;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;
import spindrift.substitute.AnswerMessage.End;
import spindrift.substitute.AnswerMessage.ObjectViews;
import spindrift.substitute.LookupAnswer.Found;
import spindrift.substitute.LookupRequest.Scope;

/**
 * Puts an answer together from its messages. What was not asked for, what is told twice, views of
 * nothing and more than was agreed on break the protocol. For one thread.
 */
final class AnswerAssembly {
  /** Ours: bytes of one answer; see {@code docs/protocols/lookup.md}. */
  static final int MAX_BYTES = 16 << 20;

  private static final String FORMAT = "look-up answer";

  private final StoreDir storeDir;
  private final LookupRequest request;
  private final Map<String, Found> found = new LinkedHashMap<>();
  private Optional<End> end = Optional.empty();
  private long bytes;

  AnswerAssembly(StoreDir storeDir, LookupRequest request) {
    this.storeDir = storeDir;
    this.request = request;
  }

  /** Why the answer ended, once it has. */
  Optional<End> end() {
    return end;
  }

  /**
   * Takes the next message.
   *
   * @throws IntegrityException when a root block is not the one of its view
   */
  void add(Bytes message) throws MalformedDataException, IntegrityException {
    bytes += message.size();
    if (bytes > MAX_BYTES) {
      throw malformed("more than " + MAX_BYTES + " bytes");
    }
    AnswerMessage decoded = AnswerMessage.decode(message);
    for (Bytes text : decoded.narInfos()) {
      add(narInfo(text));
    }
    for (ObjectViews views : decoded.views()) {
      add(views);
    }
    if (decoded.absent().stream().anyMatch(number -> number >= request.keys().size())) {
      throw malformed("a key that was not asked for");
    }
    end = decoded.end();
  }

  private NarInfo narInfo(Bytes text) throws MalformedDataException {
    try {
      return NarInfo.parse(storeDir, text);
    } catch (LimitExceededException e) {
      throw malformed(String.valueOf(e.getMessage()));
    }
  }

  private void add(NarInfo info) throws MalformedDataException {
    Found object = new Found(info, Optional.empty(), Optional.empty());
    if (found.putIfAbsent(info.path().hashPart(), object) != null) {
      throw malformed("an object twice");
    }
    if (found.size() > LookupAnswer.MAX_OBJECTS) {
      throw malformed("more than " + LookupAnswer.MAX_OBJECTS + " objects");
    }
  }

  private void add(ObjectViews told) throws MalformedDataException, IntegrityException {
    Found object = found.get(told.hashPart());
    if (object == null || object.views().isPresent()) {
      throw malformed("views of an object that was not told, or told twice");
    }
    Views views = told.views();
    if (told.narViewRoot().isPresent()) {
      views.nar().verify(told.narViewRoot().get(), FORMAT);
    }
    found.put(told.hashPart(), new Found(object.narInfo(), Optional.of(views), told.narViewRoot()));
  }

  /** The answer, once all messages have come. */
  LookupAnswer finish() throws MalformedDataException {
    Set<LookupRequest.Key> asked = new HashSet<>(request.keys());
    Set<LookupRequest.Key> answered = new HashSet<>();
    Set<String> reached = new HashSet<>();
    Deque<NarInfo> open = new ArrayDeque<>();
    for (Found object : found.values()) {
      NarInfo info = object.narInfo();
      Set<LookupRequest.Key> names = keysOf(info);
      answered.addAll(names);
      if (!Collections.disjoint(asked, names) && reached.add(info.path().hashPart())) {
        open.add(info);
      }
    }
    if (request.scope() == Scope.CLOSURES) {
      reach(open, reached);
    }
    if (reached.size() < found.size()) {
      throw malformed("an object that was not asked for");
    }
    return new LookupAnswer(
        List.copyOf(found.values()),
        request.keys().stream().filter(key -> !answered.contains(key)).toList());
  }

  /** All that an object can be asked for by. */
  private static Set<LookupRequest.Key> keysOf(NarInfo info) {
    Set<LookupRequest.Key> keys = new HashSet<>();
    keys.add(new LookupRequest.Key.HashPart(info.path().hashPart()));
    keys.add(new LookupRequest.Key.NarHash(info.narHash()));
    info.ca()
        .filter(ca -> ca.method() == ContentAddress.Method.FLAT)
        .ifPresent(ca -> keys.add(new LookupRequest.Key.FlatHash(ca.hash())));
    return keys;
  }

  /** Follows references to what was found. */
  private void reach(Deque<NarInfo> open, Set<String> reached) {
    while (!open.isEmpty()) {
      for (StorePath reference : open.removeLast().references()) {
        Found object = found.get(reference.hashPart());
        if (object != null && reached.add(reference.hashPart())) {
          open.add(object.narInfo());
        }
      }
    }
  }

  private static MalformedDataException malformed(String rule) {
    return new MalformedDataException(FORMAT, -1, rule);
  }
}
