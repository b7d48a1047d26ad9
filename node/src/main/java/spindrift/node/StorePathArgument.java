package spindrift.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import spindrift.base.ConfigException;
import spindrift.base.FaultException;
import spindrift.base.Json;
import spindrift.base.JsonObject;
import spindrift.base.JsonValue;
import spindrift.base.MalformedDataException;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;

/**
 * What a person gives for a store object: its path or a path below it, its base name, a symbolic
 * link to it such as {@code ./result}, or where one is looked up only its hash part.
 */
public final class StorePathArgument {
  private StorePathArgument() {}

  /** The path of a store that is where Nix's is. */
  public static StorePath parse(String text) throws ConfigException {
    return storePath(StoreDir.DEFAULT, text);
  }

  /** The hash part that the text gives. */
  static String hashPart(StoreDir store, String text) throws ConfigException {
    return StorePath.isHashPart(text) ? text : storePath(store, text).hashPart();
  }

  /** The store path that the text gives. */
  static StorePath storePath(StoreDir store, String text) throws ConfigException {
    try {
      String inStore = store.path() + "/";
      if (text.startsWith(inStore)) {
        int end = text.indexOf('/', inStore.length());
        return StorePath.ofBaseName(
            text.substring(inStore.length(), end < 0 ? text.length() : end));
      }
      return StorePath.ofBaseName(text);
    } catch (MalformedDataException e) {
      throw new ConfigException(
          "store path", text, "want " + store.path() + "/HASH-NAME (" + e.getMessage() + ")");
    }
  }

  /** The store paths that the argument {@code paths} of a command gives. */
  static List<StorePath> storePaths(StoreDir store, JsonObject arguments) throws FaultException {
    List<StorePath> paths = new ArrayList<>();
    for (JsonValue argument : arguments.items("paths")) {
      paths.add(storePath(store, Json.asText(argument)));
    }
    return paths;
  }

  /**
   * Replaces a symbolic link that leads into the store by where it leads; to be called where the
   * user is, since the link may be relative.
   */
  public static String resolveLink(StoreDir store, String text) {
    Path path = Path.of(text);
    for (int hops = 0; hops < 40 && Files.isSymbolicLink(path); hops++) {
      try {
        path = path.toAbsolutePath().resolveSibling(Files.readSymbolicLink(path)).normalize();
      } catch (IOException e) {
        return text;
      }
      if (path.startsWith(store.path())) {
        return path.toString();
      }
    }
    return text;
  }
}
