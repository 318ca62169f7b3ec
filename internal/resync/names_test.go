package resync_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/smithy-go/middleware"

	"portolan/internal/aws/account"
	"portolan/internal/console"
	codes "portolan/internal/diag"
	"portolan/internal/invocation"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/state"
)

// withPolicy returns the mapping's entry for queues a regionPolicy.
func withPolicy(policy string) func(string) string {
	return func(mapping string) string {
		const open = `"kind":"AWS::SQS::Queue","selector":{`
		return strings.Replace(mapping, open, open+`"regionPolicy":`+policy+`,`, 1)
	}
}

// asKind changes the kind of the mapping's entry for queues.
func asKind(name string) func(string) string {
	return func(mapping string) string { return strings.Replace(mapping, `"AWS::SQS::Queue"`, `"`+name+`"`, 1) }
}

// says lists the codes of what the report says of settings and mapping.
func says(r *report.Report) (all []codes.Code) {
	for _, n := range r.Diagnostics {
		all = append(all, n.Code)
	}
	for _, m := range r.Mapping {
		all = append(all, m.Code)
	}
	return all
}

// TestNamesThatTakePlacesOut changes the settings or the mapping after a first run of all
// regions and kinds. What a list leaves out goes only if every name in the list exists.
func TestNamesThatTakePlacesOut(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		regions []string
		mapping func(string) string
		stay    bool // the queues of eu-west-1
		says    codes.Code
		status  report.Status
		words   string
	}{
		"a region in the settings":                   {[]string{"us-east-1"}, nil, false, "", report.Completed, ""},
		"beside one that is misspelt":                {[]string{"us-east-1", "eu-wset-1"}, nil, true, codes.NameUnknown, report.Incomplete, "perhaps eu-west-1 is meant"},
		"only a misspelt one":                        {[]string{"eu-wset-1"}, nil, true, codes.NameUnknown, report.Incomplete, "perhaps eu-west-1 is meant"},
		"beside one like no other":                   {[]string{"us-east-1", "xx-nowhere-9"}, nil, true, codes.NameUnknown, report.Incomplete, "xx-nowhere-9"},
		"beside one that is enabled nowhere":         {[]string{"us-east-1", "ap-east-2"}, nil, false, "", report.Completed, ""},
		"beside one of another partition":            {[]string{"us-east-1", "cn-north-1"}, nil, false, "", report.Completed, ""},
		"a region in allow":                          {nil, withPolicy(`{"allow":["us-east-1"]}`), false, "", report.Completed, ""},
		"a misspelt one in allow":                    {nil, withPolicy(`{"allow":["us-east-1","eu-wset-1"]}`), true, codes.MappingRegion, report.Incomplete, "perhaps eu-west-1 is meant"},
		"upper case in allow":                        {nil, withPolicy(`{"allow":["us-east-1","EU-WEST-1"]}`), true, codes.MappingRegion, report.Incomplete, "perhaps eu-west-1 is meant"},
		"spaces in allow":                            {nil, withPolicy(`{"allow":["us-east-1"," eu-west-1"]}`), true, codes.MappingRegion, report.Incomplete, "perhaps eu-west-1 is meant"},
		"a region denied":                            {nil, withPolicy(`{"deny":["eu-west-1"]}`), false, "", report.Completed, ""},
		"a region denied beside a misspelt allowed":  {nil, withPolicy(`{"allow":["us-east-1","us-wset-1"],"deny":["eu-west-1"]}`), false, codes.MappingRegion, report.Incomplete, "us-west-1"},
		"upper case denied":                          {nil, withPolicy(`{"deny":["EU-WEST-1"]}`), true, codes.MappingRegion, report.Completed, "has no effect"},
		"a region denied, another misspelt":          {nil, withPolicy(`{"deny":["eu-west-1","us-wset-1"]}`), false, codes.MappingRegion, report.Completed, "has no effect"},
		"a kind":                                     {nil, asKind("AWS::SNS::Topic"), false, "", report.Completed, ""},
		"a kind that is misspelt":                    {nil, asKind("AWS::SQS::Queu"), true, codes.MappingKind, report.Incomplete, "perhaps AWS::SQS::Queue is meant"},
		"a kind in another case":                     {nil, asKind("aws::sqs::queue"), true, codes.MappingKind, report.Incomplete, "perhaps AWS::SQS::Queue is meant"},
		"a misspelt setting, and the mapping denies": {[]string{"us-east-1", "eu-wset-1"}, withPolicy(`{"deny":["eu-west-1"]}`), false, codes.NameUnknown, report.Incomplete, ""},
		"a setting, and a misspelt one in allow":     {[]string{"us-east-1"}, withPolicy(`{"allow":["us-east-1","eu-wset-1"]}`), false, codes.MappingRegion, report.Incomplete, ""},
	}
	for name, test := range tests {
		for _, store := range []state.Store{state.NewMemory(), nil} {
			t.Run(fmt.Sprintf("%s, with a state %v", name, store != nil), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, estate(), quickRetries, func(d *resync.Deps) { d.State, d.Rewrite = store, 7*24*time.Hour })
				wantStatus(t, w.run(invocation.Request{}), report.Completed)
				w.change(test.regions, test.mapping)
				r := w.run(invocation.Request{AllowMassDelete: true})
				if r.Status != test.status {
					t.Errorf("status %s (%s), want %s", r.Status, r.Reason, test.status)
				}
				// Without a state it is not known which of the names the entity had.
				stay := test.stay || store == nil && test.status == report.Incomplete
				if q := w.queue(member, "eu-west-1"); slices.Contains(w.identifiers("sqsQueue"), arn(member, q)) != stay {
					t.Errorf("a queue of eu-west-1 is to stay: %v; deletes %+v", stay, r.Deletes)
				}
				if got := says(r); test.says != "" && !slices.Contains(got, test.says) ||
					test.says == "" && slices.ContainsFunc(got, func(c codes.Code) bool {
						return c == codes.NameUnknown || c == codes.MappingRegion || c == codes.MappingKind
					}) {
					t.Errorf("the report says %v, want %s", got, test.says)
				}
				var text bytes.Buffer
				w.must(r.Write(console.Fixed(&text, 1000)))
				if flat := strings.Join(strings.Fields(text.String()), " "); !strings.Contains(flat, test.words) {
					t.Errorf("the table lacks %q:\n%s", test.words, text.String())
				}
			})
		}
	}
}

// change makes the settings and the mapping what they are to be; nil leaves them.
func (w *world) change(regions []string, mapping func(string) string) {
	w.t.Helper()
	if regions != nil {
		w.deps.Regions = regions
	}
	if mapping != nil {
		before := string(w.defaults.Config)
		after := mapping(before)
		if before == after {
			w.t.Fatal("the mapping is not changed")
		}
		w.must(w.port.SetConfig(integration, []byte(after)))
	}
}

// listing is a directory with accounts that list more regions, or do not list any.
type listing struct {
	resync.Directory
	more []string
	err  error
}

func (l listing) AllRegions(ctx context.Context, s *account.Session) ([]string, error) {
	if l.err != nil {
		return nil, l.err
	}
	regions, err := l.Directory.AllRegions(ctx, s)
	return append(regions, l.more...), err
}

// TestRegionThatIsNewerThanTheSDK is accepted where an account lists it, and only there.
func TestRegionThatIsNewerThanTheSDK(t *testing.T) {
	t.Parallel()
	const newer = "eu-north-9"
	for name, test := range map[string]struct{ exists, steps bool }{
		"that exists": {true, false}, "that nobody lists": {false, false},
		"that exists, in steps": {true, true}, "that nobody lists, in steps": {false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			exists := test.exists
			w := newMachine(t, estate(), quickRetries)
			wantStatus(t, w.run(invocation.Request{}), report.Completed)
			inner := w.deps.Directory
			w.deps.Directory = func(ctx context.Context, run string, options func(*middleware.Stack) error) (resync.Directory, error) {
				d, err := inner(ctx, run, options)
				l := listing{Directory: d}
				if exists {
					l.more = []string{newer}
				}
				return l, err
			}
			w.change([]string{"us-east-1", newer}, withPolicy(`{"allow":["us-east-1","`+newer+`"]}`))
			run := w.run
			if test.steps {
				run = w.whole
			}
			r := run(invocation.Request{AllowMassDelete: true})
			accepted := r.Status == report.Completed && !slices.Contains(says(r), codes.NameUnknown) && !slices.Contains(says(r), codes.MappingRegion)
			if accepted != exists {
				t.Errorf("the region is accepted: %v, want %v: %s, %v", accepted, exists, r.Reason, says(r))
			}
			if stays := slices.Contains(w.identifiers("sqsQueue"), arn(member, w.queue(member, "eu-west-1"))); stays == exists {
				t.Errorf("a queue of the region that was taken out stays: %v", stays)
			}
		})
	}
}

// TestNamesAcrossInvocations has a run of several invocations judge as one alone does.
func TestNamesAcrossInvocations(t *testing.T) {
	t.Parallel()
	w := remembering(t)
	w.change([]string{"us-east-1", "eu-wset-1"}, withPolicy(`{"allow":["us-east-1","eu-wset-1"]}`))
	w.later.Add(int64(time.Minute))
	r := (&machine{world: w, concurrency: 2}).whole(invocation.Request{AllowMassDelete: true})
	for _, want := range []codes.Code{codes.NameUnknown, codes.MappingRegion} {
		if !slices.Contains(says(r), want) {
			t.Errorf("the report says %v, and not %s", says(r), want)
		}
	}
	if q := w.queue(member, "eu-west-1"); r.Status != report.Incomplete || !slices.Contains(w.identifiers("sqsQueue"), arn(member, q)) {
		t.Errorf("%s (%s): the queue is gone; deletes %+v", r.Status, r.Reason, r.Deletes)
	}
}

// TestBlueprintThatDoesNotExist renames the blueprint of the queues in the mapping. Their
// entities go only if the new one exists.
func TestBlueprintThatDoesNotExist(t *testing.T) {
	t.Parallel()
	const before, after = `"blueprint":"\"sqsQueue\""`, `"blueprint":`
	for name, test := range map[string]struct {
		expression string
		stay       bool
	}{
		"misspelt":                       {`"\"sqsQueu\""`, true},
		"in another case":                {`"\"SqsQueue\""`, true},
		"misspelt and computed":          {`"\"sqs\" + (.Properties.QueueArn | \"Queu\")"`, true},
		"computed, and some of it wrong": {`"if (.Properties.QueueArn | contains(\"eu-west-1\")) then \"sqsQueu\" else \"sqsQueue\" end"`, true},
		"another that exists":            {`"\"snsTopic\""`, false},
	} {
		for _, store := range []state.Store{state.NewMemory(), nil} {
			t.Run(fmt.Sprintf("%s, with a state %v", name, store != nil), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, estate(), quickRetries, func(d *resync.Deps) { d.State = store })
				wantStatus(t, w.run(invocation.Request{}), report.Completed)
				w.change(nil, func(mapping string) string { return strings.Replace(mapping, before, after+test.expression, 1) })
				for _, request := range []invocation.Request{{Action: invocation.Plan, AllowMassDelete: true}, {AllowMassDelete: true}} {
					r := w.run(request)
					if goes := r.Deletes.Planned+r.Deletes.Deleted > 0; goes == (test.stay || store == nil) { // without a state nothing speaks of the blueprint that the mapping had
						t.Errorf("plan %v: %s (%s): queues go: %v; deletes %+v", request.Action == invocation.Plan, r.Status, r.Reason, goes, r.Deletes)
					}
				}
			})
		}
	}
}

// TestTypoBesideAnotherEntryOfTheKind has two entries of queues. A wrong name in one takes
// nothing out that the other does not make, whatever the other reads.
func TestTypoBesideAnotherEntryOfTheKind(t *testing.T) {
	t.Parallel()
	entry := func(kind, policy, query, blueprint string) string {
		return fmt.Sprintf(`{"kind":%q,"selector":{"query":%q,"regionPolicy":%s},"port":{"entity":{"mappings":{"identifier":".Properties.QueueArn","blueprint":%q}}}}`,
			kind, query, policy, blueprint)
	}
	const queue, all, quoted, other = "AWS::SQS::Queue", `{}`, `"sqsQueue"`, `"snsTopic"`
	type entries [2]string
	for name, test := range map[string]struct {
		before, after entries
		stay          bool
		remembered    bool // the mapping no longer has the blueprint: only a state speaks of it
	}{
		"a region, and the other makes other entities of all regions": {
			entries{entry(queue, all, "true", other), entry(queue, `{"allow":["eu-west-1"]}`, "true", quoted)},
			entries{entry(queue, all, "true", other), entry(queue, `{"allow":["eu-wset-1"]}`, "true", quoted)}, true, false,
		},
		"a region that exists": {
			entries{entry(queue, all, "true", other), entry(queue, `{"allow":["eu-west-1"]}`, "true", quoted)},
			entries{entry(queue, all, "true", other), entry(queue, `{"allow":["us-east-1"]}`, "true", quoted)}, false, false,
		},
		"a kind, and the other makes other entities": {
			entries{entry(queue, all, "true", other), entry(queue, all, "true", quoted)},
			entries{entry(queue, all, "true", other), entry("AWS::SQS::Queu", all, "true", quoted)}, true, false,
		},
		"a kind, and the other makes some of the same blueprint": {
			entries{entry(queue, all, `.__ExtraContext.Region == "us-east-1"`, quoted), entry(queue, all, `.__ExtraContext.Region == "eu-west-1"`, quoted)},
			entries{entry(queue, all, `.__ExtraContext.Region == "us-east-1"`, quoted), entry("AWS::SQS::Queu", all, `.__ExtraContext.Region == "eu-west-1"`, quoted)}, true, false,
		},
		"a region, and the other makes some of the same blueprint": {
			entries{entry(queue, all, `.__ExtraContext.Region == "us-east-1"`, quoted), entry(queue, `{"allow":["eu-west-1"]}`, "true", quoted)},
			entries{entry(queue, all, `.__ExtraContext.Region == "us-east-1"`, quoted), entry(queue, `{"allow":["eu-wset-1"]}`, "true", quoted)}, true, false,
		},
		"an entry that is removed": {
			entries{entry(queue, all, "true", other), entry(queue, all, "true", quoted)},
			entries{entry(queue, all, "true", other), entry(queue, all, "true", other)}, false, true,
		},
	} {
		for _, store := range []state.Store{state.NewMemory(), nil} {
			t.Run(fmt.Sprintf("%s, with a state %v", name, store != nil), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, estate(), quickRetries, func(d *resync.Deps) { d.State = store })
				wantStatus(t, w.run(invocation.Request{}), report.Completed)
				mapping := func(e entries) {
					w.must(w.port.SetConfig(integration, []byte(`{"deleteDependentEntities":false,"resources":[`+e[0]+","+e[1]+`]}`)))
				}
				mapping(test.before)
				first := w.run(invocation.Request{AllowMassDelete: true})
				q := arn(member, w.queue(member, "eu-west-1"))
				if !slices.Contains(w.identifiers("sqsQueue"), q) {
					t.Fatalf("the queue is not there: %s (%s) %+v %+v", first.Status, first.Reason, first.Total, first.Deletes)
				}
				mapping(test.after)
				r := w.run(invocation.Request{AllowMassDelete: true})
				if stays := slices.Contains(w.identifiers("sqsQueue"), q); stays != (test.stay || test.remembered && store == nil) {
					t.Errorf("%s (%s): the queue stays: %v; deletes %+v", r.Status, r.Reason, stays, r.Deletes)
				}
			})
		}
	}
}
