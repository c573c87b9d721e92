package fence

import "flink-sql-driver/plan/process"

// Process names a process of this host as a claim does.
func Process(pid int) (string, error) {
	i, err := process.Of(pid)
	if err != nil {
		return "", err
	}
	return i.String(), nil
}

// gone reports whether a claiming process is proved to have ended; if not, why.
func gone(instance string) (bool, string) {
	i, ok := process.Parse(instance)
	if !ok {
		return false, "only one instance runs a launch"
	}
	return i.Gone()
}
