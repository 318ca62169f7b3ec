package scope_test

import (
	"slices"
	"strings"
	"testing"

	"portolan/internal/diag"
	"portolan/internal/invocation"
	"portolan/internal/resync/reconcile"
)

// TestNamesThatTakePlacesOut asks for the queues of eu-west-1, with the settings and the
// mapping of each case. What a list leaves out is out only if every name in it exists.
func TestNamesThatTakePlacesOut(t *testing.T) {
	t.Parallel()
	queues := func(policy string) []string {
		return []string{entry(queue, policy, fixed("queue")), entry(bucket, all, fixed("bucket"))}
	}
	allow := func(names string) []string { return queues(`{"allow":[` + names + `]}`) }
	deny := func(names string) []string { return queues(`{"deny":[` + names + `]}`) }
	for name, test := range map[string]struct {
		settings []string
		newer    []string
		entries  []string
		want     reconcile.Choice
		says     string // what the doubt names
		misnamed bool
		unknown  bool // whether the doubt is about a queue of unknown origin too
	}{
		"no list":                                   {nil, nil, queues(all), reconcile.In, "", false, false},
		"a list of settings that has it":            {[]string{here}, nil, queues(all), reconcile.In, "", false, false},
		"a list of settings that has another":       {[]string{there}, nil, queues(all), reconcile.Out, "", false, false},
		"beside one that is misspelt":               {[]string{there, "eu-wset-1"}, nil, queues(all), reconcile.Doubtful, `PORTOLAN_REGIONS names "eu-wset-1"`, true, true},
		"only a misspelt one":                       {[]string{"eu-wset-1"}, nil, queues(all), reconcile.Doubtful, `PORTOLAN_REGIONS names "eu-wset-1"`, true, true},
		"beside two that are misspelt":              {[]string{"eu-wset-1", "x"}, nil, queues(all), reconcile.Doubtful, `"eu-wset-1" and "x"`, true, true},
		"itself beside one that is misspelt":        {[]string{here, "eu-wset-1"}, nil, queues(all), reconcile.In, "", true, true},
		"beside one that is enabled nowhere":        {[]string{there, "ap-east-2"}, nil, queues(all), reconcile.Out, "", false, false},
		"beside one of another partition":           {[]string{there, "cn-north-1"}, nil, queues(all), reconcile.Out, "", false, false},
		"beside one that only an account lists":     {[]string{there, "eu-north-9"}, []string{"eu-north-9"}, queues(all), reconcile.Out, "", false, false},
		"beside one that no account lists":          {[]string{there, "eu-north-9"}, nil, queues(all), reconcile.Doubtful, "eu-north-9", true, true},
		"allowed":                                   {nil, nil, allow(`"eu-west-1"`), reconcile.In, "", false, false},
		"another allowed":                           {nil, nil, allow(`"us-east-1"`), reconcile.Out, "", false, false},
		"another allowed, and a misspelt one":       {nil, nil, allow(`"us-east-1","eu-wset-1"`), reconcile.Doubtful, `regionPolicy.allow of resources[0] names "eu-wset-1"`, true, true},
		"allowed, and a misspelt one":               {nil, nil, allow(`"eu-west-1","us-wset-1"`), reconcile.In, "", true, true},
		"upper case allowed":                        {nil, nil, allow(`"us-east-1","EU-WEST-1"`), reconcile.Doubtful, "EU-WEST-1", true, true},
		"allowed with a space":                      {nil, nil, allow(`"us-east-1"," eu-west-1"`), reconcile.Doubtful, `" eu-west-1"`, true, true},
		"another allowed, and a newer one":          {nil, []string{"eu-north-9"}, allow(`"us-east-1","eu-north-9"`), reconcile.Out, "", false, false},
		"denied":                                    {nil, nil, deny(`"eu-west-1"`), reconcile.Out, "", false, false},
		"denied beside a misspelt one":              {nil, nil, deny(`"eu-west-1","us-wset-1"`), reconcile.Out, "", false, false},
		"a misspelt one denied":                     {nil, nil, deny(`"eu-wset-1"`), reconcile.In, "", false, false},
		"denied, and another allowed, misspelt":     {nil, nil, queues(`{"allow":["us-east-1","us-wset-1"],"deny":["eu-west-1"]}`), reconcile.Out, "", true, true},
		"misspelt settings, and denied":             {[]string{there, "eu-wset-1"}, nil, deny(`"eu-west-1"`), reconcile.Out, "", true, true},
		"misspelt settings, and another allowed":    {[]string{there, "eu-wset-1"}, nil, allow(`"us-east-1"`), reconcile.Out, "", true, true},
		"settings, and a misspelt one allowed":      {[]string{there}, nil, allow(`"us-east-1","eu-wset-1"`), reconcile.Out, "", true, true},
		"misspelt in settings and in the mapping":   {[]string{there, "eu-wset-1"}, nil, allow(`"us-east-1","eu-wset-1"`), reconcile.Doubtful, "PORTOLAN_REGIONS", true, true},
		"another entry of the kind reads it":        {nil, nil, append(allow(`"eu-wset-1"`), entry(queue, all, fixed("other"))), reconcile.Doubtful, "eu-wset-1", true, true},
		"another entry that makes the blueprint":    {nil, nil, append(allow(`"eu-wset-1"`), entry(queue, all, fixed("queue"))), reconcile.Doubtful, "eu-wset-1", true, true},
		"another entry has the misspelt name":       {nil, nil, append(queues(all), entry(queue, `{"allow":["eu-wset-1"]}`, fixed("other"))), reconcile.In, "", true, false},
		"another entry of names that exist":         {nil, nil, append(allow(`"us-east-1"`), entry(queue, all, fixed("other"))), reconcile.In, "", false, false},
		"two entries of the kind, and one misspelt": {nil, nil, append(allow(`"us-east-1"`), entry(queue, `{"allow":["eu-wset-1"]}`, fixed("other"))), reconcile.Doubtful, "resources[2]", true, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := scopeOf(t, invocation.Request{}, test.settings, test.entries...)
			s.Newer = test.newer
			got, doubt := s.Region(queue, here, "queue")
			if got != test.want || !strings.Contains(string(doubt), test.says) || (got == reconcile.Doubtful) != (doubt != "") {
				t.Errorf("%v, %q; want %v with %q", got, doubt, test.want, test.says)
			}
			if s.Misnamed() != test.misnamed {
				t.Errorf("it keeps the run from reading what it is to read: %t", s.Misnamed())
			}
			if doubt := s.BlueprintDoubt("queue"); (doubt != "") != test.unknown {
				t.Errorf("the doubt about a queue of unknown origin is %q", doubt)
			}
			found := s.Diagnostics()
			if misspelt := s.UnknownRegions(test.settings); len(found) != len(misspelt) {
				t.Errorf("%v are misspelt, and the diagnostics are %+v", misspelt, found)
			}
			for _, d := range found {
				if d.Code != diag.NameUnknown || strings.Contains(d.Title, "eu-wset-1") != strings.Contains(d.Fix, "perhaps eu-west-1 is meant") {
					t.Errorf("diagnostic %+v", d)
				}
			}
			// The mapping finds them; what an account lists all the same is taken back.
			for _, p := range s.WrongPolicies() {
				if slices.Contains(test.newer, p.Expression) {
					t.Errorf("%s exists, and is told: %+v", p.Expression, p)
				}
			}
		})
	}
}

// TestKindsThatAreTakenOut asks for queues, with the mapping of each case.
func TestKindsThatAreTakenOut(t *testing.T) {
	t.Parallel()
	buckets := entry(bucket, all, fixed("bucket"))
	for name, test := range map[string]struct {
		entries []string
		missing []string // blueprints that the entities have and Port has not
		want    reconcile.Choice
		says    string
		unknown bool // whether the doubt is about a queue of unknown origin too
	}{
		"mapped":                                  {[]string{entry(queue, all, fixed("queue"))}, nil, reconcile.In, "", false},
		"taken out":                               {[]string{buckets}, nil, reconcile.Out, "", false},
		"all taken out":                           {nil, nil, reconcile.Out, "", false},
		"misspelt":                                {[]string{buckets, entry("AWS::SQS::Queu", all, fixed("queue"))}, nil, reconcile.Doubtful, `the mapping names "AWS::SQS::Queu"`, true},
		"in another case":                         {[]string{entry("aws::sqs::queue", all, fixed("queue"))}, nil, reconcile.Doubtful, "aws::sqs::queue", true},
		"mapped, and another misspelt":            {[]string{entry(queue, all, fixed("queue")), entry("AWS::S3::Bukket", all, fixed("bucket"))}, nil, reconcile.In, "", true},
		"its entry does not work":                 {[]string{buckets, lost(queue)}, nil, reconcile.Doubtful, "resources[1] of the mapping does not work", false},
		"an entry of another does not work":       {[]string{lost(bucket)}, nil, reconcile.Out, "", false},
		"an entry of no kind":                     {[]string{buckets, `{"selector":{"query":"true"}}`}, nil, reconcile.Doubtful, "resources[1] of the mapping does not work", true},
		"an entry that is no object":              {[]string{`7`}, nil, reconcile.Doubtful, "resources[0] of the mapping does not work", false},
		"of another blueprint":                    {[]string{entry(queue, all, fixed("other"))}, nil, reconcile.In, "", false},
		"of a misspelt blueprint":                 {[]string{entry(queue, all, fixed("queu"))}, []string{"queu"}, reconcile.Doubtful, `the mapping names "queu"`, true},
		"of a misspelt blueprint, computed":       {[]string{entry(queue, all, `"que" + (.x // "u")`)}, []string{"queu"}, reconcile.Doubtful, `"queu"`, true},
		"of the blueprint, and another misspelt":  {[]string{entry(queue, all, fixed("queue")), entry(queue, all, fixed("queu"))}, []string{"queu"}, reconcile.In, "", false},
		"another kind is of a misspelt blueprint": {[]string{entry(queue, all, fixed("other")), entry(bucket, all, fixed("bukket"))}, []string{"bukket"}, reconcile.In, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := scopeOf(t, invocation.Request{}, nil, test.entries...)
			s.UnknownBlueprints = test.missing
			got, doubt := s.Kind(queue, "queue")
			if got != test.want || !strings.Contains(string(doubt), test.says) || (got == reconcile.Doubtful) != (doubt != "") {
				t.Errorf("%v, %q; want %v with %q", got, doubt, test.want, test.says)
			}
			if doubt := s.BlueprintDoubt("queue"); (doubt != "") != test.unknown {
				t.Errorf("the doubt about a queue of unknown origin is %q", doubt)
			}
		})
	}
}

// TestNewerRegions are the well-formed names that the SDK does not know, wherever they stand.
func TestNewerRegions(t *testing.T) {
	t.Parallel()
	s := scopeOf(t, invocation.Request{Regions: []string{here, "eu-north-7"}}, []string{there, "eu-north-8", "EU-WEST-1", "nonsense"},
		entry(queue, `{"allow":["eu-north-9","us-east-1"],"deny":["eu-north-6"," eu-west-1"]}`, fixed("queue")))
	got := s.NewerRegions()
	slices.Sort(got)
	if want := []string{"eu-north-6", "eu-north-7", "eu-north-8", "eu-north-9"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if len(s.WrongPolicies()) != 3 {
		t.Errorf("wrong policies: %+v", s.WrongPolicies())
	}
	s.Newer = got
	if told := s.WrongPolicies(); len(told) != 1 || told[0].Expression != " eu-west-1" {
		t.Errorf("once they are known to exist: %+v", told)
	}
}
