package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"portolan/internal/aws/awsname"
	"portolan/internal/diag"
)

// names looks at the regions that settings, mapping and request name. One that the SDK
// does not know is asked of the first account that answers.
func (e *examination) names(ctx context.Context) {
	var wrong []diag.Diagnostic
	asked := slices.Concat(e.Regions, e.request.Regions)
	if e.mapping != nil {
		for _, d := range e.mapping.Diagnostics {
			if d.Code == diag.MappingRegion {
				wrong, asked = append(wrong, d), append(asked, d.Expression)
			}
		}
	}
	known := awsname.Regions("")
	isKnown := func(name string) bool { return slices.Contains(known, name) }
	if slices.ContainsFunc(asked, func(name string) bool { return awsname.IsRegion(name) && !isKnown(name) }) {
		for _, a := range e.admissions {
			if a.session == nil {
				continue
			}
			if listed, err := e.directory.AllRegions(ctx, a.session); err == nil {
				known = append(known, listed...)
				break
			}
		}
	}
	for where, names := range map[string][]string{"PORTOLAN_REGIONS": e.Regions, "the request": e.request.Regions} {
		for _, name := range names {
			if !isKnown(name) {
				e.check("settings").add(diag.Diagnostic{
					Severity: diag.Error, Code: diag.NameUnknown, Cause: fmt.Sprintf("%s names %q, which is not a region of AWS%s", where, name, meant(name)),
				})
			}
		}
	}
	for _, d := range wrong {
		if isKnown(d.Expression) {
			continue
		}
		d.Severity = diag.Error
		if strings.Contains(d.Field, ".deny") {
			d.Severity = diag.Warning // it has no effect
		}
		d.Expression = "" // the cause has it
		e.check("mapping").add(d)
	}
}

// meant ends a sentence with the region that a misspelt one most likely stands for.
func meant(name string) string {
	if near := awsname.NearestRegion(name, awsname.Regions("")); near != "" {
		return "; perhaps " + near + " is meant"
	}
	return ""
}

// check returns a check that was opened.
func (e *examination) check(name string) *Check {
	at := slices.IndexFunc(e.diagnosis.Checks, func(c *Check) bool { return c.Name == name })
	return e.diagnosis.Checks[at]
}
