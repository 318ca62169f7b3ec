package report_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/console"
	"portolan/internal/diag"
	"portolan/internal/report"
)

func sample() *report.Report {
	return &report.Report{
		Head: report.Head{
			Run: "run-1", Status: report.Incomplete, Reason: "3 cells not read", Integration: "my-aws", Trigger: "schedule",
			Started: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Finished: time.Date(2026, 1, 2, 3, 4, 9, 0, time.UTC), Seconds: 4,
		},
		Reading: report.Reading{
			Total: report.Counts{Fetched: 12345, Created: 7, Deleted: 2, Refused: 4, DetailsNotFound: 1022},
			Cells: map[report.Outcome]int{report.Complete: 40, "denied": 3, "not-offered": 1},
			Accounts: []report.Account{{ID: "111122223333", Name: "shop", Regions: 4, Counts: report.Counts{Fetched: 12345},
				Cells: map[report.Outcome]int{report.Complete: 40, "denied": 3}}},
			AccountsSkipped: []report.SkippedAccount{{ID: "222233334444", Name: "old", Reason: "SUSPENDED"}},
			Kinds:           []report.Kind{{Kind: "AWS::SQS::Queue", Counts: report.Counts{Fetched: 12345, Deleted: 2}, Cells: map[report.Outcome]int{report.Complete: 40}}},
		},
		Exceptions: report.Exceptions{
			Diagnostics: []diag.Diagnostic{{Code: diag.OrganizationsDenied, Title: "Access denied to Organizations API", Cause: "the cause", Fix: "the fix"}},
			Gaps: []report.Gap{
				{Diagnostic: diag.Diagnostic{Subject: diag.Subject{Account: "111122223333", Kinds: []string{"AWS::SQS::Queue"}, Regions: []string{"eu-west-1", "us-east-1"}}, Code: diag.Denied, Cause: "AccessDenied: no", Fix: "allow sqs:ListQueues"}, Outcome: "denied", Cells: 2},
				{Diagnostic: diag.Diagnostic{Subject: diag.Subject{Account: "333344445555"}, Cause: "Unable to assume role"}, Outcome: "denied", Cells: 1},
			},
			MoreGaps: 1200,
			Refused: []report.RefusedResources{
				{Diagnostic: diag.Diagnostic{Subject: diag.Subject{Account: "111122223333", Regions: []string{"eu-west-1"}, Kinds: []string{"AWS::KMS::Key"}}, Code: diag.Closed, Cause: "AccessDenied: key policy", Fix: "ask the owner of the key"}, Action: "kms:DescribeKey", Count: 4, Samples: []string{"key-a", "key-b"}},
				{Diagnostic: diag.Diagnostic{Subject: diag.Subject{Account: "333344445555", Kinds: []string{"AWS::S3::Bucket"}}, Cause: "AccessDenied: bucket policy"}, Action: "s3:GetBucketTagging", Detail: true, Count: 1, Samples: []string{"logs"}},
			},
			MoreRefused: 3,
			Details:     []report.Detail{{Kind: "AWS::DynamoDB::Table", Action: "dynamodb:DescribeContinuousBackups", NotFound: 1022}},
			Mapping: []report.MappingDiagnostic{
				{Diagnostic: diag.Diagnostic{Subject: diag.Subject{Entry: new(2), Kinds: []string{"AWS::SQS::Queue"}, Field: "selector.query"}, Code: diag.MappingResource, Cause: "it does not compile", Fix: "close the bracket"}},
				{Diagnostic: diag.Diagnostic{Subject: diag.Subject{Entry: new(3), Kinds: []string{"AWS::SQS::Queue"}, Field: "properties.always"}, Cause: "gives null"}, Null: true, Count: 5, Of: 5, Sample: "q"},
				{Diagnostic: diag.Diagnostic{Subject: diag.Subject{Entry: new(3), Kinds: []string{"AWS::SQS::Queue"}, Field: "properties.seldom"}, Cause: "gives null"}, Null: true, Count: 2, Of: 5, Sample: "q"},
			},
			Entities: []report.RefusedEntities{{Diagnostic: diag.Diagnostic{Subject: diag.Subject{Blueprint: "sqsQueue"}, Code: diag.EntityRefused, Cause: "422"}, Count: 3, Samples: []string{"a", "b"}}},
		},
		Deletes: report.Deletes{Stale: 5, Deleted: 2, Withheld: []report.Withheld{
			{Diagnostic: diag.Diagnostic{Code: diag.KeptMapping, Cause: "a hold"}, Count: 3, Samples: []string{"sqsQueue/a"}}, {Diagnostic: diag.Diagnostic{Code: diag.KeptEarlyEnd, Cause: "nobody looked"}, Count: -1},
		}},
		Usage: report.Usage{
			AWS:             map[string]report.Calls{"SQS": {Calls: 1100, Retries: 4, Throttled: 3}, "STS": {Calls: 2}},
			PeakMemoryBytes: 64 << 20,
		},
	}
}

func TestTableSaysEverything(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	if err := sample().Write(console.Fixed(&b, 1000)); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	for _, want := range []string{
		"Run run-1 of my-aws: INCOMPLETE — 3 cells not read", "12,345 resources in 4s\n", "AWS::SQS::Queue", "The columns complete, denied and not-offered count cells: one kind in one region of one account.",
		"222233334444 (old) is not read: SUSPENDED", "! Access denied to Organizations API", "→ the fix",
		"denied: AWS::SQS::Queue in account 111122223333 (eu-west-1, us-east-1) — 2 cells", "→ allow sqs:ListQueues",
		"denied: every kind in account 333344445555", "and 1,200 more",
		"4 of AWS::KMS::Key in account 111122223333 (eu-west-1): kms:DescribeKey, not read; for example key-a, key-b\n  AccessDenied: key policy\n  → ask the owner of the key\n  More: portolan explain PTL-402",
		"1 of AWS::S3::Bucket in account 333344445555: s3:GetBucketTagging, read without it; for example logs", "and 3 more",
		"were read (1,022):\n- 1,022 of AWS::DynamoDB::Table: dynamodb:DescribeContinuousBackups",
		"resources[2] (AWS::SQS::Queue) selector.query: it does not compile", "→ close the bracket",
		"resources[3] AWS::SQS::Queue (5): properties.always\n", "3 of sqsQueue: 422, for example a, b",
		"3 stale entities stay, because a hold; for example sqsQueue/a", "Deletes withheld: nobody looked",
		"→ the fix\n  More: portolan explain PTL-302", "→ allow sqs:ListQueues\n  More: portolan explain PTL-401", "→ close the bracket\n  More: portolan explain PTL-503",
		"for example a, b\n  More: portolan explain PTL-601", "for example sqsQueue/a\n  More: portolan explain PTL-609", "nobody looked\n  More: portolan explain PTL-615",
		"1,102 (SQS 1,100, STS 2), 4 retries, 3 throttled", "Port calls: none", "Peak memory: 64 MB",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the table does not say %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "properties.seldom") {
		t.Error("the table names a field that is null for some documents only")
	}
}

// TestTableTellsOnceWhatIsAlike names the other accounts with the same gap, and keeps what is not the same.
func TestTableTellsOnceWhatIsAlike(t *testing.T) {
	t.Parallel()
	r := &report.Report{}
	gap := func(account, cause string) {
		r.Gaps = append(r.Gaps, report.Gap{Outcome: "denied", Cells: 1, Diagnostic: diag.Diagnostic{
			Code: diag.Denied, Subject: diag.Subject{Account: account, Kinds: []string{"AWS::SQS::Queue"}}, Cause: cause, Fix: "allow it in " + account,
		}})
	}
	for i := range 13 {
		account := fmt.Sprintf("%012d", 100_000_000_000+i)
		gap(account, "role "+account+" may not")
	}
	gap("222222222222", "somebody forbids it")
	var b strings.Builder
	if err := r.Write(console.Fixed(&b, 1000)); err != nil {
		t.Fatal(err)
	}
	for want, times := range map[string]int{
		"may not": 1, "somebody forbids it": 1, "- denied": 2, "100000000010 and 2 more": 1, "The same in 12 other accounts: 100000000001, ": 1, "allow it in": 2,
	} {
		if got := strings.Count(b.String(), want); got != times {
			t.Errorf("the table says %q %d times, want %d:\n%s", want, got, times, b.String())
		}
	}
}

func TestTableNamesWhatIsReadSinceOnly(t *testing.T) {
	t.Parallel()
	r := &report.Report{Reading: report.Reading{Kinds: []report.Kind{
		{Kind: "AWS::CodeBuild::BuildRun", Since: time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)}, {Kind: "AWS::SQS::Queue"},
	}}}
	for i := range 10 {
		r.Mapping = append(r.Mapping, report.MappingDiagnostic{Diagnostic: diag.Diagnostic{Subject: diag.Subject{Entry: new(i), Kinds: []string{"AWS::SQS::Queue"}, Field: "properties.x"}}, Null: true, Count: 2, Of: 2})
	}
	var b strings.Builder
	if err := r.Write(console.Fixed(&b, 1000)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Read since 2026-05-04 only (PORTOLAN_HISTORY_DAYS): AWS::CodeBuild::BuildRun\n", "resources[7]", "and 2 more resources"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the table does not say %q:\n%s", want, b.String())
		}
	}
	if strings.Contains(b.String(), "resources[8]") {
		t.Error("the table lists more than it should of what is always null")
	}
}

func TestJSONHoldsWhatTheReportHolds(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(sample())
	if err != nil {
		t.Fatal(err)
	}
	var back report.Report
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sample(), &back); diff != "" {
		t.Errorf("what comes back is something else (-want +got):\n%s", diff)
	}
}

// TestLargestReportFitsLambda takes an Organization as large as AWS allows by
// default, ten thousand accounts, and all the gaps that a report lists.
func TestLargestReportFitsLambda(t *testing.T) {
	t.Parallel()
	r := sample()
	r.Accounts, r.Gaps = nil, nil
	for i := range 10_000 {
		r.Accounts = append(r.Accounts, report.Account{
			ID: fmt.Sprintf("%012d", i), Name: strings.Repeat("n", 50), Regions: 17,
			Cells: map[report.Outcome]int{report.Complete: 500, "denied": 20, "throttled": 20, "not-offered": 20},
		})
	}
	for range 200 {
		r.Gaps = append(r.Gaps, report.Gap{Diagnostic: diag.Diagnostic{Subject: diag.Subject{Account: "111122223333"}, Cause: strings.Repeat("e", 2000), Fix: strings.Repeat("m", 1000)}, Outcome: "denied"})
	}
	r.Coverage = estate(10_000, 34, report.CoverageCell{Outcome: "not-offered", Read: 10, Cells: 17, Resources: 12345}).Coverage
	text, err := json.Marshal(r.Within(5 << 20))
	if err != nil {
		t.Fatal(err)
	}
	if limit := 6 << 20; len(text) > limit {
		t.Errorf("the report has %d bytes, Lambda takes %d", len(text), limit)
	}
}
