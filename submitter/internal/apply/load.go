package apply

import (
	"context"
	"errors"
	"fmt"

	"flink-sql-driver/plan"
	"flink-sql-driver/submitter/internal/compile"
)

// Loading asks whether Flink can load a plan as it is to run.
type Loading struct {
	Request
	Plan []byte
}

// loadPlans has every plan that this program wrote, by giving nodes other ids than
// the gateway did, read by Flink before anything is touched for it. Plans that run
// as they were compiled need none of that.
func (a *Applier) loadPlans(ctx context.Context, compiled []*Assessment) {
	if a.Load == nil {
		return
	}
	var loads []Loading
	var jobs []*Assessment
	for _, s := range compiled {
		if s.Err == nil && s.release != nil && s.release.rewritten && s.Decision.Acts() && !s.Decision.SameRelease {
			jobs = append(jobs, s)
			loads = append(loads, Loading{Request: s.request(), Plan: s.release.release.Plan})
		}
	}
	if len(loads) == 0 {
		return
	}
	for i, err := range a.Load(ctx, loads) {
		switch s := jobs[i]; {
		case errors.Is(err, compile.ErrUnseen):
			s.Decision.Warnings = append(s.Decision.Warnings, "the gateway hands plans over by query, so it could not be shown the plan with the ids under which state is found: whether Flink can load that turns out at the start")
		default:
			s.Err = err
		}
	}
}

// versioned is a target that knows which Flink its launches run on.
type versioned interface {
	FlinkVersion() string // 2.3.0; empty: not known
}

// runnable refuses plans of a newer Flink than the target's, which cannot read
// them. Older plans are read by newer Flinks.
func (s *Assessment) runnable(p *plan.Compiled) error {
	v, ok := s.target.(versioned)
	if !ok || v.FlinkVersion() == "" {
		return nil
	}
	if has := v.FlinkVersion(); plan.CompareVersions(p.FlinkVersion(), has) > 0 {
		return fmt.Errorf("%s: Flink %s compiled its plan, and its target runs Flink %s, which cannot read that; compile with a gateway of that version (gateways in submitter.yaml, flink-version in the manifest), or use a newer Flink there", s.Job.Name, p.FlinkVersion(), has)
	}
	return nil
}

// mayStart is runnable for a release that is started again. The target may have
// got another Flink since it was compiled.
func (a *Applier) mayStart(ctx context.Context, s *Assessment) error {
	if v, ok := s.target.(versioned); !ok || v.FlinkVersion() == "" || !s.Decision.SameRelease {
		return nil
	}
	recorded, _, err := a.open(ctx, s.Job.Name, s.base())
	if isDamage(err) {
		return damaged(s.Job.Name, err)
	}
	if err != nil {
		return err
	}
	return s.runnable(recorded)
}
