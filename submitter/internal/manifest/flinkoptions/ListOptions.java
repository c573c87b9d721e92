import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.StringJoiner;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.stream.Stream;

/**
 * Prints the options of a Flink distribution, one on each line: key, type, and the
 * values of an enum. They are the constants of type ConfigOption in its jars, under
 * all their names.
 *
 * <p>java ListOptions.java FLINK_HOME > options.txt
 *
 * <p>With a second argument it prints the other names of options instead: the option, and a
 * name that is deprecated or that Flink reads where the option is not set.
 *
 * <p>java ListOptions.java FLINK_HOME names > names.txt
 */
public class ListOptions {
    /** Their options stand in DDL, or are nobody's business. */
    private static final List<String> NOT_OF_A_CLUSTER = List.of(
            "org.apache.flink.connector.", "org.apache.flink.formats.", "org.apache.flink.table.factories.",
            "org.apache.flink.table.sinks.", "org.apache.flink.table.catalog.", "org.apache.flink.table.module.",
            "org.apache.flink.table.secret.", "org.apache.flink.table.connector.", "org.apache.flink.streaming.");

    private final TreeSet<String> found = new TreeSet<>();
    private final TreeSet<String> names = new TreeSet<>();

    public static void main(String[] args) throws Exception {
        List<Path> jars = new ArrayList<>();
        for (String folder : List.of("lib", "opt")) {
            try (Stream<Path> files = Files.list(Path.of(args[0], folder))) {
                files.filter(f -> f.getFileName().toString().startsWith("flink-")).sorted().forEach(jars::add);
            }
        }
        List<URL> urls = new ArrayList<>();
        try (Stream<Path> all = Files.list(Path.of(args[0], "lib"))) {
            for (Path jar : (Iterable<Path>) all::iterator) {
                urls.add(jar.toUri().toURL());
            }
        }
        for (Path jar : jars) {
            urls.add(jar.toUri().toURL());
        }
        ListOptions options = new ListOptions();
        try (URLClassLoader loader = new URLClassLoader(urls.toArray(new URL[0]), ClassLoader.getPlatformClassLoader())) {
            for (Path jar : jars) {
                options.search(jar, loader);
            }
        }
        (args.length > 1 ? options.names : options.found).forEach(System.out::println);
    }

    private void search(Path path, ClassLoader loader) throws Exception {
        try (JarFile jar = new JarFile(path.toFile())) {
            for (var entry : Collections.list(jar.entries())) {
                String file = entry.getName();
                if (!file.startsWith("org/apache/flink/") || !file.endsWith(".class") || file.contains("/shaded/")) {
                    continue;
                }
                String name = file.substring(0, file.length() - ".class".length()).replace('/', '.');
                if (NOT_OF_A_CLUSTER.stream().noneMatch(name::startsWith)) {
                    constants(name, loader);
                }
            }
        }
    }

    private void constants(String name, ClassLoader loader) throws Exception {
        Class<?> option = loader.loadClass("org.apache.flink.configuration.ConfigOption");
        try {
            for (Field f : Class.forName(name, false, loader).getDeclaredFields()) {
                if (Modifier.isStatic(f.getModifiers()) && f.getType() == option) {
                    f.setAccessible(true);
                    describe(f.get(null));
                }
            }
        } catch (LinkageError e) {
            // It needs a class that the distribution does not have, so it is never used.
        }
    }

    private void describe(Object option) throws Exception {
        if (option == null) {
            return;
        }
        Class<?> type = (Class<?>) field(option, "clazz");
        String line = type.isEnum() ? "Enum" : type.getSimpleName();
        if ((Boolean) field(option, "isList")) {
            line = "List";
        } else if (type.isEnum()) {
            StringJoiner values = new StringJoiner("|");
            for (Object value : type.getEnumConstants()) {
                values.add(value.toString());
            }
            line += "\t" + values;
        }
        add((String) option.getClass().getMethod("key").invoke(option), line);
        for (Object other : (Iterable<?>) option.getClass().getMethod("fallbackKeys").invoke(option)) {
            String name = (String) other.getClass().getMethod("getKey").invoke(other);
            add(name, line);
            names.add(option.getClass().getMethod("key").invoke(option) + "\t" + name);
        }
    }

    private void add(String key, String line) {
        // A key without a dot is a part of others; %s and <name> stand for any word.
        if (key.contains(".") && !key.matches(".*[%<# ].*") || key.equals("high-availability") || key.equals("restart-strategy")) {
            found.add(key + "\t" + line);
        }
    }

    private static Object field(Object of, String name) throws Exception {
        Field f = of.getClass().getDeclaredField(name);
        f.setAccessible(true);
        return f.get(of);
    }
}
