import java.io.File;
import java.io.PrintStream;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.runtime.util.bash.BashJavaUtils;

/** Asks Flink's own tool about many configurations in one JVM. Each argument is a directory with
 * conf/config.yaml and args (one argument a line); the answers are put beside them. */
public class AskFlink {
    public static void main(String[] dirs) throws Exception {
        PrintStream stdout = System.out;
        for (String dir : dirs) {
            for (String command : List.of("GET_JM_RESOURCE_PARAMS", "GET_TM_RESOURCE_PARAMS", "UPDATE_AND_GET_FLINK_CONFIGURATION")) {
                List<String> args = new ArrayList<>(List.of(command, "--configDir", dir + "/conf"));
                if (command.startsWith("UPDATE")) {
                    args.add("-flatten");
                } else {
                    args.addAll(Files.readAllLines(new File(dir, "args").toPath()));
                }
                try (PrintStream out = new PrintStream(new File(dir, "out." + command))) {
                    System.setOut(out);
                    BashJavaUtils.main(args.toArray(new String[0]));
                } catch (Throwable e) {
                    Files.writeString(new File(dir, "out." + command).toPath(), "REFUSED " + e + "\n");
                } finally {
                    System.setOut(stdout);
                }
            }
        }
    }
}
