package page_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"portolan/internal/diag"
	"portolan/internal/report"
	"portolan/internal/report/page"
)

func sample() *report.Report {
	return &report.Report{
		Head: report.Head{
			Run: "run-1", Action: "resync", Status: report.Incomplete, Reason: "3 cells not read", Integration: "my-aws", Trigger: "schedule", Version: "v1",
			Started: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Finished: time.Date(2026, 1, 2, 3, 4, 9, 0, time.UTC), Seconds: 4.25, TimeLimit: 300,
		},
		Trimmed: []string{"12 changes"}, Reading: report.Reading{
			Strategy: "organization", Total: report.Counts{Fetched: 12345, Created: 7, Deleted: 2, Failed: 3, Refused: 4, DetailsNotFound: 1022},
			Cells: map[report.Outcome]int{report.Complete: 40, "denied": 3, "not-offered": 1},
			Accounts: []report.Account{
				{ID: "111122223333", Name: "shop", Regions: 4, Counts: report.Counts{Fetched: 12345}},
				{ID: "333344445555", Name: "bank", Regions: 4},
			},
			AccountsSkipped: []report.SkippedAccount{{ID: "222233334444", Name: "old", Reason: "SUSPENDED"}},
			Kinds: []report.Kind{
				{Kind: "AWS::S3::Bucket", Counts: report.Counts{Fetched: 1}, Cells: map[report.Outcome]int{report.Complete: 2}, Seconds: 1},
				{Kind: "AWS::SQS::Queue", Counts: report.Counts{Fetched: 12344, Deleted: 2}, Cells: map[report.Outcome]int{report.Complete: 38, "denied": 3}, Seconds: 2},
			},
			Coverage: report.Coverage{Kinds: []string{"AWS::S3::Bucket", "AWS::SQS::Queue"}, Accounts: []report.CoverageRow{
				{Account: "111122223333", Cells: []report.CoverageCell{{Outcome: report.Complete}, {Outcome: "denied", Read: 1, Cells: 4, Resources: 12344}}},
				{Account: "333344445555", Cells: []report.CoverageCell{{Outcome: report.Complete, Resources: 1, Refused: 4}, {}}},
			}},
		},
		Exceptions: report.Exceptions{
			Diagnostics: []diag.Diagnostic{
				{Code: diag.PortRemark, Severity: diag.Note, Title: "Port", Cause: "created the blueprint sqsQueue"},
				{Severity: diag.Warning, Title: "less urgent", Cause: "a cause"},
				{Code: diag.OrganizationsDenied, Severity: diag.Error, Title: "the notice", Cause: "its cause",
					Fix: `Add to the policies: {"Effect":"Allow","Action":"organizations:ListAccounts","Resource":"*"}. It is enough.`},
			},
			Gaps: []report.Gap{
				{Diagnostic: diag.Diagnostic{Subject: diag.Subject{Account: "111122223333", Kinds: []string{"AWS::SQS::Queue"}, Regions: []string{"eu-west-1"}}, Cause: "AccessDenied: no", Fix: "allow sqs:ListQueues"}, Outcome: "denied", Cells: 3},
				{Diagnostic: diag.Diagnostic{Cause: "the run ended"}, Outcome: report.NotReached, Cells: 1},
			},
			MoreGaps: 1200,
			Refused: []report.RefusedResources{
				{Diagnostic: diag.Diagnostic{Subject: diag.Subject{Account: "111122223333", Regions: []string{"eu-west-1"}, Kinds: []string{"AWS::KMS::Key"}}, Cause: "AccessDenied: key policy", Fix: "ask the owner of the key"}, Action: "kms:DescribeKey", Count: 4, Samples: []string{"key-a", "key-b"}},
				{Diagnostic: diag.Diagnostic{Subject: diag.Subject{Account: "333344445555", Kinds: []string{"AWS::S3::Bucket"}}, Cause: "AccessDenied: bucket policy"}, Action: "s3:GetBucketTagging", Detail: true, Count: 1, Samples: []string{"logs"}},
			},
			MoreRefused: 3,
			Details:     []report.Detail{{Kind: "AWS::DynamoDB::Table", Action: "dynamodb:DescribeContinuousBackups", NotFound: 1022}},
			Mapping: []report.MappingDiagnostic{
				{Diagnostic: diag.Diagnostic{Subject: diag.Subject{Entry: new(2), Kinds: []string{"AWS::SQS::Queue"}, Field: "selector.query", Expression: ".Properties | nope"}, Cause: "it does not compile", Fix: "close the bracket"}, Sample: "queue-1"},
				{Diagnostic: diag.Diagnostic{Subject: diag.Subject{Entry: new(3), Kinds: []string{"AWS::SQS::Queue"}, Field: "properties.always"}}, Null: true, Count: 5, Of: 5},
				{Diagnostic: diag.Diagnostic{Subject: diag.Subject{Entry: new(3), Kinds: []string{"AWS::SQS::Queue"}, Field: "properties.seldom"}}, Null: true, Count: 2, Of: 5},
			},
			Entities: []report.RefusedEntities{{Diagnostic: diag.Diagnostic{Subject: diag.Subject{Blueprint: "sqsQueue"}, Cause: "422 of Port"}, Count: 3, Samples: []string{"entity-a", "entity-b"}}},
		},
		Deletes: report.Deletes{Stale: 5, Deleted: 2, Withheld: []report.Withheld{
			{Diagnostic: diag.Diagnostic{Cause: "a hold"}, Count: 3, Samples: []string{"sqsQueue/c"}}, {Diagnostic: diag.Diagnostic{Cause: "nobody looked"}, Count: -1},
		}},
		Usage: report.Usage{
			AWS:             map[string]report.Calls{"SQS": {Calls: 1100, Retries: 4, Throttled: 3}, "STS": {Calls: 2}},
			Port:            map[string]report.Calls{"entities": {Calls: 9}},
			PeakMemoryBytes: 64 << 20,
		},
	}
}

func write(t *testing.T, r *report.Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := page.Write(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// text returns the text of the page, with single blanks.
func text(t *testing.T, page string) string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for n := range root.Descendants() {
		if n.Type == html.TextNode && n.Parent.Data != "style" && n.Parent.Data != "script" {
			if prev := n.PrevSibling; prev != nil && prev.Data == "wbr" && len(words) > 0 {
				words[len(words)-1] += n.Data // a word that may be broken here
				continue
			}
			words = append(words, strings.Fields(n.Data)...)
		}
	}
	return strings.Join(words, " ")
}

func TestPageSaysEverything(t *testing.T) {
	t.Parallel()
	said := text(t, write(t, sample()))
	for _, want := range []string{
		"my-aws incomplete 3 cells not read", "2 January 2026, 03:04:05 UTC", "schedule", "run-1", "12,345 resources read", "40 cells read of 43",
		"7 created", "2 deleted", "3 not taken by Port", "3 deletes withheld", "4.2 s from start to end of 5 min",
		"What needs you the notice PTL-302 Its cause Fix Add to the policies: Copy { \"Effect\": \"Allow\", \"Action\": \"organizations:ListAccounts\", \"Resource\": \"*\" } It is enough.",
		"denied shop 111122223333 3 cells AWS::SQS::Queue in eu-west-1 AccessDenied: no Fix Allow sqs:ListQueues Copy",
		"not-reached every account 1 cell every kind the run ended", "and 1,200 more",
		"not taken sqsQueue 3 entities 422 of Port For example entity-a , entity-b",
		"mapping AWS::SQS::Queue, selector.query resources[2] .Properties | nope it does not compile For example queue-1 Fix Close the bracket Copy",
		"1 field was null for every document", "properties.always",
		"3 stale entities stay A hold For example sqsQueue/c", "Nothing was deleted Nobody looked",
		"All accounts 100% 2 of 2 cells read, 1 resource 92% 38 of 41 cells read, 12,344 resources",
		"With gaps: 1 account shop 111122223333 0 D denied, 1 of 4 cells read, 12,344 resources",
		"Without gaps: 1 account bank 333344445555 1* 1 resource, 4 refused for good",
		"refused shop 111122223333 4 resources AWS::KMS::Key in eu-west-1: kms:DescribeKey , not read, and their entities stay; for example key-a , key-b AccessDenied: key policy Fix Ask the owner of the key Copy",
		"detail bank 333344445555 1 resource AWS::S3::Bucket : s3:GetBucketTagging , read without it; for example logs", "and 3 more",
		"1,022 details were not found", "AWS::DynamoDB::Table dynamodb:DescribeContinuousBackups 1,022", "D denied: the role lacks a permission",
		"old 222233334444 SUSPENDED", "AWS::SQS::Queue 2 s 12,344 AWS::S3::Bucket 1 s 1", "SQS 1,100 4 3 STS 2 0 0", "All 1,102 4 3",
		"Not in this report, and in the one that the state has: 12 changes.", "At most 64 MB of memory. Accounts: organization.",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if t.Failed() {
		t.Log(said)
	}
	if strings.Contains(said, "properties.seldom") {
		t.Error("the page names a field that is null for some documents only")
	}
}

func TestPageOfAPlan(t *testing.T) {
	t.Parallel()
	r := sample()
	r.Action, r.Total.Created, r.Total.Updated, r.Total.Failed = "plan", 2, 300, 4
	r.Changes = []report.Change{
		{Sort: report.Created, Blueprint: "sqsQueue", Identifier: "new"},
		{Sort: report.Updated, Blueprint: "sqsQueue", Identifier: "old", Account: "222222222222", Region: "eu-west-1", Fields: []report.FieldChange{
			{Name: "title", Old: nil, New: "a <b>"}, {Name: "properties.size", Old: 1e6, New: 2.5}, {Name: "properties.tags", Old: "(a list of 3, not shown)", New: true},
		}},
		{Sort: report.Fails, Blueprint: "topic", Identifier: "t", Code: "PTL-211", Cause: "Port does not have the blueprint topic"},
	}
	r.Deletes = report.Deletes{Planned: 1, Samples: []string{"sqsQueue/gone"}}
	said := text(t, write(t, r))
	for _, want := range []string{
		"plan: nothing was written", "2 would be created", "300 would be updated", "1 would be deleted",
		"Would create 2 entities sqsQueue/new … and 1 more.",
		"Would update 300 entities sqsQueue/old 222222222222, eu-west-1 Fields of old Field In Port now After a resync title null \"a <b>\"",
		"properties.size 1000000 2.5 properties.tags (a list of 3, not shown) true … and 299 more.",
		"Would fail 4 entities topic/t PTL-211 Port does not have the blueprint topic … and 3 more.", "4 would fail", "What the mapping or Port would not take",
		"Would delete 1 entity sqsQueue/gone", "What would change, by kind",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if t.Failed() {
		t.Log(said)
	}
}

// TestOrder: what needs a person comes first, and what is only worth knowing last.
func TestOrder(t *testing.T) {
	t.Parallel()
	r := sample()
	r.Unavailable = []report.Gap{{Diagnostic: diag.Diagnostic{Severity: diag.Note, Cause: "a policy of the Organization"}, Outcome: report.Closed, Cells: 1}}
	said := text(t, write(t, r))
	said = said[strings.LastIndex(said, "What needs you"):]
	at := 0
	for _, next := range []string{
		"the notice", "less urgent", "What was not read", "What the mapping or Port did not take", "What stays in Port", "Totals", "What was read, by account and kind",
		"What was not read, and is not a gap closed", "What AWS refuses for good", "What changed, by kind", "Accounts Counts by account", "Where the time went", "Calls AWS", "Notes Port", "What the codes mean",
	} {
		found := strings.Index(said[at:], next)
		if found < 0 {
			t.Fatalf("%q does not come next in %s", next, said[at:])
		}
		at += found + len(next)
	}
}

// TestOneStatement: what the role lacks is one statement; what another policy denies is not in it.
func TestOneStatement(t *testing.T) {
	t.Parallel()
	r := sample()
	for _, fix := range []string{
		"allow sqs:ListQueues in the role that reads the account", "allow sns:ListTopics in the role that reads the account", "allow sqs:ListQueues in the role that reads the account",
		"allow ecs:ListClusters in the permissions boundary of the role that reads the account",
	} {
		r.Gaps = append(r.Gaps, report.Gap{Diagnostic: diag.Diagnostic{Severity: diag.Error, Fix: fix}, Outcome: "denied", Cells: 1})
	}
	if want := `{ "Sid": "PortolanLacks", "Effect": "Allow", "Action": [ "sns:ListTopics", "sqs:ListQueues" ], "Resource": "*" }`; !strings.Contains(text(t, write(t, r)), want) {
		t.Errorf("the page does not say %s", want)
	}
}

// TestTopOfAFailure: one cause and one fix, by what the run says of the code, or by what holds for it in every case.
func TestTopOfAFailure(t *testing.T) {
	t.Parallel()
	failed := report.Head{Status: report.Failed, Integration: "my-aws", Code: diag.PortCredentials, Reason: "it was refused"}
	own := diag.Diagnostic{Code: diag.PortCredentials, Severity: diag.Error, Cause: "it was refused", Fix: "turn the key"}
	for _, test := range []struct {
		report *report.Report
		want   string
	}{
		{&report.Report{Head: failed}, "my-aws failed It was refused PTL-201 Fix They must be those of the organization at OCEAN__PORT__BASE_URL :"},
		{&report.Report{Head: failed, Exceptions: report.Exceptions{Diagnostics: []diag.Diagnostic{own}}}, "my-aws failed It was refused PTL-201 Fix Turn the key Copy"},
		{&report.Report{Head: failed, Exceptions: report.Exceptions{Gaps: []report.Gap{{Diagnostic: own, Outcome: "denied", Cells: 1}}}}, "my-aws failed It was refused PTL-201 Fix Turn the key Copy"},
	} {
		said := text(t, write(t, test.report))
		if !strings.Contains(said, test.want) || strings.Count(said, "Turn the key") > 1 || strings.Contains(said, "resources read") {
			t.Errorf("the page does not begin with %q, says it twice, or counts what is not there:\n%s", test.want, said)
		}
	}
}

// TestFixHoldsStatements: each object in a fix is a block of its own, whatever is around it.
func TestFixHoldsStatements(t *testing.T) {
	t.Parallel()
	const long = `{"Effect":"Allow","Action":["sts:AssumeRole"],"Resource":"*"}`
	for fix, want := range map[string]string{
		"Add " + long + ".":                         `Fix Add Copy { "Effect"`,
		"Add " + long + ". And " + long + ". Then":  `"*" } And Copy { "Effect": "Allow", "Action": [ "sts:AssumeRole" ], "Resource": "*" } Then`,
		"run once (`{\"a\": true}`), or {\"a\": 1}": `Fix Run once ( {"a": true} ), or {"a": 1} Copy`,
		"an open { and ` are text":                  "Fix An open { and ` are text Copy",
		`it ends in {"a": `:                         `Fix It ends in {"a": Copy`,
		"nothing, if it is meant":                   "Fix Nothing, if it is meant Totals",
	} {
		r := &report.Report{Head: report.Head{Status: report.Incomplete}, Reading: report.Reading{Total: report.Counts{Fetched: 1}},
			Exceptions: report.Exceptions{Diagnostics: []diag.Diagnostic{{Severity: diag.Error, Title: "x", Cause: "y", Fix: fix}}}}
		if said := text(t, write(t, r)); !strings.Contains(said, want) {
			t.Errorf("of %q the page does not say %q:\n%s", fix, want, said)
		}
	}
}

// TestPageOfNothing is that of a run that failed before it knew anything.
func TestPageOfNothing(t *testing.T) {
	t.Parallel()
	said := text(t, write(t, &report.Report{Head: report.Head{Status: report.Failed, Integration: "my-aws", Reason: "Port refused the credentials"}}))
	if !strings.Contains(said, "my-aws failed Port refused the credentials") || strings.Contains(said, "Coverage") {
		t.Error(said)
	}
}

// TestEverythingIsEscaped puts markup wherever a report has text.
func TestEverythingIsEscaped(t *testing.T) {
	t.Parallel()
	const harm = `</style></title></script><script>alert(1)</script><img src=x onerror=alert(1)>" onload="alert(1)' x='{{.}}javascript:alert(1)`
	plain, err := json.Marshal(sample())
	if err != nil {
		t.Fatal(err)
	}
	var any any
	if err := json.Unmarshal(plain, &any); err != nil {
		t.Fatal(err)
	}
	harmful, err := json.Marshal(spoil(any, harm))
	if err != nil {
		t.Fatal(err)
	}
	r := sample()
	if err := json.Unmarshal(harmful, r); err != nil {
		t.Fatal(err)
	}
	r.Changes = []report.Change{{Sort: harm, Blueprint: harm, Identifier: harm, Account: harm, Region: harm, Cause: harm,
		Code: harm, Fields: []report.FieldChange{{Name: harm, Old: harm, New: harm}}}}
	r.Deletes.Samples = []string{harm}
	r.AWS, r.Port = map[string]report.Calls{harm: {Calls: 1}}, map[string]report.Calls{harm: {Calls: 1}}
	r.Coverage.Accounts[0].Cells[1].Outcome = harm
	r.Coverage.Kinds = []string{harm, harm}
	r.Cells = map[report.Outcome]int{harm: 1}
	for _, action := range []string{harm, "plan"} {
		r.Action = action
		r.Status = harm
		root, err := html.Parse(strings.NewReader(write(t, r)))
		if err != nil {
			t.Fatal(err)
		}
		scripts, seen := 0, 0
		for n := range root.Descendants() {
			seen += strings.Count(n.Data, harm)
			switch {
			case n.Type != html.ElementNode:
				continue
			case n.Data == "script":
				scripts++
			case n.Data == "img":
				t.Error("there is an image")
			}
			for _, a := range n.Attr {
				if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "x" {
					t.Errorf("<%s> has %s=%q", n.Data, a.Key, a.Val)
				}
				if a.Key == "href" && !strings.HasPrefix(a.Val, "#") && a.Val != "data:," {
					t.Errorf("a link to %q", a.Val)
				}
			}
		}
		if scripts != 1 || seen < 40 {
			t.Errorf("%d scripts; the text was shown %d times", scripts, seen)
		}
	}
}

// spoil makes every text of a JSON value harmful, except those with a fixed form.
func spoil(value any, harm string) any {
	switch v := value.(type) {
	case map[string]any:
		for key, member := range v {
			if key != "started" && key != "finished" && key != "cells" && key != "coverage" && key != "id" && key != "since" {
				v[key] = spoil(member, harm)
			}
		}
	case []any:
		for i := range v {
			v[i] = spoil(v[i], harm)
		}
	case string:
		return harm
	}
	return value
}

// TestPageNeedsNothing: no address of anything outside, and a policy that allows the
// style and the script that are there, to the letter. The browser's own check of this
// is in scripts/browser.
func TestPageNeedsNothing(t *testing.T) {
	t.Parallel()
	got := write(t, sample())
	if found := regexp.MustCompile(`(?i)(https?:|//[a-z]|url\(|@import|<link[^>]+stylesheet|\ssrc=)`).FindString(got); found != "" {
		t.Errorf("the page has %q", found)
	}
	content := regexp.MustCompile(`Content-Security-Policy" content="([^"]*)"`).FindStringSubmatch(got)
	if content == nil || strings.Contains(content[1], "unsafe") {
		t.Fatalf("the page's policy is %q", content)
	}
	policy := html.UnescapeString(content[1])
	for _, tag := range []string{"style", "script"} {
		_, rest, _ := strings.Cut(got, "<"+tag+">")
		inside, _, _ := strings.Cut(rest, "</"+tag+">")
		sum := sha256.Sum256([]byte(inside))
		if want := tag + "-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(policy, want) {
			t.Errorf("the policy is %q, without %q", policy, want)
		}
	}
	if diff := cmp.Diff(got, write(t, sample())); diff != "" {
		t.Errorf("the same report produces another page:\n%s", diff)
	}
}

// TestPageOfAThousandAccounts stays small enough for a phone.
func TestPageOfAThousandAccounts(t *testing.T) {
	t.Parallel()
	r := sample()
	r.Accounts, r.Kinds, r.Coverage = nil, nil, report.Coverage{}
	for k := range 34 {
		kind := fmt.Sprintf("AWS::CodeDeploy::Kind%02d", k)
		r.Kinds = append(r.Kinds, report.Kind{Kind: kind})
		r.Coverage.Kinds = append(r.Coverage.Kinds, kind)
	}
	for i := range 1000 {
		row := report.CoverageRow{Account: fmt.Sprintf("%012d", i)}
		for k := range 34 {
			row.Cells = append(row.Cells, report.CoverageCell{Outcome: report.Complete, Resources: k})
		}
		r.Coverage.Accounts = append(r.Coverage.Accounts, row)
		r.Accounts = append(r.Accounts, report.Account{ID: row.Account, Name: "team-" + row.Account, Regions: 17})
	}
	got := write(t, r)
	if limit := 2 << 20; len(got) > limit {
		t.Errorf("it has %d bytes, more than %d", len(got), limit)
	}
	if !strings.Contains(got, `class="fold"`) || !strings.Contains(got, "data-unfold") {
		t.Error("the accounts are not folded")
	}
}

// TestPageIsBounded writes a report with more of everything than a page can have. It stays as large as a
// photo, and says what it leaves out.
func TestPageIsBounded(t *testing.T) {
	t.Parallel()
	const many = 2500
	r := sample()
	r.Action, r.Total.Updated = "plan", 300
	r.Kinds, r.Coverage, r.Accounts = nil, report.Coverage{}, nil
	names, gaps := make([]string, many), report.Gap{}
	for k := range many {
		kind := fmt.Sprintf("AWS::Service%d::Resource", k)
		names[k] = kind
		r.Kinds = append(r.Kinds, report.Kind{Kind: kind, Counts: report.Counts{Fetched: 100_000}, Seconds: 1})
		r.Accounts = append(r.Accounts, report.Account{ID: fmt.Sprintf("%012d", k), Name: "a"})
		r.AccountsSkipped = append(r.AccountsSkipped, report.SkippedAccount{ID: fmt.Sprintf("%012d", k)})
		r.AWS[kind], r.Port[kind] = report.Calls{Calls: k}, report.Calls{Calls: k}
		r.Details = append(r.Details, report.Detail{Kind: kind})
		r.Mapping = append(r.Mapping, report.MappingDiagnostic{Diagnostic: diag.Diagnostic{Subject: diag.Subject{Kinds: []string{kind}, Field: "properties.a"}}, Null: true})
	}
	r.Coverage.Kinds, gaps.Kinds = names, names[:300]
	for i := range 300 {
		cells := make([]report.CoverageCell, many)
		for k := range cells {
			cells[k] = report.CoverageCell{Outcome: report.Complete, Resources: 123_456, Refused: 1}
		}
		r.Coverage.Accounts = append(r.Coverage.Accounts, report.CoverageRow{Account: fmt.Sprintf("%012d", i), Cells: cells})
	}
	var fields []report.FieldChange
	for i := range 200 {
		fields = append(fields, report.FieldChange{Name: fmt.Sprint("properties.", i), Old: strings.Repeat("a", 1000), New: "b"})
	}
	for i := range 300 {
		r.Gaps, r.Unavailable = append(r.Gaps, gaps), append(r.Unavailable, gaps)
		r.Refused = append(r.Refused, report.RefusedResources{Diagnostic: gaps.Diagnostic, Samples: names[:100]})
		r.Entities = append(r.Entities, report.RefusedEntities{Samples: names[:100]})
		r.Diagnostics = append(r.Diagnostics, diag.Diagnostic{Cause: "a", Fix: strings.Repeat(`{"a":`, 400)})
		r.Deletes.Withheld = append(r.Deletes.Withheld, report.Withheld{Samples: names[:100]})
		r.Changes = append(r.Changes, report.Change{Sort: report.Updated, Identifier: fmt.Sprint(i), Fields: fields})
	}
	began := time.Now()
	got := write(t, r)
	t.Logf("%d bytes in %s", len(got), time.Since(began))
	if limit := 16 << 20; len(got) > limit {
		t.Errorf("it has %d bytes, more than %d", len(got), limit)
	}
	said := text(t, got)
	for _, want := range []string{"284 more accounts are not on this page", "500 more rows are not on this page", "100 more groups of cells are not on this page"} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %q", want)
		}
	}
}

func TestWriteGivesTheWritersError(t *testing.T) {
	t.Parallel()
	full := errors.New("the disk is full")
	if err := page.Write(failing{full}, sample()); !errors.Is(err, full) {
		t.Errorf("the error is %v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }
