package apply

import (
	"context"
	"slices"

	"flink-sql-driver/plan"
	"flink-sql-driver/plan/compat"
	"flink-sql-driver/plan/release"
	"flink-sql-driver/submitter/internal/change"
	"flink-sql-driver/submitter/internal/resource"
)

// judge says what is defined differently for the new plan than for a release, and what
// becomes of that release's state under both.
func (a *Applier) judge(ctx context.Context, s *Assessment, old *plan.Compiled, oldConfig release.Config, r Result) ([]change.Definition, compat.Verdict) {
	given := s.given(r)
	definitions := change.Definitions(oldConfig, given, old, r.Plan)
	verdict := judge(old, r.Plan, definitions)
	if !verdict.Reached() {
		return definitions, verdict
	}
	config, repacked := a.repacked(ctx, oldConfig, s.files)
	if len(repacked) == 0 {
		return definitions, verdict
	}
	definitions = change.Definitions(config, given, old, r.Plan)
	return append(definitions, repacked...), judge(old, r.Plan, definitions)
}

// judge says what becomes of the old plan's state under a new plan and new definitions
// of what both name.
func judge(old, wanted *plan.Compiled, definitions []change.Definition) compat.Verdict {
	return compat.Judge(old, wanted).Redefined(old, wanted, change.Redefined(definitions))
}

// repacked is a release's config with the digests of today's jars in the place of those
// that were only packed anew, as every build does: the same functions come from both.
// A jar that cannot be looked into counts as another one.
func (a *Applier) repacked(ctx context.Context, c release.Config, files []resource.File) (release.Config, []change.Definition) {
	c.Resources = slices.Clone(c.Resources)
	var found []change.Definition
	for i, r := range c.Resources {
		k := slices.IndexFunc(files, func(f resource.File) bool { return f.Name == r.Name && f.Kind == r.Kind })
		if k < 0 || files[k].SHA256 == r.SHA256 || r.Kind == release.KindArchive {
			continue
		}
		content, err := release.OpenResource(ctx, a.Bucket, r)
		if err != nil {
			continue
		}
		same, err := resource.SameJar(files[k].Path, content)
		content.Close()
		if err == nil && same {
			found = append(found, change.Repacked(r, files[k].SHA256))
			c.Resources[i].SHA256 = files[k].SHA256
		}
	}
	return c, found
}
