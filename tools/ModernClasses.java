import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Gives classes that were compiled for Java 5 the form of Java 8, which Java's ahead-of-time cache
 * takes: the same code, with the maps that today's verifier reads. A command starts a third sooner.
 *
 * <p>{@code java ModernClasses.java JAR…} changes these files; newer classes stay as they are.
 */
final class ModernClasses {
  private static final int JAVA_8 = 52;

  public static void main(String[] jars) throws IOException {
    for (String jar : jars) {
      Path file = Path.of(jar);
      try (URLClassLoader hierarchy = new URLClassLoader(new URL[] {file.toUri().toURL()});
          FileSystem inside = FileSystems.newFileSystem(file, Map.of())) {
        ClassFile format =
            ClassFile.of(
                ClassFile.StackMapsOption.GENERATE_STACK_MAPS,
                ClassFile.ConstantPoolSharingOption.NEW_POOL,
                ClassFile.ClassHierarchyResolverOption.of(
                    ClassHierarchyResolver.ofResourceParsing(hierarchy)
                        .orElse(ClassHierarchyResolver.defaultResolver())));
        for (Path each : classes(inside)) {
          ClassModel model = format.parse(Files.readAllBytes(each));
          if (model.majorVersion() < JAVA_8) {
            Files.write(each, format.transformClass(model, modern()));
          }
        }
      }
    }
  }

  private static List<Path> classes(FileSystem inside) throws IOException {
    try (Stream<Path> all = Files.walk(inside.getPath("/"))) {
      return all.filter(each -> each.toString().endsWith(".class")).toList();
    }
  }

  private static ClassTransform modern() {
    ClassTransform version =
        (target, element) -> {
          if (element instanceof ClassFileVersion) {
            target.with(ClassFileVersion.of(JAVA_8, 0));
          } else {
            target.with(element);
          }
        };
    return version.andThen(ClassTransform.transformingMethodBodies(CodeTransform.ACCEPT_ALL));
  }
}
