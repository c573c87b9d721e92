package compile

import "strings"

// reloaded are messages of Java's about classes that were loaded twice: a gateway loads
// a session's jars anew for each statement, so that a catalog's classes are others than
// those of the statements that use it.
var reloaded = []string{
	" not a subtype",               // java.util.ServiceLoader
	"No suitable driver found for", // java.sql.DriverManager
}

// loadedTwice is about classes that have to be on the gateway's own class path; nil if
// e is about something else.
func loadedTwice(e *Error) error {
	for _, message := range reloaded {
		if strings.Contains(e.Cause, message) {
			there := *e
			there.Cause += "; a SQL gateway loads the jars under `resources` anew for each statement, which JDBC drivers and catalogs do not work with. " +
				"Put them into lib/ of the Flink that runs the gateway and of the one that runs the job, and take them out of `resources`"
			return &there
		}
	}
	return nil
}
