package journal

import (
	"errors"
	"fmt"
	"strings"
)

// maxSeconds bounds the limits in Settings: what is longer does not fit into a
// time.Duration.
const maxSeconds = 1 << 31

// check makes sure that whoever goes on from the entry finds in it what its phase
// needs. An entry that was edited by hand, or written by a program with a fault,
// is told from a good one here and nowhere else.
func (e *Entry) check() error {
	switch {
	case e.Number == 0:
		return missing("number")
	case e.Name == "":
		return missing("name")
	case !e.Phase.known():
		return wrong("phase", "%q is unknown; use the newer submitter", e.Phase)
	case !e.Action.known():
		return wrong("action", "%q is unknown; use the newer submitter", e.Action)
	case e.Holder.Nonce == "":
		return missing("holder.nonce")
	case e.Launch != nil && e.Release == nil:
		return missing("release")
	case e.Launch == nil && e.Release != nil:
		return missing("launch")
	}
	return first(e.checkReleases, e.checkLaunches, e.checkSavepoint, e.checkSettings, e.checkPhase)
}

func (e *Entry) checkReleases() error {
	releases := map[string]*Release{"release": e.Release, "good": e.Good}
	if e.Next != nil {
		releases["next.release"] = &e.Next.Release
	}
	if e.Previous != nil {
		releases["previous.release"] = &e.Previous.Release
	}
	for field, r := range releases {
		switch {
		case r == nil:
		case r.Digest == "":
			return missing(field + ".digest")
		case r.ConfigSHA256 == "":
			return missing(field + ".configSha256")
		case r.PlanDigest == "":
			return missing(field + ".planDigest")
		}
	}
	return nil
}

func (e *Entry) checkLaunches() error {
	launches := map[string]*LaunchRef{"launch": e.Launch}
	if e.Next != nil {
		launches["next.launch"] = &e.Next.Launch
	}
	if e.Previous != nil {
		launches["previous.launch"] = &e.Previous.Launch
	}
	for i := range e.Trusted {
		launches[fmt.Sprintf("trusted[%d]", i)] = &e.Trusted[i]
	}
	for field, l := range launches {
		switch {
		case l == nil:
		case l.Number == 0:
			return missing(field + ".number")
		case l.Number > e.LastLaunch:
			return wrong(field+".number", "it is %d, above lastLaunch %d", l.Number, e.LastLaunch)
		case l.ClusterID == "":
			return missing(field + ".clusterId")
		case l.JobID == "":
			return missing(field + ".jobId")
		}
	}
	return nil
}

func (e *Entry) checkSavepoint() error {
	s := e.Savepoint
	switch {
	case s == nil:
	case s.TriggerID == "":
		return missing("savepoint.triggerId")
	case s.Launch == 0:
		return missing("savepoint.launch")
	case !strings.HasPrefix(s.Directory, "savepoints/"+e.Name+"/"):
		return wrong("savepoint.directory", "%q is not below savepoints/%s/", s.Directory, e.Name)
	}
	return nil
}

func (e *Entry) checkSettings() error {
	s := e.Settings
	switch {
	case s == nil && e.Phase.Final():
	case s == nil:
		return missing("settings")
	case s.SavepointSeconds < 0 || s.SavepointSeconds > maxSeconds:
		return wrong("settings.savepointSeconds", "%d", s.SavepointSeconds)
	case s.HealthSeconds < 0 || s.HealthSeconds > maxSeconds:
		return wrong("settings.healthSeconds", "%d", s.HealthSeconds)
	}
	return nil
}

// checkPhase is the part of docs/recovery.md, "Phases", that says what stands in
// an entry of each.
func (e *Entry) checkPhase() error {
	switch e.Phase {
	case Compiled, Published, Standby:
		return first(e.starts, e.hasNext, e.upgradesWhatRuns)
	case Stopping, Stopped:
		return first(e.stops, e.hasLaunch, e.upgradesWhatRuns, e.hasStop)
	case Decided, Running:
		return first(e.starts, e.hasLaunch, e.hasNext, e.isNext, e.upgraded)
	case Healthy:
		if e.Next != nil {
			return first(e.hasLaunch, e.isNext)
		}
	case Changing:
		if e.Action != ChangeCatalog {
			return e.wrongAction()
		}
	case Aborting:
		return e.hasLaunch()
	case RollingBack:
		return first(e.hasLaunch, e.returns)
	}
	return nil
}

func (e *Entry) starts() error {
	if e.Action != Launch && e.Action != Upgrade && e.Action != Restore {
		return e.wrongAction()
	}
	return nil
}

func (e *Entry) stops() error {
	if e.Action != Upgrade && e.Action != Suspend && e.Action != Cancel {
		return e.wrongAction()
	}
	return nil
}

// returns: a return to the previous release, after an upgrade, or a start in the place of
// one that came to nothing.
func (e *Entry) returns() error {
	switch {
	case e.Action != Upgrade && e.Action != Restore:
		return e.wrongAction()
	case e.Previous == nil:
		return missing("previous")
	case e.Savepoint == nil:
		return missing("savepoint")
	}
	return nil
}

func (e *Entry) hasLaunch() error {
	if e.Launch == nil {
		return missing("launch")
	}
	return nil
}

func (e *Entry) hasNext() error {
	if e.Next == nil {
		return missing("next")
	}
	return nil
}

func (e *Entry) isNext() error {
	if e.Next.Launch.Number != e.Launch.Number {
		return wrong("next.launch.number", "it is %d, and launch.number is %d", e.Next.Launch.Number, e.Launch.Number)
	}
	return nil
}

func (e *Entry) upgradesWhatRuns() error {
	if e.Action != Upgrade {
		return nil
	}
	return first(e.hasLaunch, e.hasNext)
}

// hasStop: a launch is stopped by a request that was written down.
func (e *Entry) hasStop() error {
	switch {
	case e.Action == Cancel:
	case e.Savepoint == nil:
		return missing("savepoint")
	case e.Savepoint.Launch != e.Launch.Number:
		return wrong("savepoint.launch", "it is %d, and launch.number is %d", e.Savepoint.Launch, e.Launch.Number)
	case e.Action == Upgrade && e.Phase == Stopped && !e.Next.Clean && e.Release.Stateful && e.Savepoint.Location == "":
		return missing("savepoint.location")
	}
	return nil
}

// upgraded: what an upgrade replaced is known until it is over.
func (e *Entry) upgraded() error {
	switch {
	case e.Action != Upgrade:
	case e.Previous == nil:
		return missing("previous")
	case e.Savepoint == nil:
		return missing("savepoint")
	}
	return nil
}

func (e *Entry) wrongAction() error {
	return wrong("action", "%q never is in phase %s", e.Action, e.Phase)
}

func missing(field string) error { return fmt.Errorf("field %s is missing", field) }

func wrong(field, format string, args ...any) error {
	return errors.New("field " + field + ": " + fmt.Sprintf(format, args...))
}

func first(checks ...func() error) error {
	for _, check := range checks {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}
