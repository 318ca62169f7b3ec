//go:build browser

package browser

import (
	"fmt"
	"time"

	"portolan/internal/aws/kinds"
	"portolan/internal/diag"
	"portolan/internal/report"
)

// estate returns the report of a run over that many accounts. Most were read to their end.
func estate(accounts int) *report.Report {
	r := &report.Report{
		Head: report.Head{
			Run: "0a5e4791-1ed1-4dff-8057-ce78b2ef1666", Action: "resync", Status: report.Incomplete, Trigger: "schedule", Version: "v1.4.0",
			Integration: "northwind-aws", Reason: "201 cells not read; 3 entities failed",
			Started: time.Date(2026, 1, 5, 6, 0, 0, 0, time.UTC), Finished: time.Date(2026, 1, 5, 6, 3, 21, 0, time.UTC), Seconds: 201, TimeLimit: 800,
		},
		Reading: report.Reading{
			Cells: map[report.Outcome]int{}, Strategy: "organization",
		},
		Exceptions: report.Exceptions{
			Diagnostics: []diag.Diagnostic{{Title: "The state was not kept", Cause: "s3://northwind-portolan/latest.json: AccessDenied",
				Fix: "allow s3:PutObject and s3:GetObject on the objects of s3://northwind-portolan/*"}},
			Entities: []report.RefusedEntities{{Diagnostic: diag.Diagnostic{Subject: diag.Subject{Blueprint: "ec2Instance"}, Cause: "Port says 422: the property launchTime has the wrong format"}, Count: 3, Samples: []string{"i-0abc", "i-0def"}}},
			Mapping:  []report.MappingDiagnostic{{Diagnostic: diag.Diagnostic{Subject: diag.Subject{Entry: new(4), Kinds: []string{"AWS::SQS::Queue"}, Field: "port.entity.mappings.properties.team", Expression: `.Properties.Tags | fromjson | .team`}, Cause: "fromjson cannot be applied to: array", Fix: "use the tags as they are: .Properties.Tags"}, Count: 40, Of: 40, Sample: "arn:aws:sqs:eu-west-1:345678901234:orders"}},
		},
		Deletes: report.Deletes{Stale: 640, Deleted: 12, Tripped: true, Withheld: []report.Withheld{
			{Diagnostic: diag.Diagnostic{Cause: "more than PORTOLAN_DELETE_COUNT (500) of AWS::Lambda::Function in account 345678901234 would go"}, Count: 628, Samples: []string{"lambdaFunction/arn:aws:lambda:eu-west-1:345678901234:function:checkout"}}}},
		Usage: report.Usage{
			AWS:             map[string]report.Calls{"EC2": {Calls: 41200, Retries: 312, Throttled: 300}, "S3": {Calls: 9100}, "STS": {Calls: 1001}},
			PeakMemoryBytes: 231 << 20,
			Port:            map[string]report.Calls{"bulk-upsert": {Calls: 812, Retries: 2, Throttled: 2}, "entities": {Calls: 30}},
		},
	}
	for _, k := range kinds.All {
		r.Kinds = append(r.Kinds, report.Kind{Kind: k.Type, Cells: map[report.Outcome]int{}, Seconds: float64(len(k.Type)*len(k.Type)) / 7})
		r.Coverage.Kinds = append(r.Coverage.Kinds, k.Type)
	}
	for i := range accounts {
		addAccount(r, i)
	}
	for _, outcome := range []report.Outcome{"denied", "account-state", "throttled"} {
		r.Gaps = append(r.Gaps, report.Gap{Diagnostic: diag.Diagnostic{Subject: diag.Subject{Account: r.Accounts[0].ID, Kinds: r.Coverage.Kinds[:9], Regions: []string{"eu-central-1", "us-east-1"}}, Cause: "AccessDeniedException: User: arn:aws:sts::345678901234:assumed-role/PortOceanReadRole/portolan-0a5e4791-1ed1-4dff-8057-ce78b2ef1666 is not authorized to perform: codebuild:ListBuilds", Fix: "allow codebuild:ListBuilds in the role that reads the account"}, Outcome: outcome, Cells: 18})
	}
	r.Unavailable = []report.Gap{{Diagnostic: diag.Diagnostic{Subject: diag.Subject{Account: r.Accounts[0].ID, Kinds: r.Coverage.Kinds[:31], Regions: []string{"sa-east-1"}}, Cause: "UnauthorizedOperation: … with an explicit deny in a service control policy", Fix: "nothing, if it is meant"}, Outcome: report.Closed, Cells: 31}}
	return r
}

// gaps are the outcomes that the accounts with gaps have, one after the other.
var gaps = []report.Outcome{"denied", "account-state", "throttled", "timeout", "expired", "unreachable", "failed", report.NotReached}

func addAccount(r *report.Report, i int) {
	a := report.Account{
		ID: fmt.Sprintf("%012d", 100_000_000_000+i*7_919), Regions: 17, Cells: map[report.Outcome]int{},
		Name: fmt.Sprintf("%s-%s-%03d", []string{"shop", "data", "platform", "payments"}[i%4], []string{"production", "staging", "sandbox"}[i%3], i),
	}
	row := report.CoverageRow{Account: a.ID}
	for k := range r.Kinds {
		c := report.CoverageCell{Outcome: report.Complete, Resources: (i + 1) * k * 13 % 97 * (k % 3)}
		switch {
		case i < 8 && (k%4 == i%4 || i == 0):
			c = report.CoverageCell{Outcome: gaps[i], Cells: 17, Read: 13 * (i % 2), Resources: 12 * (i % 2)}
		case k == 23:
			c = report.CoverageCell{Outcome: "not-offered", Read: 17, Cells: 17}
		case k == 25 && i > 0:
			c = report.CoverageCell{}
		case k == 27:
			c.Resources = 12345
		}
		row.Cells = append(row.Cells, c)
		if c.Outcome != "" {
			r.Kinds[k].Cells[c.Outcome]++
			a.Cells[c.Outcome]++
			r.Cells[c.Outcome]++
		}
		counts := report.Counts{Fetched: c.Resources, Created: c.Resources % 3, Unchanged: c.Resources - c.Resources%3}
		r.Kinds[k].Counts.Add(counts)
		a.Counts.Add(counts)
		r.Total.Add(counts)
	}
	r.Accounts, r.Coverage.Accounts = append(r.Accounts, a), append(r.Coverage.Accounts, row)
}

// plan is what somebody would change in a small estate.
func plan() *report.Report {
	r := estate(8)
	r.Action, r.Trigger = "plan", "cli"
	r.Total.Created, r.Total.Updated = 2, 240
	r.Changes = []report.Change{
		{Sort: report.Created, Blueprint: "sqsQueue", Identifier: "arn:aws:sqs:eu-west-1:345678901234:black-friday-orders"},
		{Sort: report.Created, Blueprint: "lambdaFunction", Identifier: "arn:aws:lambda:eu-west-1:345678901234:function:black-friday-countdown"},
	}
	for i := range 200 {
		r.Changes = append(r.Changes, report.Change{Sort: report.Updated, Blueprint: "ec2Instance", Identifier: fmt.Sprintf("i-%017x", i), Fields: []report.FieldChange{{Name: "properties.state", Old: "running", New: "stopped"}, {Name: "properties.tags"}}})
	}
	r.Deletes.Planned, r.Deletes.Samples = 1, []string{"s3Bucket/northwind-old-assets"}
	return r
}

// harmful has markup in its texts, which would show in the console or as a request.
func harmful() *report.Report {
	const harm = `"></title></style><script>console.error("harm")</script><img src="https://192.0.2.1/x" onerror='console.error("harm")'><a href="javascript:console.error(1)">`
	r := plan()
	r.Integration, r.Reason, r.Run, r.Version = harm, harm, harm, harm
	r.Accounts[0].Name, r.Accounts[0].ID, r.Coverage.Accounts[0].Account = harm, harm, harm
	r.Gaps[0].Cause, r.Gaps[0].Fix, r.Gaps[0].Kinds = harm, harm, []string{harm}
	r.Entities[0].Cause, r.Entities[0].Samples = harm, []string{harm}
	r.Mapping[0].Expression, r.Mapping[0].Cause = harm, harm
	r.Changes[0].Identifier, r.Deletes.Withheld[0].Cause = harm, harm
	return r
}
