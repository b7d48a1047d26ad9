package spindrift.catalog;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.RawPath;
import spindrift.nix.FileMode;
import spindrift.nix.NarVisitor;
import spindrift.nix.NarWriter;

/** A file tree to make views, NARs and files of. */
sealed interface TestTree {
  record Regular(FileMode mode, Bytes content) implements TestTree {}

  record Link(Bytes target) implements TestTree {}

  record Directory(SortedMap<Bytes, TestTree> entries) implements TestTree {}

  static TestTree file(String content) {
    return new Regular(FileMode.REGULAR, Bytes.utf8(content));
  }

  static TestTree file(Bytes content) {
    return new Regular(FileMode.REGULAR, content);
  }

  static TestTree program(Bytes content) {
    return new Regular(FileMode.EXECUTABLE, content);
  }

  static TestTree link(String target) {
    return new Link(Bytes.utf8(target));
  }

  static TestTree directory(Object... namesAndTrees) {
    SortedMap<Bytes, TestTree> entries = new TreeMap<>();
    for (int i = 0; i < namesAndTrees.length; i += 2) {
      Object name = namesAndTrees[i];
      entries.put(
          name instanceof Bytes raw ? raw : Bytes.utf8((String) name),
          (TestTree) namesAndTrees[i + 1]);
    }
    return new Directory(entries);
  }

  /** Bytes that look random and are the same every time. */
  static Bytes noise(int seed, int size) {
    byte[] bytes = new byte[size];
    long state = seed * 0x9E3779B97F4A7C15L + 1;
    for (int i = 0; i < size; i++) {
      state ^= state << 13;
      state ^= state >>> 7;
      state ^= state << 17;
      bytes[i] = (byte) state;
    }
    return Bytes.owning(bytes);
  }

  /** The hard cases, by name. */
  static Map<String, TestTree> hardCases() {
    Map<String, TestTree> cases = new TreeMap<>();
    cases.put("file-as-root", file("hello\n"));
    cases.put("program-as-root", program(Bytes.utf8("#!/bin/sh\n")));
    cases.put("link-as-root", link("../elsewhere"));
    cases.put("empty-file", file(""));
    cases.put("empty-program", program(Bytes.EMPTY));
    cases.put("empty-directory", directory());
    cases.put("large-file", file(noise(1, 3_000_000)));
    cases.put("large-program", program(noise(2, 1_500_000)));
    cases.put("zeros", directory("z", file(Bytes.owning(new byte[2_500_000]))));
    cases.put(
        "names",
        directory(
            Bytes.of(0xff, 0xfe),
            file("not UTF-8"),
            Bytes.of(0xc3, 0x28),
            link("also not"),
            " blank ",
            file("1"),
            "new\nline",
            file("22"),
            "\u00fc",
            program(Bytes.utf8("333")),
            "n".repeat(255),
            file("4444")));
    cases.put(
        "mixed",
        directory(
            "a", directory("empty", file(""), "same", file("same"), "x", program(noise(3, 70_000))),
            "b", directory("same", file("same"), "up", link("../a/x")),
            "c", directory(),
            "d", file(noise(4, 200_000))));
    cases.put("deep", deep(60));
    cases.put("many-links", many(3000, link("x".repeat(60))));
    cases.put("many-files", many(4000, file("content")));
    return cases;
  }

  private static TestTree deep(int levels) {
    TestTree tree = file("bottom");
    for (int i = 0; i < levels; i++) {
      tree = directory("d" + i, tree);
    }
    return tree;
  }

  private static TestTree many(int count, TestTree tree) {
    SortedMap<Bytes, TestTree> entries = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      entries.put(Bytes.utf8("entry-with-a-name-that-takes-its-room-" + i), tree);
    }
    return new Directory(entries);
  }

  /** A tree of some kilobytes. */
  static TestTree random(RandomGenerator random, int depth) {
    int kind = random.nextInt(depth > 0 ? 5 : 3);
    return switch (kind) {
      case 0 -> new Link(Bytes.utf8("t".repeat(1 + random.nextInt(200))));
      case 1, 2 -> {
        FileMode mode = random.nextBoolean() ? FileMode.EXECUTABLE : FileMode.REGULAR;
        int size = random.nextInt(4) == 0 ? 0 : random.nextInt(1 << random.nextInt(1, 18));
        yield new Regular(mode, noise(random.nextInt(), size));
      }
      default -> {
        List<Object> entries = new ArrayList<>();
        for (int i = random.nextInt(8); i > 0; i--) {
          byte[] name = new byte[1 + random.nextInt(20)];
          random.nextBytes(name);
          for (int j = 0; j < name.length; j++) {
            name[j] = name[j] == 0 || name[j] == '/' || name[j] == '.' ? (byte) 'n' : name[j];
          }
          entries.add(Bytes.owning(name));
          entries.add(random(random, depth - 1));
        }
        yield directory(entries.toArray());
      }
    };
  }

  default void tell(NarVisitor visitor) throws IOException, FaultException {
    switch (this) {
      case Regular file ->
          visitor.regular(
              file.mode(),
              file.content().size(),
              new ByteArrayInputStream(file.content().toArray()));
      case Link link -> visitor.symlink(link.target());
      case Directory directory -> {
        visitor.startDirectory();
        for (Map.Entry<Bytes, TestTree> entry : directory.entries().entrySet()) {
          visitor.entry(entry.getKey());
          entry.getValue().tell(visitor);
        }
        visitor.endDirectory();
      }
    }
  }

  default Bytes nar() throws IOException, FaultException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    tell(new NarWriter(out));
    return Bytes.owning(out.toByteArray());
  }

  /** Writes it as files. */
  default Path write(Path root) throws IOException {
    switch (this) {
      case Regular file -> {
        Files.write(root, file.content().toArray());
        boolean executable = file.mode() == FileMode.EXECUTABLE;
        Files.setPosixFilePermissions(
            root, PosixFilePermissions.fromString(executable ? "r-xr-xr-x" : "r--r--r--"));
      }
      case Link link -> Files.createSymbolicLink(root, RawPath.of(link.target()));
      case Directory directory -> {
        Files.createDirectory(root);
        for (Map.Entry<Bytes, TestTree> entry : directory.entries().entrySet()) {
          entry.getValue().write(root.resolve(RawPath.of(entry.getKey())));
        }
      }
    }
    return root;
  }
}
